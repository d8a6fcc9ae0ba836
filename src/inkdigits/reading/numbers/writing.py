"""A row of marks → its likely texts, and which marks each is made of.

Each mark is a digit, a sign, or not part of a number. If the network is unsure (`/` or `1`, `,` or
`1`, a speck or a point), the whole row decides: how plausible the text is as a number counts too.
"""

import re
from dataclasses import dataclass
from itertools import product

import numpy as np

from inkdigits.reading.marks.alphabet import (
    CLASS_OF,
    CLASSES,
    DIGITS,
    OTHER,
    digits_in,
)
from inkdigits.reading.marks.boxes import Floats, median, widths
from inkdigits.reading.numbers.patterns import Pattern
from inkdigits.reading.numbers.rows import Row, is_digit

_OTHER = CLASS_OF[OTHER]


@dataclass(frozen=True, slots=True)
class WritingSettings:
    """How marks become a text."""

    space: float = 0.6  # a gap of so many digit heights is a space,
    # The same where it is the row's only gap, with no other to compare it to
    only_gap: float = 0.9
    # Of the height: a narrower digit, a 1, has room around it that is no gap
    least_wide: float = 0.5
    # Where it is so much wider than the row's usual gap: some people write far apart
    wider: float = 1.8
    # What is less likely than this is not considered for a mark
    least_choice: float = 0.02
    most_choices: int = 3  # for one mark
    most_texts: int = 64  # for one row, at each mark
    malformed: float = 2.5  # log odds against a text that no number is written like


SETTINGS = WritingSettings()


@dataclass(frozen=True, slots=True)
class Written:
    """A text, its log probability in its row, and each mark's sign ("" for none)."""

    text: str
    log: float
    signs: tuple[str, ...]


# Without back-references: the browser reads the same pattern.
_GROUPED = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?"
    r"|\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?"
    r"|\d{1,3}(?:[' ]\d{3})+(?:[.,]\d{1,2})?"
)
_NUMBER = rf"(?:{_GROUPED}|\d+(?:[.,]\d{{1,3}})?|\d[.,]\d{{4,}}|\.\d{{1,3}})"
_TIME = r"(?:[01]?\d|2[0-4])[:.][0-5]\d(?::[0-5]\d)?"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
# From parish registers to today, in full or by the last two digits.
_YEAR = r"(?:(?:1[5-9]|20)?\d\d)"
_DATE = "|".join(
    rf"(?:{_DAY}{sign}{_MONTH}|{_MONTH}{sign}{_DAY})(?:{sign}{_YEAR})?"
    rf"|\d{{4}}{sign}{_MONTH}{sign}{_DAY}"
    for sign in ("/", "-", r"\.")
)
# What looks like a date is one, or is misread.
_LIKE_A_DATE = r"(?:\d{1,2}-\d{1,2}-(?:\d{4}|\d{2})|\d{4}-\d\d-\d\d)$"
_FORMS = re.compile(
    rf"""[-+]?[$€]?\ ?{_NUMBER}(?:[.,]?[-=]|[.,]--)?(?:\ ?[%€$])?  # a number, an amount, a share
      |\({_NUMBER}\)
      |{_DATE}
      |{_TIME}(?:-{_TIME})?                                 # a time, and another
      |\d{{1,3}}(?:[.,]\d)?/\d{{1,3}}|\d{{4}}/\d{{1,5}}       # a fraction, a grade, a year's number
      |\d:\d|1:\d{{2,6}}                                    # a score, a scale
      |\d{{1,3}}-\d{{1,3}}\ ?%                                # from one share to another
      |0\d{{1,4}}/\d{{1,8}}(?:[-\ ]\d{{1,5}})*                # an area code
      |(?!{_LIKE_A_DATE})                                   # a phone number, an account
       (?:\(\d{{2,5}}\)\ ?)?\d{{1,5}}(?:[-\ ]\d{{1,5}})*
      |{_NUMBER}(?:\+{_NUMBER})+                            # a sum
      |{_NUMBER}(?:[-+]{_NUMBER})+={_NUMBER}""",
    re.VERBOSE,
)
# What changes no number: signs that set thousands apart, and a stop or a dash that closes it.
# Whether a decimal sign is a comma or a point is left as a doubt.
_THOUSANDS = re.compile(r"\b[1-9]\d{0,2}(?:[.,' ]\d{3})+\b")
_CLOSED = re.compile(r"[.,]?(?:--?|=)?$")


def is_well_formed(text: str) -> bool:
    """Whether people write numbers like this; a comma or full stop may follow.

    A gap makes no number wrong: some leave one anywhere.
    """
    without_stop = text[:-1] if text[-1:] in ".," else text
    forms = (text, without_stop, without_stop.replace(" ", ""))
    return any(_FORMS.fullmatch(form) for form in forms)


