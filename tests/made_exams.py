"""An exam form of several kinds of fields, and filled sheets of it."""

from typing import Any

from inkdigits.forms import Form
from inkdigits.forms.checks import check_digit
from inkdigits.forms.sheet import Identity, draw_sheet
from inkdigits.forms.template import FormTemplate
from made_forms import Grey, comb, fill, template

STUDENT = next(
    f"2049381{digit}"
    for digit in "0123456789"
    if check_digit("luhn", 8).holds(f"2049381{digit}")
)


TEXTS = {
    "student": STUDENT,
    "points_1": "12",
    "points_2": " 7",
    "points_3": "15",
    "total": " 34",
    "day": "05032026",
}


def exam(**more: Any) -> FormTemplate:
    fields = [
        comb("student", 8, 40, 40, check="luhn", required=True),
        *(
            comb(
                f"points_{place}", 2, 40, 55 + 15 * place, type="number", range=[0, 20]
            )
            for place in (1, 2, 3)
        ),
        comb("total", 3, 40, 120, type="number"),
        {"name": "day", "type": "date", "label": "day", "box": [120, 70, 184, 79]},
        {
            "name": "mode",
            "type": "choice",
            "choices": [
                {"value": "oral", "box": [120, 90, 125, 95]},
                {"value": "written", "box": [120, 100, 125, 105]},
            ],
        },
        {
            "name": "signature",
            "type": "image",
            "label": "signature",
            "box": [120, 120, 184, 140],
        },
    ]
    return template(fields, ["total = sum(points_*)", "unique(student)"], **more)


def sheet(
    form: Form, changes: dict[str, str] | None = None, identity: Identity | None = None
) -> Grey:
    made = draw_sheet(
        form.template, form.template.pages[0], 200, identity or Identity("4711")
    ).copy()
    for place, (name, text) in enumerate({**TEXTS, **(changes or {})}.items()):
        fill(made, form.template.fields[name], text, place)
    return made
