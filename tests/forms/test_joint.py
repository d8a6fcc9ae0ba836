"""Rules are used exactly: compared with trying every combination."""

import itertools
import math
from decimal import Decimal

import numpy as np
import pytest

from inkdigits.forms.evidence import Evidence
from inkdigits.forms.joint import JOINT, solve
from inkdigits.forms.rules import Rule
from inkdigits.forms.template import FormTemplate
from inkdigits.forms.texts import Text
from made_forms import comb, template


def form(rules: list[str], names: str = "a b c total") -> FormTemplate:
    fields = [
        comb(name, 2, 40, 50 + 15 * place, type="number")
        for place, name in enumerate(names.split())
    ]
    return template(fields, rules)


def seen_as(shares: dict[str, float], legible: float = 1.0) -> Evidence:
    texts = tuple(
        Text(text, math.log(share))
        for text, share in sorted(shares.items(), key=lambda each: -each[1])
    )
    return Evidence(texts, texts[0].text, legible)


def brute(
    form: FormTemplate, seen: dict[str, Evidence]
) -> tuple[dict[str, str], dict[str, float]]:
    """The best way to satisfy all rules, and each of its fields' probability, by trying every way."""
    names = list(seen)
    ways = []
    for texts in itertools.product(*(seen[name].texts for name in names)):
        values = {name: int(text.text) for name, text in zip(names, texts, strict=True)}
        holds = all(rule.holds(values) for rule in form.rules)
        prior = 1 - JOINT.broken if holds else JOINT.broken
        ways.append(
            (
                holds,
                prior * math.exp(sum(text.log for text in texts)),
                [text.text for text in texts],
            )
        )
    best = max((way for way in ways if way[0]), key=lambda way: way[1])[2]
    whole = sum(weight for _, weight, _ in ways)
    sure = [
        sum(weight for _, weight, texts in ways if texts[place] == best[place]) / whole
        for place in range(len(names))
    ]
    return dict(zip(names, best, strict=True)), dict(zip(names, sure, strict=True))


@pytest.mark.parametrize(
    "rules",
    [["total = sum(a, b, c)"], ["total = a + 2 * b - c"], ["a + b <= c", "total >= c"]],
)
@pytest.mark.parametrize("seed", range(3))
def test_values_are_those_that_trying_all_finds(rules: list[str], seed: int) -> None:
    made = form(rules)
    rng = np.random.default_rng(seed)
    seen = {}
    for name in made.fields:
        texts = rng.choice(12, 5, replace=False)
        seen[name] = seen_as(
            {
                str(text): float(share)
                for text, share in zip(texts, rng.dirichlet(np.ones(5)), strict=True)
            }
        )
    solved = solve(made.fields, seen, made.rules)
    try:
        best, sure = brute(made, seen)
    except ValueError:
        assert all(each.reason for each in solved.values())
        return
    assert {name: each.text for name, each in solved.items()} == best
    for name, each in solved.items():
        assert each.confidence == pytest.approx(sure[name], abs=1e-6)


def test_a_sum_settles_what_one_field_leaves_open() -> None:
    made = form(["total = sum(a, b, c)"])
    seen = {
        "a": seen_as({"10": 0.99, "16": 0.01}),
        "b": seen_as({"1": 0.55, "7": 0.45}),
        "c": seen_as({"3": 0.99, "8": 0.01}),
        "total": seen_as({"20": 0.98, "26": 0.02}),
    }
    solved = solve(made.fields, seen, made.rules)
    assert solved["b"].text == "7"
    assert solved["b"].confidence > 0.97
    alone = solve(made.fields, seen, ())
    assert alone["b"].text == "1"
    assert alone["b"].confidence < 0.6


def test_a_sheet_that_does_not_add_up_is_not_bent_until_it_does() -> None:
    made = form(["total = sum(a, b, c)"])
    sure = {"a": "10", "b": "7", "c": "3", "total": "21"}
    seen = {
        name: seen_as({text: 0.9998, str(int(text) + 1): 0.0001})
        for name, text in sure.items()
    }
    solved = solve(made.fields, seen, made.rules)
    assert all(
        "total = sum(a, b, c) does not hold" in each.reason for each in solved.values()
    )
    assert {name: each.text for name, each in solved.items()} == sure


def test_in_doubt_each_field_is_what_is_likeliest_with_and_without_the_rule() -> None:
    made = form(["total = sum(a, b)"], "a b total")
    seen = {
        "a": seen_as({"1": 0.55, "7": 0.45}),
        "b": seen_as({"3": 1.0}),
        "total": seen_as({"12": 0.99, "10": 0.01}),
    }
    solved = solve(made.fields, seen, made.rules)
    # A doubted rule still speaks for the 7, and not loudly enough for a total of 10.
    assert {name: each.text for name, each in solved.items()} == {
        "a": "7",
        "b": "3",
        "total": "12",
    }
    holds, broken = 0.99 * 0.45 * 0.01, 0.01 * (1 - 0.45 * 0.01)
    seven = (holds + 0.01 * 0.45 * 0.99) / (holds + broken)
    assert solved["a"].confidence == pytest.approx(seven, abs=1e-6)
    assert all("does not hold" in each.reason for each in solved.values())


def test_blank_counts_as_nothing_in_a_sum_and_a_day_that_is_not_written_is_none() -> (
    None
):
    made = form(["total = sum(a, b, c)"])
    seen = {
        "a": seen_as({"10": 1.0}),
        "b": Evidence(blank=True),
        "c": seen_as({"3": 1.0}),
        "total": seen_as({"13": 1.0}),
    }
    assert solve(made.fields, seen, made.rules)["total"].reason == ""
    fields = [
        {"name": "start", "type": "date", "box": [40, 50, 104, 59]},
        {"name": "end", "type": "date", "box": [40, 65, 104, 74]},
    ]
    days = template(fields, ["end >= start"])
    open_ended = {"start": seen_as({"05/03/2026": 1.0}), "end": Evidence(blank=True)}
    assert not any(
        each.reason for each in solve(days.fields, open_ended, days.rules).values()
    )
    backwards = {
        "start": seen_as({"05/03/2026": 1.0}),
        "end": seen_as({"04/03/2026": 1.0}),
    }
    assert all(
        each.reason for each in solve(days.fields, backwards, days.rules).values()
    )


def test_rules_that_share_fields_are_solved_together() -> None:
    made = form(["a = b", "b = c"])
    seen = {
        "a": seen_as({"1": 0.6, "7": 0.4}),
        "b": seen_as({"7": 0.9, "1": 0.1}),
        "c": seen_as({"7": 0.9, "4": 0.1}),
    }
    solved = solve(
        made.fields, seen, [rule for rule in made.rules if isinstance(rule, Rule)]
    )
    assert {each.text for each in solved.values()} == {"7"}
    assert Decimal(str(solved["a"].confidence)) > Decimal("0.97")
