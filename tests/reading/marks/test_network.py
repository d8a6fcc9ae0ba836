"""The marks network: pictures of any size, padded so that it can halve them."""

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.marks.found import MULTIPLE, STRIDE
from inkdigits.reading.marks.network import MarksNetwork, padded


@pytest.mark.parametrize("shape", [(1, 1), (16, 32), (17, 31), (33, 64)])
def test_padding_repeats_the_edge_and_adds_as_little_as_it_can(
    shape: tuple[int, int],
) -> None:
    grey = np.arange(shape[0] * shape[1], dtype=np.uint8).reshape(shape)
    wide = padded(grey)
    for before, after in zip(shape, wide.shape, strict=True):
        assert after % MULTIPLE == 0
        assert 0 <= after - before < MULTIPLE
    assert np.array_equal(wide[: shape[0], : shape[1]], grey)
    assert (wide[shape[0] :, : shape[1]] == grey[-1]).all()
    assert (wide[: shape[0], shape[1] :] == grey[:, -1:]).all()


def test_a_map_has_a_cell_for_every_four_pixels() -> None:
    network = MarksNetwork()
    answer = network(np.full((40, 70), 240, np.uint8))
    assert answer.shape == (len(CLASSES) + 5, 48 // STRIDE, 80 // STRIDE)
    assert np.isfinite(answer).all()
    assert answer[0].max() < 0  # bare paper: no mark is likelier than none
    assert 0 < network.threshold < 1
