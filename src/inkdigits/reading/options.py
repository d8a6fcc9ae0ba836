"""How a picture or document is to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from inkdigits.reading.numbers.patterns import Pattern, parse
from inkdigits.reading.numbers.values import Conventions


class ReadArguments(TypedDict, total=False):
    """The keyword arguments of `Reader.read`; see `ReadOptions` for their meaning."""

    pages: str | None
    dpi: int
    password: str | None
    expect: str | Sequence[str] | None
    decimal: str | None
    dayfirst: bool | None


@dataclass(frozen=True)
class ReadOptions:
    """What `Reader.read` takes beside the source; each has the default that suits most."""

    pages: str | None = None  # of a document, as "1,3-5"
    dpi: int = 200  # at which PDF pages are drawn
    password: str | None = None  # of an encrypted PDF
    # What each line should look like; other lines are left out
    expect: str | Sequence[str] | None = None
    decimal: str | None = None  # "." or ",": settles what 1,250 is worth
    dayfirst: bool | None = None  # settles what 5/6/96 is worth

    def __post_init__(self) -> None:
        _ = (
            self.pattern,
            self.conventions,
        )  # a wrong option is refused before anything is read

    @cached_property
    def pattern(self) -> Pattern | None:
        """What is expected, ready for use."""
        if self.expect is None:
            return None
        return parse(self.expect)

    @cached_property
    def conventions(self) -> Conventions:
        """How numbers and dates are written here."""
        return Conventions(self.decimal, self.dayfirst)
