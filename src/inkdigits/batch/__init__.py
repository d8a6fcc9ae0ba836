"""Reading by the million: `run(Settings(...))` reads each picture of its inputs once,
and goes on where it was killed.
"""

from inkdigits.batch.run import Summary, run
from inkdigits.batch.settings import Settings

__all__ = ["Settings", "Summary", "run"]