def amount_in(text: str) -> str:
    """The text without what changes no number: gaps, signs of thousands, a closing stop or dash."""
    own = _CLOSED.sub("", text)
    return plain(_THOUSANDS.sub(lambda found: digits_in(found[0]), own))


def plain(text: str) -> str:
    """The text without its gaps."""
    return "".join(text.split())


@dataclass(frozen=True, slots=True)
class _Path:
    """A way to read the first marks of a row; `state` is where the expected pattern stands."""

    log: float
    signs: tuple[str, ...]
    text: str
    right: float | None
    state: int


def texts_of(
    row: Row, expect: Pattern | None = None, settings: WritingSettings = SETTINGS
) -> list[Written]:
    """The row's likely texts, the likeliest first; with `expect` only those that fit it."""
    paths = [_Path(0.0, (), "", None, expect.start if expect else 0)]
    cells = _cells(row, settings)
    gap = _widest_gap(cells, row.height, settings)
    for index, box in enumerate(cells.tolist()):
        choices = _choices(row, index, settings, even_unlikely=expect is not None)
        longer = [
            _longer(path, sign, log, box, gap, expect)
            for path, (sign, log) in product(paths, choices)
        ]
        fitting = [path for path in longer if path is not None]
        paths = sorted(fitting, key=lambda path: -path.log)[: settings.most_texts]
    return _ranked(
        [path for path in paths if expect is None or expect.accepts(path.state)],
        settings,
    )


def _longer(
    path: _Path,
    sign: str,
    log: float,
    box: list[float],
    gap: float,
    expect: Pattern | None,
) -> _Path | None:
    """The path with one mark more; None where the expected pattern does not go on like this."""
    signs = (*path.signs, sign)
    if not sign:
        return _Path(path.log + log, signs, path.text, path.right, path.state)
    text, state = path.text, path.state
    may_be_apart = _may_stand_apart(path.text, sign)
    apart = may_be_apart and path.right is not None and box[0] - path.right > gap
    if expect is not None:
        # A pattern need not say where gaps are, but may; also where a gap is never taken for a
        # space.
        spaced = expect.step(state, " ") if apart or not may_be_apart else None
        states = [
            expect.step(start, sign) for start in (spaced, state) if start is not None
        ]
        following = next((after for after in states if after is not None), None)
        if following is None:
            return None
        state = following
    return _Path(path.log + log, signs, text + " " * apart + sign, box[2], state)


def _cells(row: Row, settings: WritingSettings) -> Floats:
    """The room that each mark takes: its box, a narrow digit's widened to both sides."""
    cells = row.marks.boxes.copy()
    lacking = settings.least_wide * row.height - widths(cells)
    widened = np.where(is_digit(row.marks), np.maximum(lacking, 0) / 2, 0)
    cells[:, 0] -= widened
    cells[:, 2] += widened
    return cells


def _widest_gap(cells: Floats, height: float, settings: WritingSettings) -> float:
    """The gap between two marks from which it is a space."""
    height = max(height, 1.0)
    gaps = cells[1:, 0] - cells[:-1, 2]
    if len(gaps) < 2:
        return settings.only_gap * height
    return max(settings.space * height, settings.wider * median(gaps))


def _may_stand_apart(text: str, sign: str) -> bool:
    """Whether a gap may be a space here; it is none around `:` or `/`, however wide."""
    return text[-1:] in DIGITS + ")€$" and sign in DIGITS + "%€$("


def _ranked(paths: list[_Path], settings: WritingSettings) -> list[Written]:
    """The texts by their probability among all that the paths give."""
    best: dict[str, Written] = {}
    for path in paths:
        if not any(sign in DIGITS for sign in path.text):
            continue
        log = path.log - (0.0 if is_well_formed(path.text) else settings.malformed)
        if path.text not in best or best[path.text].log < log:
            best[path.text] = Written(path.text, log, path.signs)
    if not best:
        return []
    everything = float(np.logaddexp.reduce([each.log for each in best.values()]))
    ranked = sorted(best.values(), key=lambda each: -each.log)
    return [Written(each.text, each.log - everything, each.signs) for each in ranked]


def _choices(
    row: Row, index: int, settings: WritingSettings, *, even_unlikely: bool
) -> list[tuple[str, float]]:
    """The readings of a mark ("" if it is not part of a number), with their log-probabilities."""
    there, classes = float(row.marks.centre[index]), row.marks.classes[index]
    most = len(CLASSES) if even_unlikely else settings.most_choices
    least = 1e-4 if even_unlikely else settings.least_choice
    likeliest = np.argsort(-classes)[:most]
    found = [
        (CLASSES[each], there * float(classes[each]))
        for each in likeliest
        if each != _OTHER
    ]
    is_none = 1 - there + there * float(classes[_OTHER])
    found.append(("", is_none))
    likely = [(sign, share) for sign, share in found if share >= least] or found[:1]
    return [(sign, float(np.log(max(share, 1e-6)))) for sign, share in likely]
