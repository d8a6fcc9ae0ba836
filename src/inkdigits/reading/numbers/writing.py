"""A row of marks → what is written: the likeliest text, the next likeliest, and which marks it is made of.

Each mark is a digit, a sign, or nothing that belongs to a number. What the network is unsure of (`/` or `1`, `,` or `1`,
a speck or a point) is settled by the whole row: how well the text is formed speaks too.
"""

import re
from dataclasses import dataclass
from itertools import product

import numpy as np

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS, OTHER
from inkdigits.reading.numbers.patterns import Pattern
from inkdigits.reading.numbers.rows import Row

_OTHER = CLASS_OF[OTHER]


@dataclass(frozen=True, slots=True)
class WritingSettings:
    """How marks become a text."""

    space: float = 0.75  # a gap of so many digit heights is a space
    least_choice: float = 0.02  # what is less likely than this is not considered for a mark
    most_choices: int = 3  # for one mark
    most_texts: int = 64  # for one row, at each mark
    malformed: float = 2.5  # log odds against a text that no number is written like


@dataclass(frozen=True, slots=True)
class Written:
    """A text, its log probability among all texts of its row, and for each mark the sign it stands for ("" for none)."""

    text: str
    log: float
    signs: tuple[str, ...]


_NUMBER = r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_FORMS = re.compile(
    rf"""(?:[-+]?[$€]?\ ?(?:{_NUMBER})(?:[.,]-)?(?:\ ?[%€$])?)   # a number, an amount, a share
      |\((?:{_NUMBER})\)
      |\d{{1,4}}([/.-])\d{{1,2}}(?:\1\d{{2,4}})?                  # a date or a fraction
      |\d{{1,2}}:\d{{2}}(?::\d{{2}})?                            # a time
      |(?:\(\d{{2,5}}\)\ ?)?\d{{2,5}}(?:[-\ /]\d{{2,5}})*          # a phone number, an account
      |(?:{_NUMBER})(?:[-+](?:{_NUMBER}))+(?:=(?:{_NUMBER}))?""",
    re.VERBOSE,
)


def is_well_formed(text: str) -> bool:
    """Whether people write numbers like this; a comma or full stop of the sentence may follow."""
    return bool(_FORMS.fullmatch(text) or (text[-1:] in ".," and _FORMS.fullmatch(text[:-1])))


def texts_of(row: Row, expect: Pattern | None = None, settings: WritingSettings = WritingSettings()) -> list[Written]:
    """The row's likely texts, the likeliest first; with `expect` only those that fit it."""
    choices = [_choices(row, index, settings) for index in range(len(row.marks))]
    paths: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
    for some in choices:
        longer = [(log + more, (*signs, sign)) for (log, signs), (sign, more) in product(paths, some)]
        paths = sorted(longer, key=lambda path: -path[0])[: settings.most_texts]
    written: dict[str, Written] = {}
    for log, signs in paths:
        text = _joined(row, signs, settings)
        if not any(sign in DIGITS for sign in text) or (expect is not None and not _fits(expect, text)):
            continue
        total = log - (0.0 if is_well_formed(text) else settings.malformed)
        if text not in written or written[text].log < total:
            written[text] = Written(text, total, signs)
    ranked = sorted(written.values(), key=lambda each: -each.log)
    if not ranked:
        return []
    everything = np.logaddexp.reduce([each.log for each in ranked])
    return [Written(each.text, float(each.log - everything), each.signs) for each in ranked]


def _fits(expect: Pattern, text: str) -> bool:
    return expect.matches(text) or expect.matches(text.replace(" ", ""))


def _choices(row: Row, index: int, settings: WritingSettings) -> list[tuple[str, float]]:
    """What a mark may stand for, with the log of its probability; "" where it is no part of a number."""
    centre, classes = float(row.marks.centre[index]), row.marks.classes[index]
    order = np.argsort(-classes)[: settings.most_choices]
    found = [(CLASSES[k], centre * float(classes[k])) for k in order if k != _OTHER]
    found.append(("", 1 - centre + centre * float(classes[_OTHER])))
    likely = [(sign, share) for sign, share in found if share >= settings.least_choice] or found[:1]
    return [(sign, float(np.log(max(share, 1e-6)))) for sign, share in likely]


def _joined(row: Row, signs: tuple[str, ...], settings: WritingSettings) -> str:
    """The signs from left to right, with a space where the gap is wide."""
    text, right = "", None
    height = max(row.height, 1.0)
    for sign, box in zip(signs, row.marks.boxes.tolist(), strict=True):
        if not sign:
            continue
        if right is not None and box[0] - right > settings.space * height:
            text += " "
        text += sign
        right = box[2]
    return text
