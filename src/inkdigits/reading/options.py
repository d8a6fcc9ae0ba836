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
    """The options of `Reader.read`, with their defaults."""

    pages: str | None = None  # of a document, such as "1,3-5"
    dpi: int = 200  # dots per inch for rendering PDF pages
    password: str | None = None  # of an encrypted PDF
    # The pattern of each line; other lines are left out
    expect: str | Sequence[str] | None = None
    decimal: str | None = (
        None  # "." or ",": the decimal separator, for values such as 1,250
    )
    dayfirst: bool | None = (
        None  # the order of day and month, for values such as 5/6/96
    )

    def __post_init__(self) -> None:
        _ = (
            self.pattern,
            self.conventions,
        )  # a wrong option is refused before anything is read

    @cached_property
    def pattern(self) -> Pattern | None:
        """`expect`, parsed."""
        if self.expect is None:
            return None
        return parse(self.expect)

    @cached_property
    def conventions(self) -> Conventions:
        """The conventions for decimal separators and dates."""
        return Conventions(self.decimal, self.dayfirst)
