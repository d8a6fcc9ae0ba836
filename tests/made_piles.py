"""Piles to review: made by hand from what might have been seen, and read from drawn sheets."""

import json
from collections.abc import Mapping
from itertools import count
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.forms.evidence import Evidence
from inkdigits.forms.pages import SeenPage
from inkdigits.forms.records import Sheets, Source
from inkdigits.forms.review.pile import Key, Pile
from inkdigits.forms.review.review import Answer, Review
from inkdigits.forms.sheet import Identity, draw_sheet
from inkdigits.forms.template import FormTemplate
from inkdigits.forms.texts import Text
from inkdigits.reading.input.pages import Page
from inkdigits.synthesis.forms import MACHINES, strike
from made_forms import comb, fill, pixels, saved

FIELDS: list[dict[str, Any]] = [
    comb("student", 4, 40, 40, label="Student"),
    comb("points_1", 2, 40, 70, type="number", range=[0, 20], label="Task 1"),
    comb("points_2", 2, 40, 85, type="number", range=[0, 20], label="Task 2"),
    comb("total", 3, 40, 120, type="number", label="Total"),
    {
        "name": "repeat",
        "type": "choice",
        "label": "Try",
        "choices": [
            {"value": "first", "box": [130, 95, 135, 100]},
            {"value": "second", "box": [130, 105, 135, 110]},
        ],
    },
]
RULES = ["total = sum(points_*)"]
CONTENT: dict[str, Any] = {
    "inkdigits_form": 1,
    "name": "exam",
    "title": "Exam in mechanics",
    "pages": [{"fields": FIELDS}],
    "rules": RULES,
}
# What is written on the sheets of `read_pile`. The third does not add up; on the second a digit of
# the student is crossed out, on the fourth that is so too.
WRITTEN = [
    {"student": "0471", "points_1": "12", "points_2": " 7", "total": " 19"},
    {"student": "2093", "points_1": "10", "points_2": "15", "total": " 25"},
    {"student": "8846", "points_1": " 3", "points_2": "11", "total": " 95"},
    {"student": "5520", "points_1": "14", "points_2": " 6", "total": " 20"},
]
CROSSED_OUT = {"2:student", "4:student"}
DOES_NOT_ADD_UP = {"3:points_1", "3:points_2", "3:total"}


def truth(key: str) -> str:
    """What is written in a field of `read_pile`."""
    record, field = key.split(":")
    return WRITTEN[int(record) - 1].get(field, "").strip()


def template() -> FormTemplate:
    return FormTemplate.from_json(json.dumps(CONTENT))


def seen_as(*likely: tuple[str, float]) -> Evidence:
    """A field as it might have been seen: texts with their probabilities."""
    return Evidence(
        tuple(Text(text, log(share)) for text, share in likely), likely[0][0]
    )


def sheets(form: FormTemplate, number: int, fields: Mapping[str, Evidence]) -> Sheets:
    """A filled form whose other fields are surely what they seem."""
    sure = {
        "student": seen_as((f"{number:04}", 0.9999)),
        "points_1": seen_as(("12", 0.9999)),
        "points_2": seen_as(("7", 0.9999)),
        "total": seen_as(("19", 0.9999)),
        "repeat": seen_as(("first", 1.0)),
    }
    seen = SeenPage(form.name, 1, id=f"id{number}", fields={**sure, **fields})
    return Sheets(form, f"id{number}", {1: (Source(f"{number}.png"), seen)})


def pile_of(*fields: Mapping[str, Evidence], form: FormTemplate | None = None) -> Pile:
    """A pile of forms with these fields seen so; it has no pictures."""
    form = form or template()
    entries = tuple(sheets(form, number, each) for number, each in enumerate(fields, 1))
    return Pile("0123456789abcdef" * 4, (form,), entries, None, _no_page)


def _no_page(source: Source) -> Page:
    raise AssertionError(f"nobody asked for {source}")


def read_pile(folder: Path) -> Path:
    """The results of a pile of drawn sheets, which `form read` wrote."""
    (folder / "exam.form.json").write_text(json.dumps(CONTENT))
    form = FormTemplate.load(folder / "exam.form.json")
    scans = folder / "scans"
    scans.mkdir()
    for place, texts in enumerate(WRITTEN):
        sheet = draw_sheet(form, form.pages[0], 200, Identity(f"id{place}")).copy()
        for seed, (name, text) in enumerate(texts.items()):
            fill(sheet, form.fields[name], text, 10 * place + seed)
        if f"{place + 1}:student" in CROSSED_OUT:
            cell = form.fields["student"].cells[2]
            strike(sheet, pixels(cell), np.random.default_rng(place))
        machine = "turned" if place == 1 else "scan"
        saved(
            MACHINES[machine](sheet, np.random.default_rng(place)).grey,
            scans / f"{place}.png",
        )
    results = folder / "results.csv"
    command = [
        "form",
        "read",
        str(folder / "exam.form.json"),
        str(scans),
        "--output",
        str(results),
    ]
    done = CliRunner().invoke(app, [*command, "--workers", "1", "--quiet"])
    assert done.exit_code == 0, done.output
    return results


UNSURE = seen_as(("1234", 0.6), ("7234", 0.3))


ids = (f"{number:032x}" for number in count())


def say(
    review: Review,
    key: str,
    text: str | None,
    who: str = "ada",
    mode: str = "queue",
    *,
    sure: bool = True,
) -> str:
    return review.answer(Answer(next(ids), Key.parse(key), text, who, mode, sure))


def asked(review: Review, who: str = "ada", mode: str = "queue") -> list[str]:
    return [str(key) for key in review.upcoming(who, mode, count=99)]
