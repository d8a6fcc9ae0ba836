"""What numbers are worth: round trips, both orders of dates, both decimal signs, and None where two readings are possible."""

from datetime import date, time, timedelta
from decimal import Decimal

import numpy as np
import pytest

from inkdigits.errors import SettingError
from inkdigits.reading.marks.alphabet import DIGITS, SIGNS
from inkdigits.reading.numbers.values import UNKNOWN, Conventions, Value, value_of

POINT, COMMA = Conventions(decimal="."), Conventions(decimal=",")
DAY, MONTH = Conventions(dayfirst=True), Conventions(dayfirst=False)
RNG_SEED = 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("007", 7),
        ("-12", -12),
        ("+5", 5),
        ("1 250 000", 1_250_000),
        ("1,250,000", 1_250_000),
        ("12.50", Decimal("12.50")),
        ("12,50", Decimal("12.50")),
        ("1,250.00", Decimal("1250.00")),
        ("1.250,00", Decimal("1250.00")),
        ("1 250,5", Decimal("1250.5")),
        ("-3.5", Decimal("-3.5")),
        ("0.125", Decimal("0.125")),
        ("1234.567", Decimal("1234.567")),
        ("$12.50", Decimal("12.50")),
        ("12,50 €", Decimal("12.50")),
        ("12.-", 12),
        ("7.--", 7),
        ("$250.--", 250),
        ("1,250.--", 1250),
        ("1.250,-", 1250),
        ("1 250.-", 1250),
        # A full stop or a comma may follow.
        ("5.", 5),
        ("12,50.", Decimal("12.50")),
        ("25/12/96.", date(1996, 12, 25)),
        ("10:30,", time(10, 30)),
        # Before the currency or after it.
        ("-$12.50", Decimal("-12.50")),
        ("$-12.50", Decimal("-12.50")),
        ("-€ 5", -5),
        ("8,=", 8),
        (".50", Decimal("0.50")),
        ("-.5", Decimal("-0.5")),
        ("$.75", Decimal("0.75")),
        (".125", Decimal("0.125")),
        ("17 %", Decimal("0.17")),
        ("12.5%", Decimal("0.125")),
        ("12/25/96", date(1996, 12, 25)),
        ("25.12.1996", date(1996, 12, 25)),
        ("1996-12-25", date(1996, 12, 25)),
        ("5/5/96", date(1996, 5, 5)),
        ("1/31/68", date(2068, 1, 31)),
        ("1/31/69", date(1969, 1, 31)),
        ("10:30", time(10, 30)),
        ("23:59:58", time(23, 59, 58)),
    ],
)
def test_one_reading_has_a_value(text: str, value: Value) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4/9",
        "25:00",
        "10:61",
        "2/30/96",
        "13/13/96",
        "1/2/345",
        "12-5",
        "12-",
        "-",
        "1,250,-",
        "12,50.-",
        # Phone numbers, and years that nobody writes
        "234-10-15",
        "123.12.11",
        "1-1-1",
        ".--",
        "1:50000",
        "20-25%",
        "555 1234",
        "%",
        "1,2,3",
    ],
)
def test_what_is_no_number_has_none(text: str) -> None:
    assert value_of(text) is None


def test_two_readings_have_no_value_until_one_is_known() -> None:
    assert value_of("1,250") is None
    assert value_of("1,250", POINT) == 1250
    assert value_of("1,250", COMMA) == Decimal("1.250")
    assert value_of("1.250", COMMA) == 1250
    assert value_of("5/6/96") is None
    assert value_of("5/6/96", DAY) == date(1996, 6, 5)
    assert value_of("5/6/96", MONTH) == date(1996, 5, 6)


def test_what_contradicts_what_is_known_has_no_value() -> None:
    assert value_of("1,250.00", COMMA) is None
    assert value_of("12.5", COMMA) is None
    assert value_of("1,250.-", COMMA) is None
    assert value_of("1.250,-", POINT) is None
    assert value_of("12/25/96", DAY) is None


def test_decimals_come_back_from_every_way_of_writing_them() -> None:
    rng = np.random.default_rng(RNG_SEED)
    for _ in range(300):
        places = int(rng.choice([1, 2, 4]))
        value = Decimal(int(rng.integers(-(10**9), 10**9))).scaleb(-places)
        plain, grouped = format(value, "f"), format(value, ",f")
        swapped = grouped.translate(str.maketrans(",.", ".,"))
        assert (
            value_of(plain, POINT) == value_of(plain.replace(".", ","), COMMA) == value
        )
        assert value_of(grouped, POINT) == value_of(swapped, COMMA) == value
        assert value_of(grouped) in (value, None)


def test_integers_dates_and_times_come_back() -> None:
    rng = np.random.default_rng(RNG_SEED)
    for _ in range(300):
        number = int(rng.integers(-(10**12), 10**12))
        assert value_of(str(number)) == number
        day = date(1900, 1, 1) + timedelta(int(rng.integers(0, 60_000)))
        assert value_of(day.isoformat()) == day
        assert (
            value_of(f"{day:%d.%m.%Y}", DAY)
            == value_of(f"{day:%m/%d/%Y}", MONTH)
            == day
        )
        assert value_of(f"{day:%d.%m.%Y}") in (day, None)
        moment = time(
            int(rng.integers(24)), int(rng.integers(60)), int(rng.integers(60))
        )
        assert value_of(moment.isoformat()) == moment


def test_anything_that_can_be_written_has_a_value_or_none() -> None:
    rng = np.random.default_rng(RNG_SEED)
    signs = [*DIGITS, *DIGITS, *SIGNS, " "]
    for _ in range(5000):
        text = "".join(rng.choice(signs, int(rng.integers(0, 12))))
        for conventions in (UNKNOWN, POINT, COMMA, DAY, MONTH):
            assert isinstance(
                value_of(text, conventions), int | Decimal | date | time | None
            )


def test_a_wrong_decimal_sign_is_said() -> None:
    with pytest.raises(SettingError, match="decimal is ';'"):
        Conventions(decimal=";")
