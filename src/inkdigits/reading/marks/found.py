"""The marks that the network finds on a picture: their boxes, scores and classes."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASSES, DIGITS
from inkdigits.reading.marks.boxes import Floats, areas, overlapping, shared_area

# Pixels of the picture to one cell of the network's map.
STRIDE = 4
# It halves its picture four times: this must divide the picture's sides.
MULTIPLE = 16
CENTRE, FIRST_CLASS, FIRST_BOX = 0, 1, 1 + len(CLASSES)


@dataclass(frozen=True, slots=True)
class PeakSettings:
    """Which cells of the network's map count as marks."""

    # Below this not one mark of a number was gained on held-out lines, for twice the close-ups
    least_centre: float = 0.2
    # Boxes that share more than this of their joint area are one mark
    same_mark: float = 0.45
    # A box that lies this far inside another one is a part of that mark,
    inside: float = 0.7
    # Unless it is far smaller: a comma under the tail of a 7 is a mark of its own
    like_size: float = 0.2
    most: int = 4000  # marks at one size: a page full of figures has half as many
    most_log_side: float = 5.0  # no box is longer than e^5 cells


PEAKS = PeakSettings()


@dataclass(frozen=True, slots=True)
class Found:
    """Marks as arrays: their boxes, scores, and class probabilities."""

    boxes: Floats
    centre: Floats
    classes: Floats

    def __len__(self) -> int:
        return len(self.centre)

    @property
    def digit_share(self) -> Floats:
        """The probability of each mark's likeliest digit."""
        share: Floats = self.classes[:, : len(DIGITS)].max(axis=1)
        return share

    @classmethod
    def none(cls) -> "Found":
        """No marks."""
        return cls(
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
            np.zeros((0, len(CLASSES)), np.float32),
        )

    def take(self, index: npt.NDArray[np.generic]) -> "Found":
        return Found(self.boxes[index], self.centre[index], self.classes[index])

    def scaled(self, scale: float) -> "Found":
        return Found(self.boxes * np.float32(scale), self.centre, self.classes)


def joined(parts: list[Found]) -> Found:
    """All marks of several pictures of one page."""
    return Found(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.centre for part in parts]),
        np.concatenate([part.classes for part in parts]),
    )


def peaks_of(answer: Floats, settings: PeakSettings = PEAKS) -> Found:
    """The marks on one map (channels, rows, columns), best first, without duplicates."""
    logits = np.ascontiguousarray(answer[CENTRE])
    highest = cv2.dilate(logits, np.ones((3, 3), np.uint8))
    least = np.log(settings.least_centre / (1 - settings.least_centre))
    rows, columns = np.nonzero((logits >= highest) & (logits > least))
    at = answer[:, rows, columns].T
    centre = 1 / (1 + np.exp(-at[:, CENTRE]))
    box = at[:, FIRST_BOX:]
    middle_x, middle_y = (
        (columns + 0.5 + box[:, 0]) * STRIDE,
        (rows + 0.5 + box[:, 1]) * STRIDE,
    )
    half = np.exp(np.minimum(box[:, 2:], settings.most_log_side)) * (STRIDE / 2)
    boxes = np.stack(
        [
            middle_x - half[:, 0],
            middle_y - half[:, 1],
            middle_x + half[:, 0],
            middle_y + half[:, 1],
        ],
        axis=1,
    )
    found = Found(
        boxes.astype(np.float32),
        centre.astype(np.float32),
        softmax(at[:, FIRST_CLASS:FIRST_BOX]),
    )
    return without_doubles(
        found.take(np.argsort(-found.centre, kind="stable")[: settings.most]), settings
    )


def softmax(scores: Floats) -> Floats:
    powers = (
        np.exp(scores - scores.max(axis=1, keepdims=True)) if len(scores) else scores
    )
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def without_doubles(found: Found, settings: PeakSettings) -> Found:
    """Of marks that overlap, keep the first."""
    kept = np.ones(len(found), bool)
    for one, other in overlapping(found.boxes, found.boxes):
        unsettled = (one < other) & kept[one] & kept[other]
        first, second = one[unsettled], other[unsettled]
        same = _is_same(found.boxes[first], found.boxes[second], settings)
        # In this order it is settled whether a mark is kept before it can rule out a later one.
        for earlier, later in zip(
            first[same].tolist(), second[same].tolist(), strict=True
        ):
            if kept[earlier]:
                kept[later] = False
    return found.take(np.flatnonzero(kept))


def _is_same(
    boxes: Floats, others: Floats, settings: PeakSettings
) -> npt.NDArray[np.bool_]:
    """Which of these pairs show the same mark, or one of them a part of it."""
    shared = shared_area(boxes, others)
    own, theirs = (np.maximum(areas(each), 1e-6) for each in (boxes, others))
    smaller, larger = np.minimum(own, theirs), np.maximum(own, theirs)
    same = shared > settings.same_mark * (smaller + larger - shared)
    part = (shared > settings.inside * smaller) & (
        smaller > settings.like_size * larger
    )
    return np.asarray(same | part)
