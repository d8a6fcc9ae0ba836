"""Numbers as people write them: years, amounts, dates, times, phone numbers."""

from collections.abc import Callable

import numpy as np

Rng = np.random.Generator


def _digits(rng: Rng, count: int) -> str:
    """So many digits, the first of which may be 0."""
    digits = rng.integers(0, 10, count)
    return "".join(str(digit) for digit in digits)


def _integer(rng: Rng) -> str:
    return _digits(
        rng,
        int(
            rng.choice(
                [1, 2, 3, 4, 5, 6, 8, 10], p=[0.1, 0.2, 0.2, 0.2, 0.12, 0.1, 0.05, 0.03]
            )
        ),
    )


def _year(rng: Rng) -> str:
    """As registers and certificates have them."""
    return str(rng.integers(1700, 2040))


def _decimal(rng: Rng) -> str:
    """A number with a point or a comma."""
    places = int(rng.choice([1, 2, 2, 3]))
    most_digits = int(rng.integers(1, 4))
    whole = rng.integers(0, 10**most_digits)
    sign = rng.choice(list(".,"))
    return f"{whole}{sign}{_digits(rng, places)}"


def _grouped(rng: Rng) -> str:
    """Thousands set apart by a comma, a point or a space.

    Sometimes with decimals, or the dash that closes a cheque.
    """
    styles = [(",", "."), (".", ","), (" ", ",")]
    separator, decimal = styles[int(rng.integers(3))]
    groups = [str(rng.integers(1, 1000))]
    for _ in range(int(rng.integers(1, 3))):
        groups.append(_digits(rng, 3))
    endings = ["", "", f"{decimal}{_digits(rng, 2)}", ".-"]
    ending = endings[int(rng.integers(4))]
    return separator.join(groups) + ending


def _date(rng: Rng) -> str:
    """A day, the month before or after it, and mostly a year."""
    sign = str(rng.choice(list("/.-")))
    day = int(rng.integers(1, 32))
    month = int(rng.integers(1, 13))
    pad = "02d" if rng.random() < 0.5 else "d"
    # In full, or its last two digits.
    in_full = rng.random() < 0.5
    year = rng.integers(1800, 2040) if in_full else f"{rng.integers(0, 100):02d}"
    day_first = rng.random() < 0.5
    first, second = (day, month) if day_first else (month, day)
    without_year = f"{first:{pad}}{sign}{second:{pad}}"
    if rng.random() < 0.15:
        return without_year
    return f"{without_year}{sign}{year}"


def _time(rng: Rng) -> str:
    """Hours and minutes; now and then with a point."""
    hour = rng.integers(0, 24)
    sign = rng.choice(list(":::."))
    minute = rng.integers(0, 60)
    return f"{hour}{sign}{minute:02d}"


def _percentage(rng: Rng) -> str:
    """A share of a hundred, its sign close to it or not."""
    has_decimals = rng.random() < 0.3
    number = _decimal(rng) if has_decimals else str(rng.integers(0, 101))
    sign = " %" if rng.random() < 0.4 else "%"
    return number + sign


def _negative(rng: Rng) -> str:
    """With a minus, or in brackets as accountants write it."""
    has_decimals = rng.random() < 0.5
    number = _decimal(rng) if has_decimals else _integer(rng)
    if rng.random() < 0.25:
        return f"({number})"
    return f"-{number}"


def _phone(rng: Rng) -> str:
    """A telephone number, or a long zip code."""
    if rng.random() < 0.5:
        return f"{_digits(rng, 3)}-{_digits(rng, 4)}"
    if rng.random() < 0.4:
        return f"({_digits(rng, 3)}) {_digits(rng, 3)}-{_digits(rng, 4)}"
    return f"{_digits(rng, 5)}-{_digits(rng, 4)}"


def _fraction(rng: Rng) -> str:
    """One number over another."""
    above = rng.integers(1, 40)
    below = rng.integers(1, 40)
    return f"{above}/{below}"


def _sum(rng: Rng) -> str:
    """An exercise with its result, which is right."""
    a, b = rng.integers(1, 60, 2).tolist()
    total = a + b
    if rng.random() < 0.6:
        return f"{a}+{b}={total}"
    return f"{total}-{a}={b}"


