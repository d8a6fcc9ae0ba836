"""Rules between fields, against Python's own arithmetic."""

import itertools
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal

import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.rules import Rule, Unique, amount_of, parse_rule

NAMES = ("a", "b", "total")


SAME_IN_PYTHON: dict[str, Callable[[Decimal, Decimal, Decimal], bool]] = {
    "total = a + b": lambda a, b, total: total == a + b,
    "total == sum(a, b)": lambda a, b, total: total == a + b,
    "2 * a - (b + 3) >= total": lambda a, b, total: 2 * a - (b + 3) >= total,
    "a != b": lambda a, b, total: a != b,
    "a < 0.5 * total": lambda a, b, total: 2 * a < total,
}


@pytest.mark.parametrize("text", SAME_IN_PYTHON)
def test_a_rule_holds_where_python_says_so(text: str) -> None:
    rule = parse_rule(text, NAMES)
    assert isinstance(rule, Rule)
    for a, b, total in itertools.product(map(Decimal, range(4)), repeat=3):
        values = {"a": a, "b": b, "total": total}
        assert rule.holds(values) is SAME_IN_PYTHON[text](a, b, total), values


def test_a_rule_cannot_hold_or_fail_without_a_value() -> None:
    rule = parse_rule("a + b = total", NAMES)
    assert isinstance(rule, Rule)
    assert rule.holds({"a": 1, "b": None, "total": 1}) is None


def test_values_count_in_units_that_can_be_added() -> None:
    assert amount_of(time(1, 30)) == 90
    assert amount_of("007") == 7
    assert amount_of("7a") is amount_of(("x", "y")) is amount_of(None) is None
    first, second = amount_of(date(2024, 2, 28)), amount_of(date(2024, 3, 1))
    assert first is not None
    assert second is not None
    assert second - first == 2


def test_unique_names_its_fields() -> None:
    rule = parse_rule("unique(a, b)", NAMES)
    assert isinstance(rule, Unique)
    assert rule.names == ("a", "b")


@pytest.mark.parametrize(
    "text", ["a +", "a", "a = b c", "1 = 1", "a = $", "nothing = a"]
)
def test_a_rule_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(SettingError):
        parse_rule(text, NAMES)
