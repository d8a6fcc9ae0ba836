"""Registration: the right place to a fraction of a millimetre, or a reason; never a wrong place."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.registration.align import Alignment, Refused, align
from inkdigits.forms.registration.blank import Blank
from inkdigits.forms.registration.ink import cut_out
from inkdigits.forms.template import FormTemplate
from inkdigits.synthesis.forms import MACHINES, Taken, blank_form, write_comb
from made_forms import HAND, PEN, Grey, comb, fill, pixels, saved, sheet_of, template

MOST_ERROR_PX = 2.0  # at 200 dots an inch


def printed(folder: Path, seed: int, moved_px: int = 0) -> tuple[FormTemplate, Grey]:
    """An office's form without corner marks, its blank in a file."""
    form = blank_form(np.random.default_rng(seed), moved_px)
    path = folder / f"{seed}-{moved_px}.png"
    saved(form.grey, path)
    fields = [
        {"name": f"field_{place}", "type": "digits", "digits": count, "box": list(box)}
        for place, (box, count) in enumerate(form.combs)
    ]
    content = {
        "inkdigits_form": 1,
        "name": f"office {seed}",
        "pages": [{"blank": path.name, "fields": fields}],
    }
    return FormTemplate.from_json(json.dumps(content), folder=folder), form.grey


def filled(form: FormTemplate, sheet: Grey, rng: np.random.Generator) -> Grey:
    sheet = sheet.copy()
    for field in form.fields.values():
        text = "".join(rng.choice(list("0123456789"), len(field.cells)))
        write_comb(sheet, HAND, text, [pixels(cell) for cell in field.cells], rng, PEN)
    return sheet


def error_px(found: Alignment, taken: Taken) -> float:
    """How far the worst of many points of the page is from where it truly lies."""
    height, width = found.blank.grey.shape
    grid = np.array(
        [[x, y] for x in np.linspace(0, width, 5) for y in np.linspace(0, height, 7)],
        np.float64,
    )
    seen = cv2.perspectiveTransform(grid.reshape(-1, 1, 2), taken.matrix)
    back = cv2.perspectiveTransform(seen, found.matrix).reshape(-1, 2)
    return float(np.hypot(*(back - grid).T).max())


@pytest.mark.parametrize("machine", MACHINES)
def test_an_office_form_is_aligned_by_its_print(machine: str, tmp_path: Path) -> None:
    form, sheet = printed(tmp_path, 1)
    rng = np.random.default_rng(7)
    taken = MACHINES[machine](filled(form, sheet, rng), rng)
    found = align(taken.grey, Blank.of(form, form.pages[0]))
    assert isinstance(found, Alignment)
    assert error_px(found, taken) < MOST_ERROR_PX


@pytest.mark.parametrize("machine", ["turned", "photo"])
def test_a_sheet_of_ours_with_hardly_any_print_is_aligned_by_its_corner_marks(
    machine: str,
) -> None:
    form = template([comb("student", 8, 30, 60)])
    sheet = sheet_of(form, {"student": "20493817"})
    taken = MACHINES[machine](sheet, np.random.default_rng(3))
    found = align(taken.grey, Blank.of(form, form.pages[0]))
    assert isinstance(found, Alignment)
    assert error_px(found, taken) < MOST_ERROR_PX


def test_boxes_of_combs_are_not_taken_for_corner_marks() -> None:
    """They are larger than the marks and many, and nearly as wide as high."""
    combs = [comb(f"count_{row}", 8, 60, 40 + 18 * row) for row in range(12)]
    form = template(combs)
    taken = MACHINES["scan"](
        sheet_of(form, {"count_0": "20493817"}), np.random.default_rng(1)
    )
    found = align(taken.grey, Blank.of(form, form.pages[0]))
    assert isinstance(found, Alignment)
    assert error_px(found, taken) < MOST_ERROR_PX


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
    assert error_px(found, taken) <= MOST_ERROR_PX
    for field in form.fields.values():
        assert cut_out(found, field.box, 1.0) is not None


def test_a_blank_without_print_is_refused(tmp_path: Path) -> None:
    saved(np.full((600, 400), 255, np.uint8), tmp_path / "empty.png")
    page = {"blank": "empty.png", "fields": [comb("a", 2, 30, 60)]}
    content = {"inkdigits_form": 1, "name": "empty", "pages": [page]}
    form = FormTemplate.from_json(json.dumps(content), folder=tmp_path)
    with pytest.raises(SettingError, match="too little print"):
        Blank.of(form, form.pages[0])
