"""Reviewed combs become training data: one picture for each digit, in order."""

from dataclasses import replace

import cv2
import numpy as np

from inkdigits.forms.pages import FormPageReader
from inkdigits.forms.records import Sheets
from inkdigits.forms.review.cutouts import CutOuts
from inkdigits.forms.review.digits import DigitCutter
from inkdigits.forms.review.pile import Key, Pile
from inkdigits.forms.sheet import Identity, draw_sheet
from inkdigits.reading.input.pages import Page
from inkdigits.reading.reader import Reader
from inkdigits.synthesis.forms import MACHINES
from made_forms import fill
from made_piles import pile_of, template


def scanned(reader: Reader) -> Pile:
    form = template()
    sheet = draw_sheet(form, form.pages[0], 200, Identity("id1")).copy()
    fill(sheet, form.fields["student"], "0471", 3)
    fill(sheet, form.fields["points_1"], " 8", 4)
    page = Page(MACHINES["scan"](sheet, np.random.default_rng(2)).grey)
    seen = FormPageReader([form], reader).read(page)
    assert seen.corners
    plain = pile_of({}, form=form)
    (sheets,) = plain.entries
    assert isinstance(sheets, Sheets)
    source, _ = sheets.pages[1]
    entry = replace(sheets, pages={1: (source, seen)})
    return replace(plain, entries=(entry,), open_page=lambda _: page)


def test_each_filled_box_is_a_digit_and_other_fields_have_none(reader: Reader) -> None:
    pile = scanned(reader)
    cutouts = CutOuts(pile)
    cutter = DigitCutter(pile, cutouts, reader)
    digits = cutter.digits(Key(1, "student"))
    assert [digit.predicted for digit in digits] == [0, 4, 7, 1]
    assert [digit.place for digit in digits] == [0, 1, 2, 3]
    for digit in digits:
        shown = cv2.imdecode(np.frombuffer(digit.picture, np.uint8), 0)
        assert shown is not None
        assert shown.min() < 128 < shown.max()
        assert 0 < digit.confidence <= 1
    assert [digit.predicted for digit in cutter.digits(Key(1, "points_1"))] == [8]
    assert cutter.digits(Key(1, "repeat")) == []
    cutouts.stop()
