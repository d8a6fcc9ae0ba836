"""A template for a blank form is proposed from its lines; what is found is where it was drawn."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.forms import Form, FormTemplate
from inkdigits.forms.proposal import fields_on, straightened
from inkdigits.forms.registration.blank import Blank
from inkdigits.synthesis.forms import MACHINES, blank_form
from made_forms import comb, fill, template

pytestmark = pytest.mark.slow

NEAR_MM = 0.4


def near(one: list[float], other: list[float]) -> bool:
    return all(abs(a - b) < NEAR_MM for a, b in zip(one, other, strict=True))


def test_each_kind_of_field_is_found_where_it_is() -> None:
    choices: list[dict[str, Any]] = [
        {"value": "a", "box": [120, 90, 125, 95]},
        {"value": "b", "box": [120, 100, 125, 105]},
    ]
    columns: list[dict[str, Any]] = [
        {"name": "item", "type": "number", "width": 60},
        {"name": "count", "type": "number"},
    ]
    drawn: list[dict[str, Any]] = [
        comb("student", 8, 20, 40),
        {
            "name": "amount",
            "type": "number",
            "box": [120, 60, 160, 70],
            "label": "amount",
        },
        {"name": "mode", "type": "choice", "choices": choices},
        {
            "name": "signature",
            "type": "image",
            "box": [120, 115, 184, 135],
            "label": "signature",
        },
        {
            "name": "stock",
            "type": "table",
            "rows": 4,
            "columns": columns,
            "box": [20, 160, 120, 200],
        },
    ]
    form = template(drawn)
    found = fields_on(Blank.of(form, form.pages[0]).grey)
    assert [field["type"] for field in found] == [
        "digits",
        "number",
        "choice",
        "image",
        "table",
    ]
    for field, wanted in zip(found, drawn, strict=True):
        if field["type"] == "choice":
            assert all(
                near(one["box"], other["box"])
                for one, other in zip(field["choices"], choices, strict=True)
            )
        else:
            assert near(field["box"], wanted["box"])
    assert found[0]["digits"] == 8
    assert (found[4]["rows"], len(found[4]["columns"])) == (4, 2)
    assert found[4]["columns"][0]["width"] == pytest.approx(60, abs=NEAR_MM)


def test_an_office_form_s_combs_are_found_with_their_number_of_boxes() -> None:
    form = blank_form(np.random.default_rng(4))
    found = [field for field in fields_on(form.grey) if field["type"] == "digits"]
    assert [field["digits"] for field in found] == [count for _, count in form.combs]
    assert all(
        near(field["box"], list(box))
        for field, (box, _) in zip(found, form.combs, strict=True)
    )


def test_a_line_to_write_on_is_a_field_and_a_rule_under_a_heading_is_none() -> None:
    page = np.full((1200, 900), 255, np.uint8)
    cv2.putText(page, "Heading", (100, 196), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 0, 4)
    cv2.line(page, (80, 200), (800, 200), 0, 2)
    cv2.line(page, (300, 600), (700, 600), 0, 2)
    (field,) = fields_on(page)
    assert (field["type"], field["comb"]) == ("number", False)
    assert near(field["box"], [300 / 7.874, 600 / 7.874 - 7, 700 / 7.874, 600 / 7.874])


def test_a_blank_that_was_scanned_askew_is_turned_straight() -> None:
    form = blank_form(np.random.default_rng(4))
    matrix = cv2.getRotationMatrix2D((827, 1170), 2.4, 1.0)
    askew = np.asarray(
        cv2.warpAffine(form.grey, matrix, (1654, 2339), borderValue=(255,)), np.uint8
    )
    found = [
        field for field in fields_on(straightened(askew)) if field["type"] == "digits"
    ]
    assert [field["digits"] for field in found] == [count for _, count in form.combs]
    for field, (box, _) in zip(found, form.combs, strict=True):
        assert field["box"][3] - field["box"][1] == pytest.approx(
            box[3] - box[1], abs=NEAR_MM
        )


def test_a_proposed_template_reads_what_is_filled_in(tmp_path: Path) -> None:
    drawn = blank_form(np.random.default_rng(4))
    Image.fromarray(drawn.grey).save(tmp_path / "blank.pdf", resolution=200)
    command = [
        "form",
        "new",
        str(tmp_path / "blank.pdf"),
        "--output",
        str(tmp_path / "office.form.json"),
    ]
    done = CliRunner().invoke(
        app, [*command, "--preview", str(tmp_path / "fields.png")]
    )
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"1 page, fields: {len(drawn.combs)} digits")
    assert (tmp_path / "fields.png").is_file()
    form = FormTemplate.load(tmp_path / "office.form.json")
    field = next(iter(form.fields.values()))
    sheet = drawn.grey.copy()
    text = "2718281828"[: field.digits]
    fill(sheet, field, text)
    record = Form(form).read(MACHINES["scan"](sheet, np.random.default_rng(3)).grey)
    assert record[field.name].text == text
