"""Registration: the right place to a fraction of a millimetre, or a reason; never a wrong place."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from inkdigits.forms.registration.align import Alignment, Refused, align
from inkdigits.forms.registration.blank import Blank
from inkdigits.forms.registration.ink import cut_out
from inkdigits.forms.template import FormTemplate
from inkdigits.synthesis.forms import MACHINES
from made_forms import comb, filled, pixels, printed, sheet_of, template

pytestmark = pytest.mark.slow

MOST_ERROR_PX = 2.0  # at 200 dots an inch


@pytest.mark.parametrize("machine", MACHINES)
def test_an_office_form_is_aligned_by_its_print(machine: str, tmp_path: Path) -> None:
    form, sheet = printed(tmp_path, 1)
    rng = np.random.default_rng(7)
    taken = MACHINES[machine](filled(form, sheet, rng), rng)
    found = align(taken.grey, Blank.of(form, form.pages[0]))
    assert isinstance(found, Alignment)
    assert taken.error_px(found.matrix, found.blank.grey.shape) < MOST_ERROR_PX


def test_many_points_like_one_of_the_blank_do_not_decide(tmp_path: Path) -> None:
    """Corners of written digits and of comb boxes are alike: on this fax most of them match a few points."""
    form, sheet = printed(tmp_path, 2)
    rng = np.random.default_rng(0)
    taken = MACHINES["fax"](filled(form, sheet, rng), rng)
    found = align(taken.grey, Blank.of(form, form.pages[0]))
    assert isinstance(found, Alignment)
    assert taken.error_px(found.matrix, found.blank.grey.shape) < MOST_ERROR_PX


@pytest.mark.parametrize("machine", ["turned", "photo"])
def test_a_sheet_of_ours_with_hardly_any_print_is_aligned_by_its_corner_marks(
    machine: str,
) -> None:
    form = template([comb("student", 8, 30, 60)])
    sheet = sheet_of(form, {"student": "20493817"})
    taken = MACHINES[machine](sheet, np.random.default_rng(3))
    found = align(taken.grey, Blank.of(form, form.pages[0]))
    assert isinstance(found, Alignment)
    assert taken.error_px(found.matrix, found.blank.grey.shape) < MOST_ERROR_PX


def test_boxes_of_combs_are_not_taken_for_corner_marks() -> None:
    """They are larger than the marks and many, and nearly as wide as high."""
    combs = [comb(f"count_{row}", 8, 60, 40 + 18 * row) for row in range(12)]
    form = template(combs)
    taken = MACHINES["scan"](
        sheet_of(form, {"count_0": "20493817"}), np.random.default_rng(1)
    )
    found = align(taken.grey, Blank.of(form, form.pages[0]))
    assert isinstance(found, Alignment)
    assert taken.error_px(found.matrix, found.blank.grey.shape) < MOST_ERROR_PX


def stock_list(words: Callable[[str, int], str]) -> FormTemplate:
    """Twenty combs with nearly the same words beside them: by features such a page is not aligned."""
    return template(
        [
            comb(f"{name}_{row}", count, left, 40 + 20 * row, label=words(name, row))
            for row in range(10)
            for name, count, left in (("article", 5, 40), ("count", 3, 110))
        ]
    )


ARTICLES = {f"article_{row}": f"{row}4{row}29" for row in range(10)}


@pytest.mark.parametrize("hidden", range(4))
@pytest.mark.parametrize("machine", ["scan", "turned", "fax", "photo"])
def test_three_corner_marks_are_enough(machine: str, hidden: int) -> None:
    form = stock_list(lambda name, row: f"{name}_{row}")
    sheet = sheet_of(form, ARTICLES)
    height, width = sheet.shape
    fold = int(0.16 * width)
    corner = np.array([[0, 0], [width, 0], [width, height], [0, height]])[hidden]
    inwards = np.where(corner == 0, 1, -1) * fold
    folded = [corner, corner + inwards * [1, 0], corner + inwards * [0, 1]]
    cv2.fillConvexPoly(sheet, np.array(folded, np.int32), (215,))
    taken = MACHINES[machine](sheet, np.random.default_rng(hidden))
    found = align(taken.grey, Blank.of(form, form.pages[0]))
    assert isinstance(found, Alignment)
    assert taken.error_px(found.matrix, found.blank.grey.shape) < MOST_ERROR_PX


def test_other_pages_are_refused_with_a_reason(tmp_path: Path) -> None:
    form, sheet = printed(tmp_path, 1)
    blank = Blank.of(form, form.pages[0])
    rng = np.random.default_rng(5)
    other, other_sheet = printed(tmp_path, 2)
    scan = MACHINES["scan"](filled(other, other_sheet, rng), rng)
    for page in (
        scan.grey,
        np.full((2000, 1400), 240, np.uint8),
        sheet[:700],
        np.fliplr(sheet),
        rng.integers(0, 255, (900, 700)),
    ):
        refused = align(np.ascontiguousarray(page, np.uint8), blank)
        assert isinstance(refused, Refused)
        assert refused.reason


@pytest.mark.parametrize("machine", ["scan", "photo"])
def test_another_version_of_a_form_is_refused(machine: str) -> None:
    """Its words are longer, and begin further to the left: aligned by them, all else is off."""
    newer = stock_list(lambda name, row: f"{name}_{row}")
    older = stock_list(lambda name, _: name)
    sheet = sheet_of(newer, ARTICLES)
    taken = MACHINES[machine](sheet, np.random.default_rng(0))
    refused = align(taken.grey, Blank.of(older, older.pages[0]))
    assert isinstance(refused, Refused)
    assert "another version of the form" in refused.reason


def test_thick_ink_over_the_print_does_not_move_a_field() -> None:
    """A broad pen hides the combs from a comparison with the blank; nothing is elsewhere."""
    fields = [comb(f"f{row}", 8, 40, 40 + 20 * row) for row in range(10)]
    form = template(fields)
    sheet = sheet_of(form, {})
    for field in [*form.fields.values()][:6]:
        for cell in field.cells:
            left, top, right, bottom = (round(side) for side in pixels(cell))
            low = (left + 4, bottom - 5)
            high = (right - 4, top + 5)
            cv2.line(sheet, low, high, 60, 14)
            cv2.line(sheet, (low[0], high[1]), (high[0], low[1]), 60, 14)
    taken = MACHINES["scan"](sheet, np.random.default_rng(2))
    found = align(taken.grey, Blank.of(form, form.pages[0]))
    assert isinstance(found, Alignment)
    assert taken.error_px(found.matrix, found.blank.grey.shape) <= MOST_ERROR_PX
    for field in form.fields.values():
        assert cut_out(found, field.box, 1.0) is not None
