"""Batch processing: read many pictures, each exactly once.

`run(Settings(...))` reads the inputs and resumes after a kill.
"""

from inkdigits.batch.run import Summary, run
from inkdigits.batch.settings import Settings

__all__ = ["Settings", "Summary", "run"]
