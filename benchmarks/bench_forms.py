"""Forms: registration, combs with and without a check digit, sheets with a sum; drawn forms filled by held-out writers.

    INKDIGITS_DATA=FOLDER make bench-forms

A seeded generator draws the forms, writers of the test part fill them in, and scanners, fax machines and phones take them.
UNIPEN's digits are left out: a few in a hundred are labelled wrong.
`--part validation` has other writers, for finding what goes wrong. The last run's figures: benchmarks/results/forms.json
"""

import argparse
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

import inkdigits
from inkdigits.forms import Form, FormTemplate
from inkdigits.forms.checks import check_digit
from inkdigits.forms.registration.align import Alignment, align
from inkdigits.forms.registration.blank import PX_PER_MM, Blank
from inkdigits.forms.sheet import Identity, draw_sheet
from inkdigits.forms.table_reading import read_table
from inkdigits.forms.template import Field
from inkdigits.reading.input.pages import Page
from inkdigits.synthesis.forms import MACHINES, blank_form, write_comb
from inkdigits.synthesis.hands import Hand, Hands, Pen, load_hands
from results_file import save

SEED = 20261126
Grey = npt.NDArray[np.uint8]
Rng = np.random.Generator
IN_PLACE_PX = 2.0  # at 200 dots an inch
_MACHINES = list(MACHINES)
# Sheets with no print to align by are not folded, nor fed upside down.
_TABLE_MACHINES = ["scan", "fax", "photo"]
_SHARES = {"mnist": 1.0, "pendigits": 1.0, "swiss": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--pages", type=int, default=500, help="for registration")
    parser.add_argument(
        "--sheets", type=int, default=200, help="for reading, of each kind"
    )
    parser.add_argument("--tables", type=int, default=60, help="of each kind")
    parser.add_argument("--part", default="test", choices=["test", "validation"])
    parser.add_argument(
        "--mistakes",
        type=Path,
        help="a folder for the pages with accepted fields that are wrong",
    )
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    hands = load_hands(Path(options.data), options.part)
    reader = inkdigits.Reader()
    results = {"registration": registration(options.pages, hands)}
    for name, form in (
        ("combs", combs()),
        ("combs with a check digit", combs("luhn")),
        ("sheets of 12 points", points()),
        ("sheets of 20 fields", inventory()),
    ):
        results[name] = reading(
            Form(form, reader), options.sheets, hands, name, options.mistakes
        )
    for ruled in (True, False):
        name = "ruled tables" if ruled else "tables without rules"
        results[name] = tables(options.tables, hands, reader, ruled=ruled)
    for name, figures in results.items():
        print(name, json.dumps(figures))
    if options.part == "test":
        counts = f"--pages {options.pages} --sheets {options.sheets} --tables {options.tables}"
        save(
            "forms",
            {
                "command": f"benchmarks/bench_forms.py {counts}",
                "seed": SEED,
                "results": results,
            },
        )


def a_hand(hands: Hands, rng: Rng) -> tuple[Hand, Pen]:
    pen = Pen(
        float(rng.uniform(2.2, 4.2)),
        float(rng.normal(0, 0.1)),
        1.0,
        float(rng.uniform(0.6, 1.0)),
    )
    return hands.any_hand(rng, _SHARES), pen


def boxes(field: Field) -> list[tuple[float, float, float, float]]:
    return [
        (
            c.left * PX_PER_MM,
            c.top * PX_PER_MM,
            c.right * PX_PER_MM,
            c.bottom * PX_PER_MM,
        )
        for c in field.cells
    ]


def registration(count: int, hands: Hands) -> dict[str, Any]:
    """Office forms without corner marks, each page also tried as a page of another form."""
    aligned: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    wrong = 0
    seconds = 0.0
    with TemporaryDirectory() as folder:
        blanks = [_office_blank(Path(folder), index) for index in range(12)]
        for index in range(count):
            rng = np.random.default_rng([SEED, 1, index])
            blank = blanks[index % len(blanks)]
            machine = _MACHINES[index % len(_MACHINES)]
            sheet = blank.grey.copy()
            hand, pen = a_hand(hands, rng)
            for field in blank.form.fields.values():
                text = "".join(rng.choice(list("0123456789"), len(field.cells)))
                write_comb(sheet, hand, text, boxes(field), rng, pen)
            taken = MACHINES[machine](sheet, rng)
            began = time.process_time()
            found = align(taken.grey, blank)
            seconds += time.process_time() - began
            tried[machine] += 1
            if isinstance(found, Alignment):
                good = taken.error_px(found.matrix, blank.grey.shape) <= IN_PLACE_PX
                aligned[machine] += good
                wrong += not good
            wrong += isinstance(
                align(taken.grey, blanks[(index + 1) % len(blanks)]), Alignment
            )
    shares = {machine: aligned[machine] / tried[machine] for machine in tried}
    return {
        "n": count,
        "aligned": sum(aligned.values()) / count,
        "aligned_by_machine": shares,
        "wrong_alignments_accepted": wrong,
        "cpu_seconds_a_page": round(seconds / count, 3),
    }


def _office_blank(folder: Path, seed: int) -> Blank:
    drawn = blank_form(np.random.default_rng([SEED, 2, seed]))
    Image.fromarray(drawn.grey).save(folder / f"{seed}.png")
    text = drawn.template(f"office {seed}", f"{seed}.png")
    form = FormTemplate.from_json(text, folder=folder)
    return Blank.of(form, form.pages[0])


def combs(check: str | None = None) -> FormTemplate:
    """Fields of 4 to 10 digits, as many as fit a page."""
    fields: list[dict[str, Any]] = []
    for place in range(14):
        digits = 4 + place % 7
        top = 35 + 17 * place
        field = {
            "name": f"f{place}",
            "type": "digits",
            "digits": digits,
            "label": f"no. {place + 1}",
        }
        field["box"] = [40, top, 40 + 8 * digits, top + 9]
        fields.append({**field, "check": check} if check else field)
    content = {
        "inkdigits_form": 1,
        "name": f"combs {check}",
        "pages": [{"fields": fields}],
    }
    return FormTemplate.from_json(json.dumps(content))


def points() -> FormTemplate:
    """An exam: twelve tasks and their sum."""
    fields: list[dict[str, Any]] = [
        {
            "name": f"points_{place + 1}",
            "type": "number",
            "digits": 2,
            "range": [0, 20],
            "label": f"task {place + 1}",
            "box": [
                40 + 70 * (place % 2),
                40 + 20 * (place // 2),
                56 + 70 * (place % 2),
                49 + 20 * (place // 2),
            ],
        }
        for place in range(12)
    ]
    fields.append(
        {
            "name": "total",
            "type": "number",
            "digits": 3,
            "label": "total",
            "box": [40, 180, 64, 189],
        }
    )
    content = {
        "inkdigits_form": 1,
        "name": "points",
        "pages": [{"fields": fields}],
        "rules": ["total = sum(points_*)"],
    }
    return FormTemplate.from_json(json.dumps(content))


def inventory() -> FormTemplate:
    """A stock list: ten articles, each with its number and how many there are."""
    fields: list[dict[str, Any]] = []
    for place in range(10):
        top = 40 + 20 * place
        article = {"name": f"article_{place + 1}", "type": "digits", "digits": 5}
        count = {"name": f"count_{place + 1}", "type": "digits", "digits": 3}
        fields.append({**article, "label": "article", "box": [40, top, 80, top + 9]})
        fields.append({**count, "label": "count", "box": [110, top, 134, top + 9]})
    content = {
        "inkdigits_form": 1,
        "name": "inventory",
        "pages": [{"fields": fields}],
    }
    return FormTemplate.from_json(json.dumps(content))


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A page of numbers in rows and columns, on A4 at 200 dots an inch; sides in pixels."""

    rows: int = 20
    columns: int = 6
    left: int = 150
    top: int = 180
    wide: int = 225
    high: int = 95
    empty: float = 0.1  # of the cells
    rule_px: int = 2
    rule_grey: int = 90


def table_sheet(
    hand: Hand, pen: Pen, rng: Rng, *, ruled: bool, shape: TableSheet
) -> tuple[Grey, list[list[str]]]:
    """Numbers of one to four digits, at the right of their cells."""
    sheet = np.full((2339, 1654), 250, np.uint8)
    texts = [
        ["".join(rng.choice(list("0123456789"), 1 + rng.integers(4))) for _ in range(shape.columns)]
        for _ in range(shape.rows)
    ]  # fmt: skip
    right = shape.left + shape.columns * shape.wide
    bottom = shape.top + shape.rows * shape.high
    if ruled:
        for row in range(shape.rows + 1):
            y = shape.top + row * shape.high
            cv2.line(sheet, (shape.left, y), (right, y), shape.rule_grey, shape.rule_px)
        for column in range(shape.columns + 1):
            x = shape.left + column * shape.wide
            cv2.line(sheet, (x, shape.top), (x, bottom), shape.rule_grey, shape.rule_px)
    for row, column in product(range(shape.rows), range(shape.columns)):
        # A row or a column without any number would be none.
        if rng.random() < shape.empty and row and column:
            texts[row][column] = ""
        text = texts[row][column]
        top = shape.top + row * shape.high
        end = shape.left + (column + 1) * shape.wide - 12
        pitch = 0.45 * shape.high
        cells = [
            (end - (len(text) - place) * pitch, top + 8.0, end - (len(text) - place - 1) * pitch, top + shape.high - 8.0)
            for place in range(len(text))
        ]  # fmt: skip
        write_comb(sheet, hand, text, cells, rng, pen)
    return sheet, texts


def tables(
    count: int, hands: Hands, reader: inkdigits.Reader, *, ruled: bool
) -> dict[str, Any]:
    """Pages of 20 by 6 numbers, read without a template."""
    shape = TableSheet()
    right = accepted = accepted_wrong = structure = cells = 0
    seconds = 0.0
    for index in range(count):
        rng = np.random.default_rng([SEED, 5 + ruled, index])
        hand, pen = a_hand(hands, rng)
        sheet, texts = table_sheet(hand, pen, rng, ruled=ruled, shape=shape)
        taken = MACHINES[_TABLE_MACHINES[index % len(_TABLE_MACHINES)]](sheet, rng)
        began = time.process_time()
        page = reader.read(taken.grey).pages[0]
        table = read_table(reader, page, partial(Page, taken.grey))
        seconds += time.process_time() - began
        cells += shape.rows * shape.columns
        if len(table.rows) != shape.rows or table.columns != shape.columns:
            continue
        structure += 1
        for row, column in product(range(shape.rows), range(shape.columns)):
            cell = table.rows[row][column]
            good = cell.text == texts[row][column]
            right += good
            accepted += cell.accepted
            accepted_wrong += cell.accepted and not good
    return {
        "pages": count,
        "structure": structure / count,
        "cells": cells,
        "exact": right / cells,
        "accepted": accepted / cells,
        "accepted_wrong": accepted_wrong / max(accepted, 1),
        "cpu_seconds_a_page": round(seconds / count, 3),
    }


def texts_for(form: FormTemplate, rng: Rng) -> dict[str, str]:
    """What is written on one sheet, as wide as its combs."""
    if form.rules:
        values = {
            name: int(rng.integers(0, 21)) for name in form.fields if name != "total"
        }
        values["total"] = sum(values.values())
        return {
            name: f"{value:>{form.fields[name].digits}}"
            for name, value in values.items()
        }
    return {name: _number(field, rng) for name, field in form.fields.items()}


def _number(field: Field, rng: Rng) -> str:
    text = "".join(rng.choice(list("0123456789"), field.digits))
    if not field.check_name:
        return text
    check = check_digit(field.check_name, field.digits)
    return next(
        text[:-1] + last for last in "0123456789" if check.holds(text[:-1] + last)
    )


def filled(
    template: FormTemplate, hand: Hand, pen: Pen, rng: Rng, index: int
) -> tuple[dict[str, str], Grey]:
    """A sheet's texts by one hand, and how one of the machines in turn shows it."""
    sheet = draw_sheet(template, template.pages[0], 200, Identity(str(index))).copy()
    texts = texts_for(template, rng)
    for name, field in template.fields.items():
        write_comb(sheet, hand, texts[name], boxes(field), rng, pen)
    return texts, MACHINES[_MACHINES[index % len(_MACHINES)]](sheet, rng).grey


def reading(
    form: Form, count: int, hands: Hands, name: str, mistakes: Path | None
) -> dict[str, Any]:
    """Sheets filled by one hand each, taken by each machine in turn."""
    template = form.template
    right = accepted = accepted_wrong = fields = whole = refused = 0
    seconds = 0.0
    reasons: dict[str, int] = defaultdict(int)
    for index in range(count):
        rng = np.random.default_rng([SEED, len(name), index])
        texts, grey = filled(template, *a_hand(hands, rng), rng, index)
        began = time.process_time()
        record = form.read(grey)
        seconds += time.process_time() - began
        fields += len(texts)
        if not record.fields:
            refused += 1
            continue
        good = {key: record[key].text == text.strip() for key, text in texts.items()}
        whole += all(good.values())
        right += sum(good.values())
        accepted += sum(record[key].accepted for key in texts)
        wrong = [key for key in texts if record[key].accepted and not good[key]]
        accepted_wrong += len(wrong)
        for key in texts:
            reasons[record[key].reason] += not record[key].accepted
        if wrong and mistakes is not None:
            _keep(
                mistakes,
                f"{name}-{index}",
                grey,
                [f"{key}: {texts[key]} as {record[key].text}" for key in wrong],
            )
    return {
        "sheets": count,
        "fields": fields,
        "pages_refused": refused,
        "exact": right / fields,
        "sheets_all_right": whole / count,
        "accepted": accepted / fields,
        "accepted_wrong": accepted_wrong / max(accepted, 1),
        "accepted_wrong_n": accepted_wrong,
        "not_accepted_because": dict(
            sorted(reasons.items(), key=lambda each: -each[1])[:5]
        ),
        "cpu_seconds_a_page": round(seconds / count, 3),
    }


def _keep(folder: Path, name: str, grey: Grey, said: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grey).save(folder / f"{name}.png")
    (folder / f"{name}.txt").write_text("\n".join(said) + "\n")


if __name__ == "__main__":
    main()
