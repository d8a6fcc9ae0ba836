"""A seven and a nine as one pen stroke, the seven drawn as the digit network learns it."""

import numpy as np
import numpy.typing as npt

from inkdigits.synthesis.canvas import draw

SEVEN = [np.array([[0, 0], [0.7, 0], [0.3, 1]], np.float32)]


# From the top of its loop to the left, down, up to the stem's top and down to its foot.
NINE = np.array(
    [[6, 0], [2, 0], [0, 3], [2, 5], [5, 4], [7, 1], [6.5, 4], [6, 7], [5.5, 10]],
    np.float32,
)


def seven(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Another seven for each generator."""
    return draw(SEVEN, rng)
