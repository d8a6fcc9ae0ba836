"""Check digits, against their published definitions."""

import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.checks import check_digit


def luhn(text: str) -> bool:
    total = 0
    for place, sign in enumerate(reversed(text)):
        digit = int(sign) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def mod97(text: str) -> bool:
    return int(text) % 97 == 1


def ean13(text: str) -> bool:
    return (
        sum(int(sign) * (3 if place % 2 else 1) for place, sign in enumerate(text)) % 10
        == 0
    )


@pytest.mark.parametrize(
    ("name", "rule", "length"),
    [
        ("luhn", luhn, 4),
        ("luhn", luhn, 5),
        ("mod97", mod97, 4),
        ("mod97", mod97, 5),
    ],
)
def test_a_check_holds_for_the_same_numbers_as_its_definition(
    name: str, rule: object, length: int
) -> None:
    assert callable(rule)
    check = check_digit(name, length)
    for number in range(0, 10**length, 37):
        text = f"{number:0{length}}"
        assert check.holds(text) == rule(text), text


@pytest.mark.parametrize(
    ("name", "country", "number"),
    [
        ("ean13", None, "4006381333931"),
        ("isbn", None, "9780306406157"),
        ("isbn", None, "0306406152"),
        ("isbn", None, "080442957X"),
        ("mod11", None, "080442957X"),
        ("iban", "DE", "89370400440532013000"),
    ],
)
def test_one_wrong_digit_is_always_noticed(
    name: str, country: str | None, number: str
) -> None:
    check = check_digit(name, len(number), country)
    assert check.holds(number)
    for place, right in enumerate(number):
        for wrong in "0123456789":
            if wrong != right:
                assert not check.holds(number[:place] + wrong + number[place + 1 :])


def test_ean13_is_its_definition() -> None:
    check = check_digit("ean13", 13)
    for number in range(4006381333900, 4006381334000):
        assert check.holds(str(number)) == ean13(str(number))


def test_ten_may_stand_at_the_end_alone() -> None:
    check = check_digit("mod11", 4)
    assert check.adds[-1]["X"] == 10
    assert not any("X" in adds for adds in check.adds[:-1])


@pytest.mark.parametrize(
    ("name", "length", "says"),
    [
        ("crc", 8, "choose luhn, mod11"),
        ("ean13", 9, "is for 8 or 12 or 13 digits, not for 9"),
        ("iban", 20, '"country": "DE"'),
    ],
)
def test_a_check_that_cannot_be_is_refused(name: str, length: int, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        check_digit(name, length)
