"""Ink without print: what is written stays, what is printed goes."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from inkdigits.forms.registration.align import Alignment, Refused, align
from inkdigits.forms.registration.blank import Blank
from inkdigits.forms.registration.ink import cut_out, without_print
from inkdigits.synthesis.forms import MACHINES
from made_forms import comb, fill, filled, printed, sheet_of, template

pytestmark = pytest.mark.slow


def test_a_field_that_the_next_edition_has_elsewhere_is_not_read_where_it_was(
    tmp_path: Path,
) -> None:
    """Most of the print is in place, so the page is this form's: but each field looks at its own frame."""
    old, _ = printed(tmp_path, 1)
    new, sheet = printed(tmp_path, 1, moved_px=40)
    rng = np.random.default_rng(9)
    taken = MACHINES["scan"](filled(new, sheet, rng), rng)
    for form, moved in ((new, False), (old, True)):
        found = align(taken.grey, Blank.of(form, form.pages[0]))
        if isinstance(found, Refused):
            assert moved
            continue
        cuts = [cut_out(found, field.box, 1.0) for field in form.fields.values()]
        assert all(cut is not None for cut in cuts[:3])
        assert all((cut is None) == moved for cut in cuts[4:])


def test_print_in_a_field_is_taken_off_and_the_ink_stays(tmp_path: Path) -> None:
    form = template([comb("student", 4, 30, 60)])
    field = form.fields["student"]
    blank = Blank.of(form, form.pages[0])
    taken = MACHINES["scan"](
        sheet_of(form, {"student": "8   "}), np.random.default_rng(3)
    )
    found = align(taken.grey, blank)
    assert isinstance(found, Alignment)
    for place, cell in enumerate(field.cells):
        cut = cut_out(found, cell, 0.0)
        assert cut is not None
        assert (cut.seen < 128).any(), "the frame"
        assert (cut.written < 128).any() == (place == 0)
    # A stroke along a line of the frame is not lost with it: what is written is what stands without the frame.
    plain = np.full_like(blank.grey, 255)
    fill(plain, field, "8   ")
    cut = cut_out(found, field.cells[0], 0.0)
    rows, columns = blank.cut(field.cells[0])
    assert cut is not None
    ink, wanted = cut.written < 128, plain[rows, columns] < 128
    assert (
        ink & cv2.dilate(wanted.astype(np.uint8), np.ones((3, 3))).astype(bool)
    ).sum() > 0.95 * ink.sum()
    assert ink.sum() > 0.8 * wanted.sum()


@pytest.mark.parametrize("paper", [255, 215])
def test_print_without_a_stroke_near_it_becomes_paper(paper: int) -> None:
    blank = np.full((60, 200), 255, np.uint8)
    cv2.line(blank, (0, 30), (199, 30), 0, 2)
    page = np.minimum(blank, paper).astype(np.uint8)
    cv2.line(page, (50, 5), (50, 55), 60, 4)
    written = without_print(page, blank)
    # The stroke goes on where the line was, and nothing of the line is left.
    assert (written[26:36, 49:52] < (60 + paper) / 2).all()
    assert np.abs(written[:, 75:].astype(int) - paper).max() <= 2


def test_a_field_that_is_all_print_has_nothing_written_on_it() -> None:
    black = np.zeros((20, 20), np.uint8)
    assert (without_print(black, black) == 255).all()
