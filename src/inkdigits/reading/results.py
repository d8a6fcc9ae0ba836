"""What reading gives back: frozen, typed, printable."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in the pixels of the upright picture; `right` and `bottom` lie just outside it."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """One picture's digit: the best guess, even when it is refused (`accepted` is False)."""

    digit: int
    confidence: float
    accepted: bool
    probabilities: tuple[float, ...]
    box: Box | None = None

    def top(self, count: int = 3) -> list[tuple[int, float]]:
        """The `count` likeliest digits, each with its probability, the best first."""
        return sorted(enumerate(self.probabilities), key=lambda pair: -pair[1])[:count]
