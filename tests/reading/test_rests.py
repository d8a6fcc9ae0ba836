"""What frames, underlines and heavy pens leave on a page, drawn: none of it is a digit, and no digit is taken for it."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from inkdigits import Reader
from worn import Page, askew_frame, on_a_shadowed_table, page_of, underlined, worn_frame


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


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


def test_what_digits_interrupt_of_a_rule_is_lifted_too(reader: Reader) -> None:
    """Ruled lines that a number in a broad pen breaks into pieces, the outer ones shorter than any rule alone."""
    page = page_of("50718")
    rows = np.flatnonzero((page < 128).any(axis=1))
    for y in (int(rows.min()) + 12, int(rows.max()) - 12):
        cv2.line(page, (0, y), (page.shape[1], y), 150, 2)
    assert reader.read(page).text == "50718"


@pytest.mark.parametrize("text", ["90210", "4732", "8"])
def test_the_edge_of_a_shadow_is_no_one(reader: Reader, text: str) -> None:
    assert reader.read(on_a_shadowed_table(text)).text == text
