"""The results of reading: frozen, typed and printable."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from inkdigits.reading.numbers.values import Value
from inkdigits.reading.picture_ref import PictureRef
from inkdigits.reading.presented import Pictured, Presented, Tabular
from inkdigits.reading.wording import counted, percent, shortened


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in the pixels of the upright picture.

    `right` and `bottom` are exclusive.
    """

    left: int
    top: int
    right: int
    bottom: int

    def scaled(self, scale: float) -> "Box":
        """The box on a picture of another size."""
        return Box(
            *(
                round(side * scale)
                for side in (self.left, self.top, self.right, self.bottom)
            )
        )


@dataclass(frozen=True, slots=True, repr=False)
class Prediction(Pictured):
    """The digit of one picture: the best guess, even if it is not accepted.

    `reason` says why it is not accepted: "unsure", "no digit" or "several digits". It is "" if the
    prediction is accepted.
    """

    digit: int
    confidence: float
    accepted: bool
    probabilities: tuple[float, ...]
    box: Box | None = None
    reason: str = ""
    picture: PictureRef | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        """The digit, how sure it is, and why it is refused."""
        confidence = percent(self.confidence)
        reason = f", {self.reason}" if self.reason else ""
        return f"Prediction({self.digit}, {confidence}{reason})"

    def top(self, count: int = 3) -> list[tuple[int, float]]:
        """The `count` likeliest digits with their probabilities, the likeliest first."""
        digits = enumerate(self.probabilities)
        best_first = sorted(digits, key=lambda pair: -pair[1])
        return best_first[:count]


@dataclass(frozen=True, slots=True)
class Mark(Presented):
    """A mark: a digit, a sign, or "" if it does not belong to a number."""

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True, repr=False)
class Digit(Presented):
    """A digit of a line, with its confidence and its box.

    `alternatives` are the next likeliest digits.
    """

    digit: int
    confidence: float
    accepted: bool
    box: Box
    alternatives: tuple[tuple[int, float], ...] = ()

    def __repr__(self) -> str:
        """The digit, and how sure it is."""
        confidence = percent(self.confidence)
        return f"Digit({self.digit}, {confidence})"


@dataclass(frozen=True, slots=True, repr=False)
class Line(Presented):
    """A number as written.

    `text` has its signs, `number` only its digits, and `value` is the parsed value (None if two
    values are possible). `confidence` is the probability that the whole `text` is right.
    `alternatives` are the next likeliest texts with their probabilities. `marks` are all marks from
    left to right, including those that do not belong to a number.
    """

    text: str
    confidence: float
    accepted: bool
    box: Box
    digits: tuple[Digit, ...]
    marks: tuple[Mark, ...] = ()
    value: Value = None
    alternatives: tuple[tuple[str, float], ...] = ()

    def __repr__(self) -> str:
        return (
            f"Line({self.text!r}, "
            f"{percent(self.confidence)}{'' if self.accepted else ', not accepted'})"
        )

    @property
    def number(self) -> str:
        """The digits alone, without any sign."""
        digits = [character for character in self.text if character.isdigit()]
        return "".join(digits)


@dataclass(frozen=True, slots=True, repr=False)
class PageReading(Presented):
    """One page: its lines from top to bottom, its size and its rotation.

    `turned_deg` is counter-clockwise.
    """

    lines: tuple[Line, ...]
    width: int
    height: int
    number: int = 1
    turned_deg: float = 0.0

    def __repr__(self) -> str:
        return (
            f"PageReading({self.number}, {shortened(line.text for line in self.lines)})"
        )

    @property
    def text(self) -> str:
        """The text of the page, one line per number."""
        texts = [line.text for line in self.lines]
        return "\n".join(texts)


@dataclass(frozen=True, slots=True, repr=False)
class Reading(Tabular, Pictured):
    """The numbers on a picture or document, page by page."""

    pages: tuple[PageReading, ...]
    picture: PictureRef | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        """How many pages, and the first numbers."""
        texts = [line.text for line in self.lines]
        pages = ""
        if len(self.pages) != 1:
            pages = f"{counted(len(self.pages), 'page')}, "
        return f"Reading({pages}{shortened(texts)})"

    @property
    def text(self) -> str:
        """The text of all pages, one line per number."""
        # A blank page gives no empty line.
        return "\n".join(page.text for page in self.pages if page.lines)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of all pages."""
        lines: list[Line] = []
        for page in self.pages:
            lines += page.lines
        return tuple(lines)

    def __iter__(self) -> Iterator[Line]:
        """Line by line, from the first page on."""
        return iter(self.lines)
