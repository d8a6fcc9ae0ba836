"""Templates: a file is held to its schema, and an error names the place in it."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.checks import check_digit
from inkdigits.forms.rules import Rule, parse_rule
from inkdigits.forms.template import FormTemplate, Rect


def content() -> dict[str, Any]:
    fields: list[dict[str, Any]] = [
        {
            "name": "student",
            "type": "digits",
            "digits": 8,
            "check": "luhn",
            "required": True,
            "box": [20, 40, 84, 49],
        },
        {
            "name": "points_1",
            "type": "number",
            "digits": 2,
            "range": [0, 20],
            "box": [60, 70, 76, 79],
        },
        {
            "name": "points_2",
            "type": "number",
            "digits": 2,
            "range": [0, 20],
            "box": [60, 85, 76, 94],
        },
        {"name": "total", "type": "number", "digits": 3, "box": [60, 115, 84, 124]},
        {"name": "day", "type": "date", "box": [120, 70, 184, 79]},
        {
            "name": "mode",
            "type": "choice",
            "choices": [
                {"value": "oral", "box": [120, 90, 125, 95]},
                {"value": "written", "box": [120, 100, 125, 105]},
            ],
        },
        {
            "name": "stock",
            "type": "table",
            "rows": 4,
            "box": [20, 160, 120, 200],
            "columns": [
                {"name": "item", "type": "digits", "digits": 4, "width": 60},
                {"name": "count", "type": "number"},
            ],
        },
    ]
    rules = ["total = sum(points_*)", "unique(student)", "sum(stock.count) <= 500"]
    return {
        "inkdigits_form": 1,
        "name": "exam",
        "pages": [{"fields": fields}],
        "rules": rules,
    }


def loaded(made: dict[str, Any]) -> FormTemplate:
    return FormTemplate.from_json(json.dumps(made), "exam.form.json")


def test_a_template_gives_its_fields_in_the_order_of_the_file() -> None:
    form = loaded(content())
    assert list(form.fields)[:6] == [
        "student",
        "points_1",
        "points_2",
        "total",
        "day",
        "mode",
    ]
    assert list(form.fields)[6:8] == ["stock.1.item", "stock.1.count"]
    assert form.fields["stock.2.count"].box == Rect(80, 170, 120, 180)
    assert len(form.fields["student"].cells) == 8
    assert form.rules[0].names == ("total", "points_1", "points_2")
    assert form.unique[0].names == ("student",)


def field(place: int, **changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(made: dict[str, Any]) -> None:
        made["pages"][0]["fields"][place].update(changes)

    return change


def rule(text: str) -> Callable[[dict[str, Any]], None]:
    def change(made: dict[str, Any]) -> None:
        made["rules"].append(text)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (field(1, type="digitz"), "pages[0].fields[1].type: 'digitz' is not one of"),
        (
            field(1, digit=2),
            "pages[0].fields[1]: Additional properties are not allowed ('digit' was unexpected)",
        ),
        (field(0, box=[1, 2, 3]), "pages[0].fields[0].box: [1, 2, 3]"),
        (
            field(0, box=[9, 2, 3, 8]),
            "pages[0].fields[0].box: [9, 2, 3, 8] is not left, top, right, bottom",
        ),
        (
            field(0, box=[100, 2, 250, 30]),
            "pages[0]: the box of student reaches beyond the page",
        ),
        (field(0, pattern="["), "pages[0].fields[0]: "),
        (
            field(0, check="isbn"),
            "pages[0].fields[0]: the check isbn is for 10 or 13 digits, not for 8",
        ),
        (field(0, least_digits=9), "pages[0].fields[0]: least_digits is 9"),
        (
            field(4, range=["2026-13-01", None]),
            "'2026-13-01' in the range is not a date",
        ),
        (field(3, name="points_1"), "pages[0]: a field points_1 exists already"),
        (
            field(6, columns=[{"name": "a", "type": "image"}]),
            "pages[0].fields[6].columns[0].type",
        ),
        (
            rule("total = summ(points_1)"),
            "rules[3]: the rule 'total = summ(points_1)' cannot be used, there is no field summ",
        ),
        (
            rule("total == sum(points_*"),
            "rules[3]: the rule 'total == sum(points_*' cannot be used, it ends too early",
        ),
        (
            rule("total # 3"),
            "rules[3]: the rule 'total # 3' cannot be used, '#' cannot be used in a rule",
        ),
        (
            rule("mode = 3"),
            "rules[3]: the rule 'mode = 3' cannot be used, there is no field mode",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    made = content()
    change(made)
    with pytest.raises(SettingError) as error:
        loaded(made)
    assert str(error.value).startswith("exam.form.json, ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_broken_json_names_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "exam.form.json"
    path.write_text('{"inkdigits_form": 1,\n "name": }')
    with pytest.raises(
        SettingError, match=r"exam\.form\.json is broken at line 2, column 10"
    ):
        FormTemplate.load(path)
    with pytest.raises(SettingError, match="there is no form template"):
        FormTemplate.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("name", "country", "good"),
    [
        ("luhn", None, "4539578763621486"),
        ("isbn", None, "080442957X"),
        ("isbn", None, "9780306406157"),
        ("ean13", None, "4006381333931"),
        ("iban", "DE", "89370400440532013000"),
        ("mod11", None, "9434765919"),
        ("mod97", None, "79444"),
    ],
)
def test_check_digits_know_every_wrong_digit(
    name: str, country: str | None, good: str
) -> None:
    """Published examples hold, and no text that differs in one digit does."""
    check = check_digit(name, len(good), country)
    assert check.holds(good)
    assert not check.holds(good[:-1])
    for place, sign in enumerate(good):
        for other in "0123456789":
            assert other == sign or not check.holds(
                good[:place] + other + good[place + 1 :]
            )


def test_rules_are_weighted_sums() -> None:
    made = parse_rule("2 * a - (b + 3) >= c", ["a", "b", "c"])
    assert isinstance(made, Rule)
    assert dict(made.weights) == {"a": 2, "b": -1, "c": -1}
    assert made.constant == -3
    assert made.holds({"a": 5, "b": 2, "c": Decimal(5)}) is True
    assert made.holds({"a": 5, "b": 2, "c": 6}) is False
    assert made.holds({"a": 5, "b": 2}) is None
