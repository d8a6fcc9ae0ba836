"""The quick way to a percentile gives what numpy's gives."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from inkdigits.reading.percentiles import percentile


@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_percentiles_are_numpys(kind: type) -> None:
    rng = np.random.default_rng(0)
    for count in (1, 2, 3, 10, 999, 1000, 1001):
        for percent in (0, 75, 90, 95, 100):
            values: npt.NDArray[Any] = (255 * rng.random(count)).astype(kind)
            assert percentile(values, percent) == pytest.approx(
                float(np.percentile(values, percent)), rel=1e-6
            )


def test_a_picture_counts_as_its_pixels() -> None:
    picture = np.random.default_rng(0).random((5, 7))
    assert percentile(picture, 30) == pytest.approx(float(np.percentile(picture, 30)))
