"""Reading forms: what is written comes back, and what cannot be read is refused with its reason."""

from typing import Any

import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.forms import Form, Record
from inkdigits.forms.pages import EMPTY_BOX, FormPageReader
from inkdigits.forms.records import Source, records_of
from inkdigits.forms.sheet import Identity, draw_sheet
from inkdigits.forms.template import FormTemplate
from inkdigits.reading.input.pages import Page
from inkdigits.synthesis.forms import MACHINES, strike, tick
from made_exams import STUDENT, TEXTS, exam, sheet
from made_forms import Grey, comb, pixels, sheet_of, template

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def form() -> Form:
    return Form(exam())


@pytest.mark.parametrize("machine", MACHINES)
def test_a_filled_sheet_comes_back_from_every_machine(form: Form, machine: str) -> None:
    made = sheet(form)
    tick(
        made,
        pixels(form.template.fields["mode"].choices[1].box),
        np.random.default_rng(0),
    )
    record = form.read(MACHINES[machine](made, np.random.default_rng(4)).grey)
    assert record.id == "4711"
    assert {name: record[name].text for name in TEXTS} == {
        "student": STUDENT,
        "points_1": "12",
        "points_2": "7",
        "points_3": "15",
        "total": "34",
        "day": "05/03/2026",
    }
    assert record["mode"].value == "written"
    assert record["total"].value == 34
    assert record["student"].value == STUDENT
    assert all(
        record[name].accepted for name in ("student", "total", "points_1", "mode")
    )
    assert record.to_dict()["fields"]["total"]["value"] == 34
    assert record["signature"].picture


def test_a_field_s_box_is_where_it_stands_on_the_picture(form: Form) -> None:
    taken = MACHINES["turned"](sheet(form), np.random.default_rng(2))
    box = form.read(taken.grey)["total"].box
    left, top, right, bottom = pixels(form.template.fields["total"].box)
    corners = np.array(
        [[left, top], [right, top], [right, bottom], [left, bottom]]
    ).reshape(-1, 1, 2)
    seen = cv2.perspectiveTransform(corners, taken.matrix).reshape(-1, 2)
    wanted = [*seen.min(axis=0), *seen.max(axis=0)]
    assert [box.left, box.top, box.right, box.bottom] == pytest.approx(wanted, abs=3)


def test_what_cannot_be_read_says_why(form: Form) -> None:
    fields = form.template.fields
    made = sheet(
        form,
        {"student": "        ", "points_1": "  ", "total": "3 4", "day": "0503    "},
    )
    strike(made, pixels(fields["points_3"].cells[1]), np.random.default_rng(1))
    for choice in fields["mode"].choices:
        tick(made, pixels(choice.box), np.random.default_rng(0))
    record = form.read(MACHINES["scan"](made, np.random.default_rng(4)).grey)
    assert record["student"].reason == "it is blank, but must be filled in"
    assert (
        record["points_1"].text,
        record["points_1"].value,
        record["points_1"].accepted,
    ) == (
        "",
        None,
        True,
    )
    assert record["points_3"].reason == "crossed out or overwritten"
    assert record["total"].reason == EMPTY_BOX
    assert record["day"].reason == "4 of its 8 boxes are filled"
    assert record["mode"].reason == "more than one is ticked"
    assert not record.accepted


def test_wrong_check_digits_and_sums_are_not_accepted(form: Form) -> None:
    other = STUDENT[:-1] + str((int(STUDENT[-1]) + 5) % 10)
    record = form.read(
        MACHINES["scan"](
            sheet(form, {"student": other, "total": " 39"}), np.random.default_rng(4)
        ).grey
    )
    assert not record["student"].accepted
    assert "total = sum(points_*) does not hold" in record["total"].reason
    assert not record["points_1"].accepted


