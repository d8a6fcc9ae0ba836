"""A page, as passed on by the input."""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.memory_budget import Share

Grey: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Page:
    """An upright grey page; `scale` turns its pixels into those of the picture the user gave."""

    grey: Grey
    scale: float = 1.0
    # What the page holds of the process's memory budget; None where nobody counts it.
    share: Share | None = field(default=None, repr=False, compare=False)

    def release(self) -> None:
        """Its pixels are needed no more, or are counted no more."""
        if self.share is not None:
            self.share.release()

    @property
    def waited_s(self) -> float:
        """Seconds that were waited for what others used, before it was read."""
        if self.share is None:
            return 0.0
        return self.share.waited_s
