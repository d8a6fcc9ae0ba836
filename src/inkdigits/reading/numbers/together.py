"""The reading of a row by its marks, one by one, combined with that of its line image.

texts of the marks + texts of the columns → the likeliest by both
→ if only the columns support it: marks at the positions of the columns
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS
from inkdigits.reading.marks.boxes import Floats, middles_x
from inkdigits.reading.marks.found import Found
from inkdigits.reading.numbers.columns import Columns, log_shares, places
from inkdigits.reading.numbers.patterns import Pattern
from inkdigits.reading.numbers.rows import Row
from inkdigits.reading.numbers.writing import SETTINGS as WRITING
from inkdigits.reading.numbers.writing import (
    Written,
    is_well_formed,
    plain,
    texts_of,
)


@dataclass(frozen=True, slots=True)
class TogetherSettings:
    """The weights of both readings; fitted on held-out lines."""

    by_marks: float = 1.0
    by_columns: float = 1.0
    unfound: float = -6.0  # the log share by marks of a text that they do not spell
    # Log odds against a text that no number is written like, from what both say together
    malformed: float = 0.0
    most_texts: int = 12  # of the marks: so many are looked at again
    # If marks and columns agree and all other texts are this much less likely (in
    # log-probabilities of the columns), another line image changes nothing
    sure_ahead: float = 4.0
    # With a user's own digit network, the line image only contributes to the confidence
    only_marks: bool = False


TOGETHER = TogetherSettings()


@dataclass(frozen=True, slots=True)
class MarkShape:
    """How large a mark is that only the columns show; in heights of the row's digits."""

    reach: float = 0.35  # a found mark whose middle is so near is that mark
    digit_wide: float = 0.55
    sign_high: float = 0.3
    sign_middle: float = 0.4  # below the row's middle line: a point, a comma


SHAPE = MarkShape()


@dataclass(frozen=True, slots=True)
class Together:
    """A row with its likely texts, the likeliest first, and what both ways say of that one.

    `by_columns` is its log share among all texts by the columns, `ahead` how much more likely it is
    there than the likeliest other one; `agree` whether the marks alone say the same.
    """

    row: Row
    texts: list[Written]
    by_columns: float = 0.0
    ahead: float = 0.0
    agree: bool = True


def read_row(
    row: Row,
    looks: Sequence[Columns],
    expect: Pattern | None = None,
    settings: TogetherSettings = TOGETHER,
) -> Together | None:
    """The row's text by both; None where nothing on it is a number (or, with `expect`, fits).

    `looks` are its columns, one for each line image; without any, only the marks count.
    """
    by_marks = texts_of(row, expect)
    if not looks:
        return Together(row, by_marks) if by_marks else None
    candidates = {
        plain(each.text): each for each in reversed(by_marks[: settings.most_texts])
    }
    seen = list(dict.fromkeys(text for look in looks for text in look.texts))
    for text in [] if settings.only_marks else seen:
        if text not in candidates and _may_be_read(text, expect):
            odd = 0.0 if is_well_formed(text) else WRITING.malformed
            candidates[text] = Written(text, settings.unfound - odd, ())
    if not candidates:
        return None
    texts = list(dict.fromkeys([*candidates, *seen, ""]))
    each_look = [log_shares(look.logs, texts) for look in looks]
    shares = dict(zip(texts, np.mean(each_look, axis=0).tolist(), strict=True))
    ranked = _ranked(candidates, shares, settings)
    text = plain(ranked[0].text)
    if not ranked[0].signs:
        row, ranked[0] = _spelled(row, looks[0], ranked[0])
    ahead = shares[text] - max(
        share for other, share in shares.items() if other != text
    )
    said = plain(by_marks[0].text) if by_marks else ""
    return Together(row, ranked, shares[text], ahead, agree=text == said)


def is_sure(together: Together | None, settings: TogetherSettings) -> bool:
    """Whether a row needs no second line image."""
    if together is None:
        return False
    return together.agree and together.ahead > settings.sure_ahead


def _may_be_read(text: str, expect: Pattern | None) -> bool:
    return any(sign in DIGITS for sign in text) and (
        expect is None or expect.matches(text)
    )


def _ranked(
    candidates: dict[str, Written], shares: dict[str, float], settings: TogetherSettings
) -> list[Written]:
    """The candidates by their share among all of them; `shares` are those by the columns."""
    by_columns = 0.0 if settings.only_marks else settings.by_columns
    logs = [
        settings.by_marks * written.log
        + by_columns * shares[text]
        - (0.0 if is_well_formed(written.text) else settings.malformed)
        for text, written in candidates.items()
    ]
    everything = float(np.logaddexp.reduce(logs))
    weighed = [
        replace(written, log=log - everything)
        for written, log in zip(candidates.values(), logs, strict=True)
    ]
    return sorted(weighed, key=lambda written: -written.log)


def _spelled(row: Row, columns: Columns, written: Written) -> tuple[Row, Written]:
    """The row with the marks of this text, and the text with its gaps."""
    text = written.text
    marks = _marks_of(row, columns, text)
    only = np.zeros((len(text), len(CLASSES)), np.float32)
    only[np.arange(len(text)), [CLASS_OF[sign] for sign in text]] = 1
    certain = replace(
        row, marks=Found(marks.boxes, np.ones(len(text), np.float32), only)
    )
    spaced = texts_of(certain)[0]
    return replace(row, marks=marks), Written(spaced.text, written.log, tuple(text))


def _marks_of(row: Row, columns: Columns, text: str) -> Found:
    """For each sign of the text the found mark that stands there, or one that the columns show."""
    height = max(row.height, 1.0)
    middles = middles_x(row.marks.boxes)
    free = np.ones(len(row.marks), bool)
    boxes, centres, classes = [], [], []
    for sign, (first, last) in zip(text, places(columns.logs, text), strict=True):
        middle = (columns.left_of(first) + columns.left_of(last + 1)) / 2
        shares = np.exp(columns.logs[first : last + 1]).max(axis=0)
        away = np.where(free, np.abs(middles - middle), np.inf)
        nearest = int(away.argmin()) if len(away) else 0
        if len(away) and away[nearest] < SHAPE.reach * height:
            free[nearest] = False
            boxes.append(row.marks.boxes[nearest])
            centres.append(row.marks.centre[nearest])
            classes.append(row.marks.classes[nearest])
        else:
            boxes.append(_box(columns, sign, middle, height))
            centres.append(np.float32(shares[CLASS_OF[sign]]))
            classes.append((shares / shares.sum()).astype(np.float32))
    return Found(np.stack(boxes), np.array(centres, np.float32), np.stack(classes))


def _box(columns: Columns, sign: str, middle: float, height: float) -> Floats:
    """Where a mark stands of which only the column is known."""
    window = columns.window
    level = window.middle_y + window.slope * (middle - window.middle_x)
    if sign in ".,":
        level += SHAPE.sign_middle * height
        half_wide = half_high = SHAPE.sign_high * height / 2
    else:
        half_wide, half_high = SHAPE.digit_wide * height / 2, height / 2
    return np.array(
        [middle - half_wide, level - half_high, middle + half_wide, level + half_high],
        np.float32,
    )
