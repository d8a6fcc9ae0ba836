"""What frames, underlines and heavy pens leave on a page, drawn: none of it is a digit, and no digit is taken for it."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from inkdigits import Reader
from inkdigits.data.drawn import draw_numbers

Page = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def page_of(text: str, margin: int = 40, **how: int) -> Page:
    drawn = np.asarray(draw_numbers([text], size_px=44, **how))
    return np.pad(drawn, margin, constant_values=int(drawn[0, 0]))


def worn_frame(page: Page) -> Page:
    """Pieces of a printed frame along all four sides, corners and crossings with them."""
    out = page.copy()
    height, width = out.shape
    for x in (8, width - 9):
        for top, bottom in ((0, 18), (40, 47), (70, 92), (height - 16, height)):
            cv2.line(out, (x, top), (x, bottom), 40, 2)
    for y in (6, height - 7):
        for left, right in ((0, 26), (60, 71), (width - 24, width)):
            cv2.line(out, (left, y), (right, y), 40, 2)
    return out


def askew_frame(page: Page) -> Page:
    """Two rules that lean, where the number does not."""
    out = page.copy()
    height, width = out.shape
    for share in (0.06, 0.9):
        for start in np.arange(0.0, 1.0, 0.12):
            ends = [(round(s * width), round(share * height + 0.14 * (s - 0.5) * width * 0.3)) for s in (start, start + 0.07)]
            cv2.line(out, ends[0], ends[1], 60, 1)
    return out


def underlined(page: Page) -> Page:
    """A thick line right under the digits, touching their feet."""
    out = page.copy()
    rows, columns = np.nonzero(out < 128)
    cv2.line(out, (int(columns.min()) - 10, int(rows.max())), (int(columns.max()) + 10, int(rows.max())), 40, 5)
    return out


@pytest.mark.parametrize("spoil", [worn_frame, askew_frame, underlined])
@pytest.mark.parametrize("text", ["31", "8402", "771"])
def test_lines_around_a_number_are_no_digits(reader: Reader, spoil: Callable[[Page], Page], text: str) -> None:
    assert reader.read(spoil(page_of(text))).text == text


@pytest.mark.parametrize("text", ["690", "86"])
def test_heavy_digits_are_no_blots(reader: Reader, text: str) -> None:
    page = page_of(text)
    heavy = np.asarray(cv2.erode(page, np.ones((5, 5), np.uint8)), np.uint8)
    both = np.vstack([page_of("147"), np.full((20, page_of("147").shape[1]), page[0, 0], np.uint8)])
    width = max(heavy.shape[1], both.shape[1])
    sheet = np.vstack(
        [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=int(page[0, 0])) for part in (heavy, both)]
    )
    assert reader.read(sheet).text == f"{text}\n147"


def test_a_one_at_the_rim_is_a_one(reader: Reader) -> None:
    tight = page_of("1990", margin=0)
    columns = np.flatnonzero((tight < 128).any(axis=0))
    assert reader.read(np.ascontiguousarray(tight[:, columns[0] - 3 : columns[-1] + 4])).text == "1990"
