"""A seven as one pen stroke, drawn as the digit network learns it."""

import numpy as np
import numpy.typing as npt

from inkdigits.synthesis.canvas import draw

SEVEN = [np.array([[0, 0], [0.7, 0], [0.3, 1]], np.float32)]


def seven(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Another seven for each generator."""
    return draw(SEVEN, rng)
