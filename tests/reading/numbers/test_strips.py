"""A row's strip: level, 32 pixels high, with room at both ends, and with paper beyond the page."""

import numpy as np
import pytest

from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.numbers.strips import HEIGHT_PX, STRIPS, strip_of, window_of


def sloping(slope: float, count: int = 8, height: int = 30) -> Floats:
    lefts = 60 + 32 * np.arange(count)
    tops = 100 + slope * (lefts - lefts[0])
    return np.stack([lefts, tops, lefts + 20, tops + height], axis=1).astype(np.float32)


def page_of(
    boxes: Floats, shape: tuple[int, int] = (260, 420)
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    grey = np.full(shape, 220, np.uint8)
    for left, top, right, bottom in boxes.round().astype(int).tolist():
        grey[max(0, top) : bottom, max(0, left) : right] = 40
    return grey


@pytest.mark.parametrize("slope", [0.0, 0.1, -0.2])
def test_a_sloping_row_is_level_on_its_strip(slope: float) -> None:
    boxes = sloping(slope)
    strip = strip_of(page_of(boxes), window_of(boxes, boxes, 30.0))
    assert strip.shape[0] == HEIGHT_PX
    dark = strip < strip.min() / 2
    rows, columns = np.nonzero(dark)
    first, last = rows[columns < columns.min() + 10], rows[columns > columns.max() - 10]
    assert abs(first.mean() - last.mean()) < 1.5
    assert abs(rows.mean() - HEIGHT_PX / 2) < 1.5


def test_the_digits_are_about_twenty_pixels_high_with_room_at_both_ends() -> None:
    boxes = sloping(0.0)
    strip = strip_of(page_of(boxes), window_of(boxes, boxes, 30.0))
    rows, columns = np.nonzero(strip < strip.min() / 2)
    assert rows.max() - rows.min() + 1 == pytest.approx(HEIGHT_PX / STRIPS.high, abs=2)
    room = STRIPS.margin * HEIGHT_PX / STRIPS.high
    assert columns.min() == pytest.approx(room, abs=2)
    assert strip.shape[1] - 1 - columns.max() == pytest.approx(room, abs=2)


def test_three_digits_of_which_one_is_far_off_make_no_steep_row() -> None:
    boxes = sloping(0.0, 4)
    boxes[3, [1, 3]] += 400
    assert abs(window_of(boxes, boxes, 30.0).slope) <= STRIPS.most_slope


def test_beyond_the_page_there_is_paper() -> None:
    boxes = np.array([[2, 3, 18, 33]], np.float32)
    strip = strip_of(page_of(boxes, (36, 20)), window_of(boxes, boxes, 30.0))
    paper = strip[0, 0]
    assert (strip[:, :8] == paper).all()
    assert (strip[:, -8:] == paper).all()
    assert strip.min() < paper - 1


def test_a_tall_digit_beside_low_ones_is_whole() -> None:
    boxes = sloping(0.0)
    boxes[:, 1] += 15
    boxes[5, 1], boxes[5, 3] = 105, 139
    strip = strip_of(page_of(boxes), window_of(boxes, boxes, 15.0))
    dark = strip < strip.min() / 2
    assert dark.any()
    assert not dark[[0, -1]].any()


def test_a_wrong_box_far_off_does_not_make_a_row_small() -> None:
    boxes = sloping(0.0)
    usual = window_of(boxes, boxes, 30.0).high
    boxes[5, 1] = 0
    assert window_of(boxes, boxes, 30.0).high <= round(STRIPS.tallest * usual)
