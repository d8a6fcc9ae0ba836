"""The digits of a field that a person has read, cut out for learning from them."""

from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from inkdigits.errors import InkdigitsError
from inkdigits.forms.cells import comb_cells_in_row, see_cells
from inkdigits.forms.pages import PAGES
from inkdigits.forms.registration.align import PageOnTable, Refused
from inkdigits.forms.registration.blank import PX_PER_MM, Blank
from inkdigits.forms.registration.ink import cut_out
from inkdigits.forms.review.cutouts import CutOuts, to_page
from inkdigits.forms.review.pile import Key, Pile
from inkdigits.forms.template import FormTemplate
from inkdigits.reading.reader import Reader
from inkdigits.store import FormDigit


class DigitCutter:
    """Cuts combs into their digits. Fields without boxes have none that can be told apart."""

    def __init__(self, pile: Pile, cutouts: CutOuts, reader: Reader) -> None:
        """Cut the digits of reviewed fields, to learn from them later."""
        self._pile = pile
        self._cutouts = cutouts
        self._reader = reader

    @cached_property
    def _blanks(self) -> dict[tuple[str, int], Blank | None]:
        """The blank of each page of each form."""
        blanks = {}
        for form in self._pile.forms:
            for page in form.pages:
                blanks[form.name, page.number] = _blank(form, page.number)
        return blanks

    def digits(self, key: Key) -> list[FormDigit]:
        """The filled boxes of a comb from left to right; none where it cannot be cut."""
        field = self._pile.field(key)
        page, seen, template = self._cutouts.page(key)
        blank = self._blanks[seen.form, seen.page]
        if not field.comb or not field.cells or blank is None or not seen.corners:
            return []
        to_blank = np.diag([PX_PER_MM, PX_PER_MM, 1.0]) @ np.linalg.inv(
            to_page(seen, page, template),
        )
        alignment = PageOnTable(page.grey).align_from(blank, to_blank)
        cut = (
            None
            if isinstance(alignment, Refused)
            else cut_out(alignment, field.box, PAGES.margin)
        )
        if cut is None:
            return []
        sides = [*(cell.left for cell in field.cells), field.box.right]
        boxes = comb_cells_in_row(
            self._reader,
            cut.written,
            [round(side * PX_PER_MM - cut.left) for side in sides],
        )
        digits: list[FormDigit] = []
        for box, told in zip(boxes, see_cells(self._reader, boxes), strict=True):
            if box.alone is None or told is None or not told.place:
                continue
            sign, share = max(told.place, key=lambda choice: choice[1])
            confidence = float(np.exp(share)) * told.legible
            png = cv2.imencode(".png", box.alone)[1].tobytes()
            model = Path(self._reader.boxed.path).name
            digits.append(
                FormDigit(
                    self._pile.id,
                    key.record,
                    key.field,
                    len(digits),
                    png,
                    int(sign),
                    confidence,
                    model,
                )
            )
        return digits


def _blank(form: FormTemplate, number: int) -> Blank | None:
    """The blank page, or None if its picture no longer exists."""
    try:
        return Blank.of(form, form.pages[number - 1])
    except (InkdigitsError, OSError):
        return None
