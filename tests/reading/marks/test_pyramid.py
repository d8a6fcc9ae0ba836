"""A page is shown at sizes that halve, and what is found at any of them is in the page's own pixels."""

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from inkdigits.reading.marks.edges import rim_shade
from inkdigits.reading.marks.found import MULTIPLE
from inkdigits.reading.marks.network import padded
from inkdigits.reading.marks.pyramid import (
    PYRAMID,
    find_at,
    levels_of,
    resized,
    shown_at,
    written_part,
)
from made_marks import found_of, map_of

Grey = npt.NDArray[np.uint8]


def sees_blots(grey: Grey) -> npt.NDArray[np.float32]:
    """In the place of the network: each dark blot is an 8."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(
        (grey < 128).astype(np.uint8), connectivity=8
    )
    boxes = [
        (float(x), float(y), float(x + w), float(y + h)) for x, y, w, h, _ in stats[1:]
    ]
    return map_of(found_of([("8", box) for box in boxes]), grey.shape)


@pytest.mark.parametrize(
    "shape",
    [(1, 1), (28, 28), (40, 100), (300, 24), (1000, 800), (3500, 2500), (40_000, 60)],
)
def test_sizes_halve_from_the_largest(shape: tuple[int, int]) -> None:
    scales = levels_of(shape)
    assert scales == sorted(scales, reverse=True)
    assert all(one == pytest.approx(2 * other) for one, other in pairwise(scales[1:]))
    assert scales[0] <= 2
    assert shape[0] * shape[1] * min(scales[0], 1.0) ** 2 <= PYRAMID.most_px * 1.001
    assert (scales[0] == 2) == (min(shape) < PYRAMID.enlarge_below_px)


@pytest.mark.parametrize("scale", [2.0, 1.0, 0.5, 0.25])
def test_boxes_are_in_the_pages_pixels(scale: float) -> None:
    page = np.full((256, 384), 255, np.uint8)
    wanted = [(32, 48, 64, 112), (160, 16, 240, 80), (300, 180, 356, 252)]
    for left, top, right, bottom in wanted:
        page[top:bottom, left:right] = 0
    found = find_at(resized(page, scale), scale, sees_blots, rim_shade(page))
    assert np.allclose(
        np.sort(found.boxes, axis=0),
        np.sort(np.array(wanted), axis=0),
        atol=1.5 / scale,
    )


@pytest.mark.parametrize("shape", [(40, 100), (333, 257), (2000, 3000), (3508, 2480)])
def test_smaller_sizes_look_as_if_made_from_the_page(shape: tuple[int, int]) -> None:
    page = cv2.GaussianBlur(
        np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8), (0, 0), 3
    )
    scales = levels_of(shape)
    for scale, shown in zip(scales, shown_at(page, scales), strict=True):
        alone = resized(page, scale)
        assert shown.shape == alone.shape
        if min(shown.shape) > 64:
            assert np.abs(shown.astype(int) - alone).mean() < 1.5


def test_of_a_large_page_only_what_is_written_on_is_looked_at() -> None:
    page = np.full((1200, 900), 240, np.uint8)
    page += np.random.default_rng(0).integers(0, 3, page.shape, dtype=np.uint8)
    cv2.rectangle(page, (300, 700), (330, 760), 90, -1)
    seen: list[tuple[int, ...]] = []

    def run(grey: Grey) -> npt.NDArray[np.float32]:
        seen.append(grey.shape)
        return sees_blots(grey)

    found = find_at(page, 1.0, run, None)
    assert np.allclose(found.boxes, [[300, 700, 331, 761]], atol=1.5)
    assert max(seen[0]) < 250
    page[:, 0] = 100  # a dark edge: the part reaches to it
    left, _, _, bottom = written_part(page)
    assert (bottom, left) == (1200, 0)


def test_an_even_page_is_hardly_looked_at() -> None:
    blank = np.full((1200, 900), 240, np.uint8)
    assert len(find_at(blank, 1.0, sees_blots, None)) == 0
    left, top, right, bottom = written_part(blank)
    assert (bottom - top) * (right - left) < 10_000


def test_a_mark_at_the_edge_is_seen_on_a_rim() -> None:
    shown: list[tuple[int, ...]] = []

    def run(grey: Grey) -> npt.NDArray[np.float32]:
        shown.append(grey.shape)
        return sees_blots(grey)

    page = np.full((64, 96), 255, np.uint8)
    find_at(page, 1.0, run, rim_shade(page))
    assert shown == [(64 + 2 * PYRAMID.rim_px, 96 + 2 * PYRAMID.rim_px)]


@pytest.mark.parametrize("shape", [(1, 1), (16, 32), (17, 31), (100, 40)])
def test_the_network_is_given_sides_that_it_can_halve(shape: tuple[int, int]) -> None:
    grey = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    longer = padded(grey)
    assert longer.shape[0] % MULTIPLE == longer.shape[1] % MULTIPLE == 0
    assert np.array_equal(longer[: shape[0], : shape[1]], grey)
    assert max(np.subtract(longer.shape, shape)) < MULTIPLE
