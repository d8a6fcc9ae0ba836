"""What the database keeps, as the rest of the program sees it."""

from dataclasses import dataclass
from datetime import datetime

# What a person may say of a field: what is written in it, that nobody can read it, or that an
# earlier review of theirs was a mistake.
TEXT, UNREADABLE, WITHDRAWN = "text", "unreadable", "withdrawn"


@dataclass(frozen=True, slots=True)
class Correction:
    """A kept correction; `digit` is None for a non-digit."""

    id: str
    picture: str
    digit: int | None
    predicted: int
    confidence: float
    accepted: bool
    model: str
    created: datetime


@dataclass(frozen=True, slots=True)
class FormReview:
    """What a person says of a field of a form.

    `pile` is the digest of all that was read; `record` and `field` say where in it. `mode` is why
    it was shown: "queue", "spot" or "disagreements". `withdraws` is the id of the review that a
    withdrawn one takes back. `read` and `confidence` are what the program had read.
    """

    id: str
    pile: str
    record: int
    field: str
    reviewer: str
    mode: str
    verdict: str
    text: str
    withdraws: str
    read: str
    confidence: float
    created: datetime

    @property
    def answer(self) -> tuple[str, str]:
        """What two reviews must have in common to agree."""
        # Not the person or the time: two people agree on what they say.
        return self.verdict, self.text


@dataclass(frozen=True, slots=True)
class FormDigit:
    """A digit cut out of a form's field: `place` counts the filled boxes from the left."""

    pile: str
    record: int
    field: str
    place: int
    picture: bytes
    predicted: int
    confidence: float
    model: str
