"""Two kinds of shade: what is written is told from a tilted plane of paper."""

import cv2
import numpy as np
import pytest

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.tight import _between, over_tight_ground


def crop(*, ink: int, left: int, right: int) -> tuple[Grey, Grey]:
    """A crop that its strokes fill, on paper whose shade goes from `left` to `right`; its ink."""
    strokes = np.zeros((40, 60), np.uint8)
    for x in (12, 30, 48):
        cv2.line(strokes, (x, 6), (x + 4, 34), 1, 5)
    paper = np.broadcast_to(np.linspace(left, right, 60), (40, 60))
    picture = np.where(strokes, ink, paper) + np.random.default_rng(0).normal(
        0, 2, (40, 60)
    )
    return picture.clip(0, 255).astype(np.uint8), strokes


@pytest.mark.parametrize(("ink", "left", "right"), [(40, 220, 150), (230, 60, 110)])
def test_ink_of_either_kind_stands_out_from_tilted_paper(
    ink: int, left: int, right: int
) -> None:
    picture, strokes = crop(ink=ink, left=left, right=right)
    found = over_tight_ground(picture)
    assert found is not None
    contrast, noise = found
    inside = cv2.erode(strokes, np.ones((3, 3), np.uint8)) > 0
    beyond = cv2.dilate(strokes, np.ones((5, 5), np.uint8)) == 0
    assert np.abs(contrast[inside]).min() > 3 * np.abs(contrast[beyond]).max()
    assert 0 < noise < 0.05


def test_half_a_picture_in_shadow_is_no_writing() -> None:
    picture = np.full((40, 60), 220, np.uint8)
    picture[:, 30:] = 120
    assert over_tight_ground(picture) is None


def test_a_strip_too_thin_for_a_plane_is_left_to_other_ways() -> None:
    assert over_tight_ground(np.full((2, 60), 200, np.uint8)) is None


def test_the_bound_parts_two_kinds_where_their_variance_is_largest() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(10, 2, 700), rng.normal(60, 4, 300)])
    shades = np.round(values.clip(0, 255)).astype(np.uint8).reshape(1, -1)
    opencvs, _ = cv2.threshold(shades, 0, 255, cv2.THRESH_OTSU)
    # Every bound in the gap parts the shades alike: ours need not be OpenCV's to the last bit.
    assert (shades > opencvs).sum() == (values > _between(values)).sum() == 300
