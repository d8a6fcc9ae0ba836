"""Numbers as people write them: years, amounts, dates, times, phone numbers."""

from collections.abc import Callable

import numpy as np

Rng = np.random.Generator


def _digits(rng: Rng, count: int) -> str:
    return "".join(str(digit) for digit in rng.integers(0, 10, count))


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
    return str(rng.integers(1700, 2040))


def _decimal(rng: Rng) -> str:
    places = int(rng.choice([1, 2, 2, 3]))
    whole = rng.integers(0, 10 ** int(rng.integers(1, 4)))
    return f"{whole}{rng.choice(list('.,'))}{_digits(rng, places)}"


def _grouped(rng: Rng) -> str:
    """Thousands set apart by a comma, a point or a space.

    Sometimes with decimals, or the dash that closes a cheque.
    """
    separator, decimal = [(",", "."), (".", ","), (" ", ",")][int(rng.integers(3))]
    groups = [
        str(rng.integers(1, 1000)),
        *(_digits(rng, 3) for _ in range(int(rng.integers(1, 3)))),
    ]
    ending = ["", "", f"{decimal}{_digits(rng, 2)}", ".-"][int(rng.integers(4))]
    return separator.join(groups) + ending


def _date(rng: Rng) -> str:
    sign = str(rng.choice(list("/.-")))
    day, month = int(rng.integers(1, 32)), int(rng.integers(1, 13))
    pad = "02d" if rng.random() < 0.5 else "d"
    year = (
        rng.integers(1800, 2040)
        if rng.random() < 0.5
        else f"{rng.integers(0, 100):02d}"
    )
    first, second = (day, month) if rng.random() < 0.5 else (month, day)
    if rng.random() < 0.15:
        return f"{first:{pad}}{sign}{second:{pad}}"
    return f"{first:{pad}}{sign}{second:{pad}}{sign}{year}"


def _time(rng: Rng) -> str:
    return f"{rng.integers(0, 24)}{rng.choice(list(':::.'))}{rng.integers(0, 60):02d}"


def _percentage(rng: Rng) -> str:
    number = _decimal(rng) if rng.random() < 0.3 else str(rng.integers(0, 101))
    return number + (" %" if rng.random() < 0.4 else "%")


def _negative(rng: Rng) -> str:
    number = _decimal(rng) if rng.random() < 0.5 else _integer(rng)
    return f"({number})" if rng.random() < 0.25 else f"-{number}"


def _phone(rng: Rng) -> str:
    if rng.random() < 0.5:
        return f"{_digits(rng, 3)}-{_digits(rng, 4)}"
    return (
        f"({_digits(rng, 3)}) {_digits(rng, 3)}-{_digits(rng, 4)}"
        if rng.random() < 0.4
        else f"{_digits(rng, 5)}-{_digits(rng, 4)}"
    )


def _fraction(rng: Rng) -> str:
    return f"{rng.integers(1, 40)}/{rng.integers(1, 40)}"


def _sum(rng: Rng) -> str:
    one, other = (int(value) for value in rng.integers(1, 60, 2))
    return (
        f"{one}+{other}={one + other}"
        if rng.random() < 0.6
        else f"{one + other}-{one}={other}"
    )


def _money(rng: Rng) -> str:
    amount = _decimal(rng) if rng.random() < 0.6 else _grouped(rng)
    return f"${amount}" if rng.random() < 0.6 else f"{amount} €"


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
    return _KINDS[int(rng.choice(len(_KINDS), p=_SHARES))][1](rng)
