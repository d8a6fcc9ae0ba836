"""Check digits as sums: what the digits add must leave a given remainder.

How much a digit adds depends on its place. All checks can be tested this way, and used
while reading: only texts with the right sum are possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from inkdigits.errors import SettingError

TEN = "X"  # the check digit 10 of mod11 and of a ten-digit ISBN


@dataclass(frozen=True, slots=True)
class CheckDigit:
    """A check digit as a sum with a modulus and the right remainder.

    `adds` says how much each sign adds at each place; a sign that is missing is not
    allowed there.
    """

    adds: tuple[dict[str, int], ...]
    modulus: int
    remainder: int

    def step(self, total: int, place: int, sign: str) -> int | None:
        """The sum after this sign, or None if the sign is not allowed there."""
        added = self.adds[place].get(sign)
        if added is None:
            return None
        return (total + added) % self.modulus

    def holds(self, text: str) -> bool:
        if len(text) != len(self.adds):
            return False
        total = 0
        for place, sign in enumerate(text):
            after = self.step(total, place, sign)
            if after is None:
                return False
            total = after
        return total == self.remainder


def check_digit(name: str, length: int, country: str | None = None) -> CheckDigit:
    """The check of this name for a text of this length."""
    if name == "luhn":
        return _luhn(length)
    if name == "mod11":
        return _mod11(length)
    if name == "mod97":
        return _weighted(
            [pow(10, length - 1 - place, 97) for place in range(length)], 97, 1
        )
    if name == "iban":
        return _iban(length, country)
    if name == "ean13":
        _of_length(name, length, (8, 12, 13))
        return _weighted(
            [1 if (length - 1 - place) % 2 == 0 else 3 for place in range(length)],
            10,
            0,
        )
    if name == "isbn":
        _of_length(name, length, (10, 13))
        return _mod11(10) if length == 10 else check_digit("ean13", 13)
    raise SettingError(
        f"there is no check {name!r}: choose luhn, mod11, mod97, iban, ean13 or isbn"
    )


def _weighted(weights: Sequence[int], modulus: int, remainder: int) -> CheckDigit:
    """A check digit by a weighted sum of all digits."""
    adds = []
    for weight in weights:
        # What each digit adds to the sum at this place.
        adds.append({str(digit): digit * weight % modulus for digit in range(10)})
    return CheckDigit(tuple(adds), modulus, remainder)


def _luhn(length: int) -> CheckDigit:
    """The check of bank cards and many customer numbers.

    Every second digit from the right is doubled, and the digits of the result are
    added.
    """
    adds = []
    for place in range(length):
        doubled = (length - 1 - place) % 2 == 1
        adds.append(
            {str(digit): sum(divmod(digit * (1 + doubled), 10)) for digit in range(10)}
        )
    return CheckDigit(tuple(adds), 10, 0)


def _mod11(length: int) -> CheckDigit:
    """Weights 1, 2, 3 … from the right; the last digit may be X, which is ten."""
    weights = [length - place for place in range(length)]
    check = _weighted(weights, 11, 0)
    *before, last = check.adds
    with_ten = {**last, TEN: 10}
    return CheckDigit((*before, with_ten), 11, 0)


def _iban(length: int, country: str | None) -> CheckDigit:
    """The digits of an IBAN whose country is printed.

    There are two check digits, then the account. The check digits move behind the
    account and the country, whose letters count from A = 10.
    """
    if country is None:
        raise SettingError(
            'the check iban needs the country whose letters are printed, as "country": "DE"'
        )
    account = length - 2
    weights = [
        10,
        1,
        *(pow(10, account - 1 - place + 6, 97) for place in range(account)),
    ]
    letters = "".join(str(ord(letter) - ord("A") + 10) for letter in country)
    printed = int(letters) * 100 % 97
    return _weighted([weight % 97 for weight in weights], 97, (1 - printed) % 97)


def _of_length(name: str, length: int, wanted: Sequence[int]) -> None:
    """Refuse lengths that the check is not for."""
    if length not in wanted:
        lengths = " or ".join(map(str, wanted))
        raise SettingError(
            f"the check {name} is for {lengths} digits, not for {length}"
        )
