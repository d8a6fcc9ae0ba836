"""Cut-outs of fields: upright, around the field, made once and kept within bounds."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from inkdigits.errors import NotAPictureError
from inkdigits.forms.pages import SeenPage
from inkdigits.forms.records import Sheets, Source
from inkdigits.forms.review.cutouts import CUT_OUTS, CutOuts, to_page
from inkdigits.forms.review.pile import Key, Pile
from inkdigits.reading.input.pages import Grey, Page
from made_piles import pile_of, template

# A page of 210 × 297 mm at 4 pixels per millimetre, on its side on the picture.
PX_PER_MM = 4
WIDE, HIGH = 297 * PX_PER_MM, 210 * PX_PER_MM
CORNERS = (WIDE, 0, WIDE, HIGH, 0, HIGH, 0, 0)


def picture() -> Grey:
    """The field `student` of the first form is dark, all else is white."""
    upright = np.full((WIDE, HIGH), 255, np.uint8)
    box = template().fields["student"].box
    sides = [
        round(side * PX_PER_MM) for side in (box.top, box.bottom, box.left, box.right)
    ]
    upright[sides[0] : sides[1], sides[2] : sides[3]] = 30
    return np.ascontiguousarray(np.rot90(upright, -1))


def pile(open_page: Callable[[Source], Page], forms: int = 1) -> Pile:
    plain = pile_of(*[{}] * forms)
    entries = []
    for sheets in plain.entries:
        assert isinstance(sheets, Sheets)
        source, seen = sheets.pages[1]
        turned = replace(seen, corners=tuple(float(side) for side in CORNERS))
        entries.append(replace(sheets, pages={1: (source, turned)}))
    return replace(plain, entries=tuple(entries), open_page=open_page)


def test_the_matrix_takes_the_forms_corners_to_those_on_the_picture() -> None:
    form = template().pages[0]
    page = Page(np.zeros((2, 2), np.uint8), scale=2.0)
    seen = SeenPage(corners=tuple(float(side) for side in CORNERS))
    width, height = form.size
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]])
    there = cv2.perspectiveTransform(corners, to_page(seen, page, form))
    assert np.allclose(there.ravel() * 2.0, CORNERS, atol=1e-3)


def test_a_field_is_shown_upright_in_the_middle_of_its_picture() -> None:
    cutouts = CutOuts(pile(lambda source: Page(picture())))
    data = cutouts.picture(Key(1, "student"))
    cutouts.stop()
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    box = template().fields["student"].box
    margin = 2 * CUT_OUTS.margin
    wanted = ((box.bottom - box.top + margin), (box.right - box.left + margin))
    assert np.allclose(np.array(shown.shape) / CUT_OUTS.px_per_mm, wanted, atol=0.2)
    middle = shown.shape[0] // 2, shown.shape[1] // 2
    assert shown[middle] < 80
    assert shown[3, 3] > 200


def test_pages_and_pictures_are_made_once_and_no_more_than_so_many_are_kept() -> None:
    opened: list[Source] = []

    def open_page(source: Source) -> Page:
        opened.append(source)
        return Page(picture())

    settings = replace(CUT_OUTS, pages=2, pictures=3)
    cutouts = CutOuts(pile(open_page, forms=4), settings)
    cutouts.prepare([Key(1, "student"), Key(1, "total")]).result(60)
    assert cutouts.picture(Key(1, "student")) == cutouts.picture(Key(1, "student"))
    assert len(opened) == 1
    for record in (2, 3, 4, 1):
        cutouts.picture(Key(record, "repeat"))
    cutouts.stop()
    assert len(opened) == 5  # the first page was opened again
    assert len(cutouts._made) == 3
    assert len(cutouts._pages) == 2


def test_a_scan_that_is_gone_is_said_to_who_asks_and_not_before() -> None:
    def open_page(source: Source) -> Page:
        raise NotAPictureError("it is gone")

    cutouts = CutOuts(pile(open_page))
    cutouts.prepare([Key(1, "student")]).result(60)
    with pytest.raises(NotAPictureError, match="it is gone"):
        cutouts.picture(Key(1, "student"))
    cutouts.stop()
