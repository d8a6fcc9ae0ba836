"""The row network: a strip → for each of its columns the mark that stands there, or none."""
