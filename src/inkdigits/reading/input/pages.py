"""A page as everything behind the input sees it."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Grey: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Page:
    """An upright grey page; `scale` turns its pixels into those of the picture the user gave."""

    grey: Grey
    scale: float = 1.0