def test_a_line_without_boxes_is_what_the_reader_says(reader: Reader) -> None:
    field = {
        "name": "count",
        "type": "number",
        "comb": False,
        "label": "count",
        "box": [60, 60, 100, 70],
    }
    made = template([field, comb("other", 8, 60, 90)])
    sheet_with = sheet_of(made, {"count": "250"})
    record = Form(made, reader).read(sheet_with)
    rows, columns = (
        slice(round(60 * 7.874) + 3, round(70 * 7.874) - 2),
        slice(round(60 * 7.874) + 3, round(100 * 7.874) - 2),
    )
    assert (
        record["count"].text
        == reader.read(np.ascontiguousarray(sheet_with[rows, columns])).text
    )


def read_pile(
    forms: list[FormTemplate], pile: list[Grey], reader: Reader
) -> list[Record]:
    pages = FormPageReader(forms, reader)
    return records_of(
        forms,
        [
            (Source(f"{place}.png"), pages.read(Page(grey)))
            for place, grey in enumerate(pile)
        ],
    )


def test_a_pile_becomes_records_and_each_page_that_is_none_says_why(
    reader: Reader,
) -> None:
    """Two forms, one of them of two pages, upside down; a page twice, a missing page, another form, a blank page."""
    content = [
        [comb("number", 6, 40, 60)],
        [comb("count", 4, 40, 90), comb("sum", 5, 40, 120)],
    ]
    long = two_pages(content)
    short = template(
        [comb("meter", 7, 50, 70), comb("reading", 6, 50, 100)], name="meter"
    )
    stranger = template(
        [comb("a", 3, 100, 200), comb("b", 9, 60, 150), comb("c", 9, 40, 250)],
        name="stranger",
    )
    first, second = (
        sheet_of(long, {"number": "271828"}),
        sheet_of(long, {"count": "3141", "sum": "59265"}, page=2),
    )
    other_first = sheet_of(long, {"number": "161803"}, seed=5)
    meter = sheet_of(short, {"meter": "4471936", "reading": "123456"})
    foreign = sheet_of(stranger, {"a": "123"})
    rng = np.random.default_rng(6)
    again = MACHINES["scan"](first, rng).grey
    pile = [
        np.rot90(first, 2),
        second,
        meter,
        again,
        foreign,
        np.full((2339, 1654), 250, np.uint8),
        other_first,
    ]
    records = read_pile(
        [long, short], [np.ascontiguousarray(page) for page in pile], reader
    )
    whole, metered, twice, none, blank, half = records
    assert (
        whole["number"].text,
        whole["count"].text,
        whole["sum"].text,
        whole.reason,
    ) == (
        "271828",
        "3141",
        "59265",
        "",
    )
    assert (metered.form, metered["meter"].text) == ("meter", "4471936")
    assert twice.reason == "the same sheet as 0.png"
    assert none.reason
    assert not none.fields
    assert blank.reason == "the page is empty"
    assert half.reason == "page 2 is missing"
    assert half["number"].text == "161803"
    assert [record.accepted for record in records][2:] == [False, False, False, False]


def two_pages(content: list[list[dict[str, Any]]]) -> FormTemplate:
    import json

    pages = [{"fields": fields} for fields in content]
    return FormTemplate.from_json(
        json.dumps({"inkdigits_form": 1, "name": "long", "pages": pages})
    )


def test_what_must_be_unique_is_not_accepted_twice(form: Form) -> None:
    one = MACHINES["scan"](sheet(form), np.random.default_rng(1)).grey
    two = MACHINES["scan"](
        sheet(form, {"points_1": "10", "total": " 32"}, Identity("4712")),
        np.random.default_rng(2),
    ).grey
    records = read_pile([form.template], [one, two], form._reader)
    assert [record.id for record in records] == ["4711", "4712"]
    assert all(
        "unique(student) does not hold" in record["student"].reason
        for record in records
    )


def test_a_sheet_of_a_changed_template_is_refused(form: Form) -> None:
    changed = exam(name="exam 2")
    page = draw_sheet(changed, changed.pages[0], 200, Identity("1"))
    assert "QR code is that of another template" in form.read(page).reason
