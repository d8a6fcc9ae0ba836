"""Marks and strip together: what one misses the other has; where they agree nothing changes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, OTHER
from inkdigits.reading.numbers.columns import Columns
from inkdigits.reading.numbers.lines import ByBoth
from inkdigits.reading.numbers.patterns import parse
from inkdigits.reading.numbers.row_network import (
    RowNetwork,
    RowNetworks,
    log_softmax,
)
from inkdigits.reading.numbers.rows import Row, is_digit
from inkdigits.reading.numbers.strips import Window, window_of
from inkdigits.reading.numbers.together import TogetherSettings, read_row
from made_marks import boxes_of, row_of

NONE = CLASS_OF[OTHER]


def look_at(row: Row, written: Row, text: str, sure: float = 9.0) -> list[Columns]:
    """A look at a row's strip, whose columns show the marks of `written`: one column for each in its middle."""
    boxes = row.marks.boxes
    window = window_of(boxes, boxes[is_digit(row.marks)], row.height)
    count = window.width // 2
    step = window.width / count
    scores = np.zeros((count, len(CLASSES)), np.float32)
    scores[:, NONE] = 10
    middles = (written.marks.boxes[:, 0] + written.marks.boxes[:, 2]) / 2
    for middle, sign in zip(middles, text, strict=True):
        column = int((middle - window.left) / step)
        scores[column] = 0
        scores[column, CLASS_OF[sign]] = sure
    return [Columns(log_softmax(scores), window, step)]


def test_where_both_see_the_same_they_agree() -> None:
    row = row_of(boxes_of("12.50"))
    together = read_row(row, look_at(row, row, "12.50"))
    assert together is not None
    assert (together.texts[0].text, together.agree) == ("12.50", True)
    assert together.row is row
    assert together.ahead > 3


@pytest.mark.parametrize(
    ("text", "place"),
    [("1945", 0), ("1945", 3), ("12.50", 2), ("-17", 0), ("80 12", 3)],
)
def test_a_mark_that_was_not_found_is_seen_on_the_strip(text: str, place: int) -> None:
    """Its box stands where its column is; the line has its gaps as ever."""
    written = row_of(boxes_of(text))
    plain = text.replace(" ", "")
    marks = boxes_of(text)
    whole = marks[place]
    found = row_of([*marks[:place], *marks[place + 1 :]])
    together = read_row(found, look_at(found, written, plain))
    assert together is not None
    assert together.texts[0].text == text
    assert not together.agree
    assert "".join(together.texts[0].signs) == plain
    left, _, right, _ = together.row.marks.boxes[place]
    assert left < (whole[1][0] + whole[1][2]) / 2 < right


def test_a_doubtful_strip_does_not_overrule_sure_marks() -> None:
    row = row_of(boxes_of("1945"))
    together = read_row(row, look_at(row, row, "1946", sure=2.0))
    assert together is not None
    assert together.texts[0].text == "1945"
    assert together.ahead < 3


def test_what_one_look_is_unsure_of_the_other_decides() -> None:
    row = row_of(boxes_of("1945"))
    unsure, sure = (
        look_at(row, row, "1946", sure=1.0),
        look_at(row, row, "1945", sure=9.0),
    )
    one, both = read_row(row, unsure), read_row(row, [*unsure, *sure])
    assert one is not None
    assert both is not None
    assert both.texts[0].text == "1945"
    assert both.ahead > one.ahead


def test_in_doubt_a_row_is_read_as_a_number_is_written() -> None:
    """With as much ink for a point as against it, it is a date; clear ink stays as it is."""
    row = row_of(boxes_of("17.05.2021"))
    (doubtful,) = look_at(row, row, "17.05.2021", sure=9.0)
    point = int(np.flatnonzero(doubtful.logs.argmax(axis=1) == CLASS_OF["."])[0])
    doubtful.logs[point] = log_softmax(
        np.where(np.isin(np.arange(len(CLASSES)), [CLASS_OF["."], NONE]), 5.0, 0.0)[
            None
        ]
    )
    doubtful.logs[point, CLASS_OF["."]] -= 0.5
    only = TogetherSettings(by_marks=0.0, unfound=0.0)
    counted = replace(only, malformed=2.0)
    loose, narrow = (
        read_row(row, [doubtful], None, settings) for settings in (only, counted)
    )
    assert loose is not None
    assert narrow is not None
    assert loose.texts[0].text == "1705.2021"
    assert narrow.texts[0].text == "17.05.2021"
    odd = row_of(boxes_of("1.2.3.4"))
    clear = read_row(odd, look_at(odd, odd, "1.2.3.4"), None, counted)
    assert clear is not None
    assert clear.texts[0].text == "1.2.3.4"


@pytest.mark.parametrize(
    ("shown", "sure", "looks"), [("1945", 9.0, 1), ("1945", 1.0, 4), ("1946", 9.0, 4)]
)
def test_a_row_is_looked_at_again_only_in_doubt(
    shown: str, sure: float, looks: int
) -> None:
    """In doubt is a row whose columns are unsure, or say other than its marks."""
    row = row_of(boxes_of("1945"))
    asked: list[str] = []

    def network(name: str) -> RowNetwork:
        def columns(_: object, windows: Sequence[Window]) -> list[Columns]:
            asked.extend(name for _ in windows)
            return look_at(row, row, shown, sure)

        return cast("RowNetwork", columns)

    page = np.full((60, 200), 255, np.uint8)
    read = ByBoth(RowNetworks(network("quick"), network("closer")))
    assert read(row, page) is not None
    assert asked == ["quick", "closer", "closer", "closer"][:looks]


def test_a_pattern_is_respected_by_both() -> None:
    row = row_of(boxes_of("1945"))
    columns = look_at(row, row, "1.45")
    together = read_row(row, columns, parse(r"\d{4}"))
    assert together is not None
    assert all(each.text.isdigit() for each in together.texts)
    assert read_row(row, columns, parse(r"\d{9}")) is None


def test_with_a_learners_digits_the_strip_only_tells_how_sure_they_are() -> None:
    row = row_of(boxes_of("1945"))
    one, other = (
        read_row(row, look_at(row, row, text), None, TogetherSettings(only_marks=True))
        for text in ("1945", "1946")
    )
    assert one is not None
    assert other is not None
    assert one.texts[0].text == other.texts[0].text == "1945"
    assert one.ahead > 0 > other.ahead
