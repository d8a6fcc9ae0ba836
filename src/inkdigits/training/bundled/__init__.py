"""The bundled model: ten digits and "not a digit", trained on all open data sets.

Its training pictures imitate what the reader's preprocessing leaves of real ones.

    make model                              # or: python -m inkdigits.training.bundled

Its results on every set, with the seconds and the machine, are in
benchmarks/results/bundled.json, by `make bench-model`.
"""
