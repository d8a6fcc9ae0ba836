"""What the network finds on one picture: each mark's box, how surely it is one, and its share of every class."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASSES, DIGITS

Floats = npt.NDArray[np.float32]
STRIDE = 4
CENTRE, FIRST_CLASS, FIRST_BOX = 0, 1, 1 + len(CLASSES)


@dataclass(frozen=True, slots=True)
class PeakSettings:
    """Which cells of the network's map count as marks."""

    least_centre: float = 0.2  # below this not one mark of a number was gained on held-out lines, for twice the close-ups
    same_mark: float = 0.45  # boxes that share more than this of their joint area are one mark
    inside: float = 0.7  # a box that lies this far inside another one is a part of that mark,
    # Unless it is far smaller: a comma under the tail of a 7 is a mark of its own
    like_size: float = 0.2
    most: int = 4000  # marks at one size: a page full of figures has half as many
    most_log_side: float = 5.0  # a box longer than e^5 cells is no box


PEAKS = PeakSettings()


@dataclass(frozen=True, slots=True)
class Found:
    """Marks as arrays: boxes (left, top, right, bottom), sureness of being a mark, shares of the classes."""

    boxes: Floats
    centre: Floats
    classes: Floats

    def __len__(self) -> int:
        return len(self.centre)

    @property
    def digit_share(self) -> Floats:
        """How likely each is the digit it looks most like."""
        share: Floats = self.classes[:, : len(DIGITS)].max(axis=1)
        return share

    @classmethod
    def none(cls) -> "Found":
        """No mark at all."""
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
    """The marks on one map of the network (channels, rows, columns), surest first, each once."""
    logits = np.ascontiguousarray(answer[CENTRE])
    highest = cv2.dilate(logits, np.ones((3, 3), np.uint8))
    least = np.log(settings.least_centre / (1 - settings.least_centre))
    rows, columns = np.nonzero((logits >= highest) & (logits > least))
    at = answer[:, rows, columns].T
    centre = 1 / (1 + np.exp(-at[:, CENTRE]))
    box = at[:, FIRST_BOX:]
    middle_x, middle_y = (columns + 0.5 + box[:, 0]) * STRIDE, (rows + 0.5 + box[:, 1]) * STRIDE
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
        boxes.astype(np.float32), centre.astype(np.float32), softmax(at[:, FIRST_CLASS:FIRST_BOX])
    )
    return without_doubles(
        found.take(np.argsort(-found.centre, kind="stable")[: settings.most]), settings
    )


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True)) if len(scores) else scores
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def without_doubles(found: Found, settings: PeakSettings) -> Found:
    """Of marks that lie on one another the first stays."""
    boxes, areas = (
        found.boxes,
        np.maximum((found.boxes[:, 2:] - found.boxes[:, :2]).prod(axis=1), 1e-6),
    )
    keep = np.zeros(len(found), np.int64)
    count = 0
    for index, near in enumerate(_overlapping_before(boxes)):
        before = near[np.isin(near, keep[:count])] if len(near) else near
        if not len(before) or not _is_same(boxes, areas, index, before, settings).any():
            keep[count] = index
            count += 1
    return found.take(keep[:count])


def _overlapping_before(boxes: Floats) -> list[npt.NDArray[np.int64]]:
    """For each box those before it that it overlaps."""
    order = np.argsort(boxes[:, 0], kind="stable")
    lefts = boxes[order, 0]
    near: list[list[int]] = [[] for _ in range(len(boxes))]
    ends = np.searchsorted(lefts, boxes[order, 2], side="left")
    for place, (index, end) in enumerate(zip(order.tolist(), ends.tolist(), strict=True)):
        others = order[place + 1 : end]
        box = boxes[index]
        for other in others[(boxes[others, 1] < box[3]) & (boxes[others, 3] > box[1])].tolist():
            near[max(index, other)].append(min(index, other))
    return [np.array(sorted(each), np.int64) for each in near]


def _is_same(
    boxes: Floats, areas: Floats, index: int, others: npt.NDArray[np.int64], settings: PeakSettings
) -> npt.NDArray[np.bool_]:
    """Which of the others show the same mark as this box, or have it as a part."""
    shared = shared_area(boxes[index], boxes[others])
    smaller, larger = (
        np.minimum(areas[index], areas[others]),
        np.maximum(areas[index], areas[others]),
    )
    same = shared > settings.same_mark * (smaller + larger - shared)
    part = (shared > settings.inside * smaller) & (smaller > settings.like_size * larger)
    return np.asarray(same | part)


def shared_area(box: Floats, boxes: Floats) -> Floats:
    """The area that a box shares with each of others."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared: Floats = np.clip(high - low, 0, None).prod(axis=1)
    return shared