def _money(rng: Rng) -> str:
    """An amount in dollars or euros."""
    is_plain = rng.random() < 0.6
    amount = _decimal(rng) if is_plain else _grouped(rng)
    if rng.random() < 0.6:
        return f"${amount}"
    return f"{amount} €"


# Plain integers are what real sets teach already; signs are learned from composed pages alone, so
# two thirds of these have some.
_KINDS: list[tuple[float, Callable[[Rng], str]]] = [
    (0.24, _integer),
    (0.08, _year),
    (0.14, _decimal),
    (0.09, _grouped),
    (0.13, _date),
    (0.07, _time),
    (0.06, _percentage),
    (0.07, _negative),
    (0.05, _phone),
    (0.04, _fraction),
    (0.02, _sum),
    (0.03, _money),
]
_SHARES = np.array([share for share, _ in _KINDS])
_SHARES /= _SHARES.sum()


def any_number(rng: Rng) -> str:
    """One number of any kind."""
    chosen = int(rng.choice(len(_KINDS), p=_SHARES))
    _, number_of_kind = _KINDS[chosen]
    return number_of_kind(rng)


# Of the numbers to learn from: amounts with their end closed, and what is seldom written. Often
# enough to be learned, and so seldom that they take little from what people mostly write.
_CLOSED_SHARE = 0.04
_SELDOM_SHARE = 0.06


def number_to_learn(rng: Rng) -> str:
    """One number of any kind, now and then closed at its end or of a form seldom written.

    Pages to measure on have none of the latter two: their figures stay comparable.
    """
    kind = rng.random()
    if kind < _CLOSED_SHARE:
        return _closed(rng)
    if kind < _CLOSED_SHARE + _SELDOM_SHARE:
        return _seldom(rng)
    return any_number(rng)


def _closed(rng: Rng) -> str:
    """An amount to which nobody can add a digit, as on cheques."""
    amount = _integer(rng) if rng.random() < 0.5 else _grouped(rng).removesuffix(".-")
    return amount + str(rng.choice(["-", "=", ".-", ".="]))


def _seldom(rng: Rng) -> str:
    """A number of a form that only some people write."""
    kinds = [
        _without_zero,
        _without_cents,
        _ratio,
        _long_decimal,
        _span,
        _grade,
        _with_area_code,
    ]
    return kinds[int(rng.integers(len(kinds)))](rng)


def _without_zero(rng: Rng) -> str:
    """A number below one whose 0 is left out: `.50`."""
    sign = "-" if rng.random() < 0.2 else ""
    return f"{sign}.{_digits(rng, int(rng.integers(1, 4)))}"


def _without_cents(rng: Rng) -> str:
    """A price whose cents are a dash, or two: `7.--`."""
    whole = rng.integers(1, 10 ** int(rng.integers(1, 5)))
    dashes = "-" if rng.random() < 0.3 else "--"
    return f"{whole}{rng.choice(list('..,'))}{dashes}"


def _ratio(rng: Rng) -> str:
    """A score, or a map's scale."""
    if rng.random() < 0.6:
        return f"{rng.integers(0, 10)}:{rng.integers(0, 10)}"
    return f"1:{rng.integers(1, 100) * 10 ** int(rng.integers(1, 5))}"


def _long_decimal(rng: Rng) -> str:
    """A measured value."""
    places = int(rng.integers(4, 7))
    return f"{rng.integers(0, 10)}{rng.choice(list('.,'))}{_digits(rng, places)}"


def _span(rng: Rng) -> str:
    """From one value to another: times, years, shares."""
    if rng.random() < 0.4:
        return f"{_time(rng)}-{_time(rng)}"
    least = int(rng.integers(1, 90))
    most = least + int(rng.integers(1, 40))
    return f"{least}-{most}" + ("%" if rng.random() < 0.4 else "")


def _grade(rng: Rng) -> str:
    """So many points of all."""
    most = int(rng.choice([5, 6, 10, 20, 100]))
    points = rng.integers(0, most)
    part = f"{rng.choice(list('.,'))}{rng.integers(0, 10)}"
    return f"{points}{part if rng.random() < 0.6 else ''}/{most}"


def _with_area_code(rng: Rng) -> str:
    """A telephone number whose area code is set apart by a slash."""
    code = f"0{_digits(rng, int(rng.integers(2, 5)))}"
    groups = " ".join(_digits(rng, count) for count in (3, 2, 2))
    return f"{code}/{groups if rng.random() < 0.6 else groups.replace(' ', '')}"
