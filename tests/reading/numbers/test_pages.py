"""A page is turned on overwhelming evidence alone, and its boxes are those of the upright page."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from inkdigits.reading import results
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.marks.alphabet import OTHER
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers import lines, pages
from inkdigits.reading.numbers.confidence import LineConfidence
from inkdigits.reading.numbers.pages import PageReader
from inkdigits.reading.numbers.rows import Row
from inkdigits.reading.options import ReadOptions
from inkdigits.reading.results import Line, Prediction
from made_marks import Box, Sign, found_of, map_of

WIDTH_PX, HEIGHT_PX, NOTCH_PX = 20, 32, 8


class SeesNotchedBlots(MarksNetwork):
    """In the place of the network: a blot with a notch at its upper left is a 7, any other one hardly."""

    def __init__(self) -> None:
        self.confidence = LineConfidence()
        self.threshold = 0.5

    def __call__(self, grey: Grey) -> npt.NDArray[np.float32]:
        _, _, stats, _ = cv2.connectedComponentsWithStats(
            (grey < 128).astype(np.uint8), connectivity=8
        )
        marks: list[tuple[Sign, Box]] = []
        for x, y, w, h, _ in stats[1:].tolist():
            box = (float(x), float(y), float(x + w), float(y + h))
            corner = grey[y : y + h // 8 + 1, x : x + w // 6 + 1]
            sign: Sign = "7" if corner.min() > 128 and h > w else {"7": 0.4, OTHER: 0.3}
            marks.append((sign, box))
        return map_of(found_of(marks), grey.shape)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> PageReader:
    """A reader by blots; the glyph network, which knows none, is not asked."""
    monkeypatch.setattr(pages, "named", lambda _grey, marks, _network: marks)
    return PageReader(SeesNotchedBlots(), GlyphNetwork(), 0.5)


def page_of_blots(rows: int, columns: int) -> Grey:
    page = np.full((60 * rows + 40, 28 * columns + 60), 255, np.uint8)
    for top in range(30, 30 + 60 * rows, 60):
        for left in range(30, 30 + 28 * columns, 28):
            page[top : top + HEIGHT_PX, left : left + WIDTH_PX] = 0
            page[top : top + NOTCH_PX, left : left + NOTCH_PX] = 255
    return page


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_of_many_marks_is_turned_until_they_are_digits(
    reader: PageReader, quarters: int
) -> None:
    upright = page_of_blots(3, 5)
    shown = np.ascontiguousarray(np.rot90(upright, quarters))
    reading = reader.read(Page(shown, 1.0), 1, ReadOptions())
    assert reading.turned_deg == 90 * (-quarters % 4)
    assert (reading.height, reading.width) == upright.shape
    assert [line.text for line in reading.lines] == ["77777"] * 3
    for line in reading.lines:
        for mark in line.marks:
            inside = upright[
                mark.box.top + NOTCH_PX + 1 : mark.box.bottom - 1,
                mark.box.left + 1 : mark.box.right - 1,
            ]
            assert not inside.any()


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_few_marks_turn_no_page(reader: PageReader, quarters: int) -> None:
    shown = np.ascontiguousarray(np.rot90(page_of_blots(1, 3), quarters))
    assert reader.read(Page(shown, 1.0), 1, ReadOptions()).turned_deg == 0


def test_boxes_are_in_the_pixels_of_the_picture(reader: PageReader) -> None:
    """`Page.scale` is the picture's size by the page's."""
    plain, larger = (
        reader.read(Page(page_of_blots(1, 4), scale), 1, ReadOptions())
        for scale in (1.0, 3.0)
    )
    assert (larger.width, larger.height) == (3 * plain.width, 3 * plain.height)
    for one, other in zip(plain.lines[0].marks, larger.lines[0].marks, strict=True):
        assert other.box.left == pytest.approx(3 * one.box.left, abs=2)
        assert other.box.bottom == pytest.approx(3 * one.box.bottom, abs=2)


FIRST = results.Box(30, 30, 30 + WIDTH_PX, 30 + HEIGHT_PX)


def answer(
    digit: int,
    confidence: float,
    *,
    accepted: bool = True,
    box: results.Box = FIRST,
) -> Prediction:
    return Prediction(digit, confidence, accepted, (0.1,) * 10, box)


@pytest.mark.parametrize(
    ("said", "is_raised"),
    [
        (answer(7, 0.99), True),
        (answer(1, 0.99), False),
        (answer(7, 0.99, accepted=False), False),
    ],
    ids=["the same digit", "another digit", "not accepted"],
)
def test_one_digit_alone_is_as_sure_as_predict(
    reader: PageReader,
    monkeypatch: pytest.MonkeyPatch,
    said: Prediction,
    is_raised: bool,
) -> None:
    found = lines.lines_of

    def less_sure(*given: Any) -> tuple[Line, ...]:
        return tuple(replace(line, confidence=0.7) for line in found(*given))

    monkeypatch.setattr(pages, "lines_of", less_sure)
    page = Page(page_of_blots(1, 1))
    asked = []

    def predicts(page: Page, rows: list[Row]) -> Prediction:
        asked.append(rows)
        return said

    (usual,) = reader.read(page, 1, ReadOptions()).lines
    (judged,) = reader.read(page, 1, ReadOptions(), predicts).lines
    assert len(asked) == 1
    assert judged.text == usual.text == "7"
    assert judged.confidence == (0.99 if is_raised else 0.7)


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (("7", "1"), ["7"]),
        (("7", "1-"), ["7"]),
        (("-7", "1"), ["-7", "1"]),
        (("17", "1"), ["17", "1"]),
    ],
)
def test_beside_the_only_digit_there_are_specks(
    reader: PageReader,
    monkeypatch: pytest.MonkeyPatch,
    texts: tuple[str, ...],
    read: list[str],
) -> None:
    """A speck may have a sign; a number with a sign is not the digit that `predict` sees."""
    page = Page(page_of_blots(1, 1))
    (seven,) = reader.read(page, 1, ReadOptions()).lines
    found = tuple(
        replace(seven, text=text, digits=seven.digits * len(text.strip("-")))
        for text in texts
    )
    monkeypatch.setattr(pages, "lines_of", lambda *_: found)
    said = reader.read(page, 1, ReadOptions(), lambda *_: answer(7, 0.99))
    assert [line.text for line in said.lines] == read


def test_predict_is_not_asked_about_several_digits(reader: PageReader) -> None:
    def predicts(page: Page, rows: list[Row]) -> Prediction:
        raise AssertionError("it was asked")

    page = Page(page_of_blots(1, 3))
    assert reader.read(page, 1, ReadOptions(), predicts).text == "777"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (answer(7, 0.99), "7"),
        (answer(7, 0.8, accepted=False), "7"),
        (answer(7, 0.7, accepted=False), ""),
        (replace(answer(7, 0.99, accepted=False), reason="several digits"), ""),
        (replace(answer(7, 0.99, accepted=False), reason="no digit"), ""),
    ],
    ids=["accepted", "likely", "unlikely", "several digits", "no digit"],
)
def test_where_no_line_is_read_the_digit_that_predict_finds_is_shown(
    reader: PageReader, monkeypatch: pytest.MonkeyPatch, said: Prediction, text: str
) -> None:
    monkeypatch.setattr(pages, "lines_of", lambda *given: ())
    page, blank = Page(page_of_blots(1, 1)), Page(np.full((200, 140), 255, np.uint8))
    surest = replace(reader, threshold=0.9)

    def read(page: Page, expect: str | None = None) -> results.PageReading:
        return surest.read(page, 1, ReadOptions(expect=expect), lambda *_: said)

    shown = read(page)
    assert shown.text == text
    assert not any(line.accepted for line in shown.lines)
    assert not read(page, expect=r"\d{4}").lines
    assert not read(blank).lines, "there are no rows, so `predict` is not asked"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (answer(7, 0.99), "7"),
        (answer(7, 0.99, accepted=False), "7\n7"),
        (answer(7, 0.99, box=results.Box(200, 30, 220, 62)), "7\n7"),
    ],
    ids=["one of them", "not accepted", "none of them"],
)
def test_of_digits_apart_only_the_one_that_predict_accepts_is_read(
    reader: PageReader, said: Prediction, text: str
) -> None:
    page = Page(page_of_blots(2, 1))
    assert reader.read(page, 1, ReadOptions()).text == "7\n7"
    judged = reader.read(page, 1, ReadOptions(), lambda _page, _rows: said)
    assert judged.text == text
