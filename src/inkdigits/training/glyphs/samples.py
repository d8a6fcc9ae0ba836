"""Training close-ups: composed and real marks, and non-marks.

patches, crops → a box, not quite exact → the page around it turned and bent a little →
close-up, class
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS, OTHER
from inkdigits.reading.marks.boxes import (
    areas,
    middles_y,
    share_of_smaller,
    shared_area,
)
from inkdigits.reading.marks.closeup import (
    SIZE_PX,
    cut_window,
    in_even_contrast,
    window_of,
)
from inkdigits.reading.marks.edges import edge_shade
from inkdigits.reading.marks.found import Found, PeakSettings, peaks_of
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.synthesis import papers
from inkdigits.synthesis.hands import load_hands
from inkdigits.synthesis.patches import UNKNOWN, WORDS, Patch, compose
from inkdigits.training.marks.mosaics import load_crops
from inkdigits.training.workers import Workers

Rng = np.random.Generator
Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Batch = tuple[Floats, npt.NDArray[np.int64]]
_FIRST_PAGES = 200  # composed before the first batch
_MOST_RENEWED = 10  # patches for each batch
_UNSURE = -1
_LEAST_PROPOSED = 0.12  # confidence from which the reader, too, looks at a mark
_PROPOSED_MARK, _PROPOSED_NONE = (
    0.5,
    0.3,
)  # the IoU of a box with a mark, from which it is one, and below which it is none
_SAME_MARK = 0.65  # a box with this IoU with a digit's box shows that digit


@dataclass(frozen=True, slots=True)
class SampleSettings:
    """What a batch holds, and how far a close-up is from an exact one."""

    batch: int = 256
    pages: int = 6000  # composed patches in memory; 66 kB each
    composers: int = 1
    part: str = "train"  # whose hands: "train" or "validation"
    # A marks network: half of the boxes are then those that it finds
    detector: Path | None = None
    # Of the close-ups of composed patches, where there is a detector
    proposed: float = 0.5
    seed: int = 0
    # Of a batch; what is left are signs, letters and what is no mark
    digits: float = 0.62
    signs: float = 0.16
    real: float = 0.4  # of the digits, and of what is no mark
    # Spread of each side of the box, in parts of the mark's longer side
    off_box: float = 0.07
    off_height: float = 0.18  # spread of the row's height, log
    # Of what is no mark: digits of which the picture's edge left less than half
    cut_off: float = 0.12
    # Marks of which the picture's edge took a part, but less than half
    cut: float = 0.05
    lone: float = 0.3  # marks that are shown as if they stood alone
    turned_degrees: float = 5.0
    leaning: float = 0.12
    stretched: float = 0.1


@dataclass(frozen=True, slots=True)
class Source:
    """A picture with its marks, the usual height of its digits, and where words are.

    `proposals` are boxes that a marks network found, each with the class of the mark it
    is on, or with that of none.
    """

    grey: Grey
    marks: Floats
    tall_px: float
    words: Floats
    proposals: Floats = field(default_factory=lambda: np.zeros((0, 5), np.float32))
    is_partly_known: bool = False  # there may be marks beside those that are known

    def of_class(self, low: int, high: int, *, proposed: bool = False) -> Floats:
        rows = self.proposals if proposed else self.marks
        found: Floats = rows[(rows[:, 0] >= low) & (rows[:, 0] < high)]
        return found


def batches(
    data_dir: Path, labelled: Path | None, settings: SampleSettings
) -> Iterator[Batch]:
    """Endless batches."""
    rng = np.random.default_rng([settings.seed, 91])
    pages = _Pages(data_dir, settings)
    real = _Real(labelled) if labelled is not None else None
    try:
        while True:
            pages.renew()
            if real is not None:
                real.renew()
            shown = np.zeros((settings.batch, SIZE_PX, SIZE_PX, 1), np.float32)
            classes = np.zeros(settings.batch, np.int64)
            for index in range(settings.batch):
                shown[index, ..., 0], classes[index] = _sample(
                    rng, pages, real, settings
                )
            yield shown, classes
    finally:
        pages.close()


class _Pages:
    """Composed patches, renewed by separate processes."""

    def __init__(self, data_dir: Path, settings: SampleSettings) -> None:
        self._workers: Workers[Source] = Workers(
            _composed,
            (data_dir, settings),
            count=settings.composers,
            most=64,
            seed=settings.seed,
        )
        self._most, self._place = settings.pages, 0
        self.sources: list[Source] = []
        self.close = self._workers.close
        while len(self.sources) < _FIRST_PAGES:
            self.renew(wait_s=60.0)

    def renew(self, *, wait_s: float = 0.005) -> None:
        """Take some of the patches that were composed since.

        A patch comes through the pipe in about a millisecond.
        """
        for _ in range(_MOST_RENEWED):
            source = self._workers.take(wait_s)
            if source is None:
                return
            if len(self.sources) < self._most:
                self.sources.append(source)
            else:
                self.sources[self._place] = source
                self._place = (self._place + 1) % self._most

    def any(self, rng: Rng) -> Source:
        return self.sources[int(rng.integers(len(self.sources)))]


class _Real:
    """Real numbers with the boxes that labelling found, and words and blank cells.

    Read again when their file changes.
    """

    def __init__(self, labelled: Path) -> None:
        self._file = labelled
        self._stamp = 0.0
        self.renew()

    def renew(self) -> None:
        stamp = self._file.stat().st_mtime
        if stamp == self._stamp:
            return
        self._stamp = stamp
        crops = load_crops(self._file)
        self.written = [crop for crop in crops if len(crop.marks)]
        self.empty = [crop for crop in crops if not len(crop.marks)]
        self._written_share = _shares(
            [crop.weight * len(crop.marks) for crop in self.written]
        )
        self._empty_share = _shares([crop.weight for crop in self.empty])

    def numbers(self, rng: Rng) -> Source:
        crop = self.written[int(np.searchsorted(self._written_share, rng.random()))]
        return Source(
            crop.grey,
            crop.marks,
            crop.tall_px,
            np.zeros((0, 4), np.float32),
            is_partly_known=True,
        )

    def nothing(self, rng: Rng) -> Source:
        crop = self.empty[int(np.searchsorted(self._empty_share, rng.random()))]
        return Source(crop.grey, crop.marks, crop.tall_px, np.zeros((0, 4), np.float32))


def _shares(weights: list[float]) -> npt.NDArray[np.float64]:
    total = np.cumsum(np.array(weights, np.float64))
    return np.asarray(total / total[-1])


def _composed(rng: Rng, data_dir: Path, settings: SampleSettings) -> Iterator[Source]:
    hands = load_hands(data_dir, settings.part)
    network = None if settings.detector is None else MarksNetwork(settings.detector)
    while True:
        patch = compose(rng, hands)
        source = source_of(patch.grey, patch.marks, patch.regions)
        if network is not None and (len(patch.marks) or not patch.has_numbers):
            found, classes = proposals(network, patch)
            columns = np.column_stack([classes, found.boxes]).astype(np.float32)
            source = replace(source, proposals=columns)
        yield source


def source_of(grey: Grey, marks: Floats, regions: Floats) -> Source:
    digits = marks[marks[:, 0] < len(DIGITS)]
    some = digits if len(digits) else marks
    tall = float(np.median(some[:, 4] - some[:, 2])) if len(some) else 24.0
    return Source(grey, marks, tall, regions[regions[:, 0] == WORDS, 1:])


def proposals(
    network: MarksNetwork, patch: Patch
) -> tuple[Found, npt.NDArray[np.int64]]:
    """The network's boxes, each with the class of the mark it is on, or of none."""
    found = peaks_of(network(patch.grey), PeakSettings(least_centre=_LEAST_PROPOSED))
    unknown = patch.regions[patch.regions[:, 0] == UNKNOWN, 1:]
    classes = np.full(len(found), _UNSURE)
    for index, box in enumerate(found.boxes):
        same = (
            _same_share(box, patch.marks[:, 1:])
            if len(patch.marks)
            else np.zeros(1, np.float32)
        )
        if same.max() > _PROPOSED_MARK:
            classes[index] = patch.marks[int(same.argmax()), 0]
        elif same.max() < _PROPOSED_NONE and not (
            len(unknown) and (share_of_smaller(box, unknown) > 0).any()
        ):
            classes[index] = CLASS_OF[OTHER]
    sure = np.flatnonzero(classes != _UNSURE)
    return found.take(sure), classes[sure]


def _sample(
    rng: Rng, pages: _Pages, real: _Real | None, settings: SampleSettings
) -> tuple[Floats, int]:
    """One close-up and its class."""
    kind = rng.random()
    for _ in range(40):
        is_real = real is not None and rng.random() < settings.real
        if kind < settings.digits + settings.signs:
            wants_sign = kind >= settings.digits
            # Signs on real pictures are guesses: they are learned from composed ones.
            source = (
                real.numbers(rng)
                if real is not None and is_real and not wants_sign
                else pages.any(rng)
            )
            proposed = len(source.proposals) > 0 and rng.random() < settings.proposed
            low, high = (
                (len(DIGITS), CLASS_OF[OTHER]) if wants_sign else (0, len(DIGITS))
            )
            choice = source.of_class(low, high, proposed=proposed)
            if not len(choice):
                continue
            mark = choice[int(rng.integers(len(choice)))]
            lone = (
                not wants_sign and rng.random() < settings.lone
            )  # a sign that stands alone is none
            if rng.random() < settings.cut:
                source, mark = _cut_a_little(rng, source, mark)
            return closeup_of(rng, source, mark[1:], settings, is_lone=lone), int(
                mark[0]
            )
        source = _nothing_source(rng, pages, real, is_real=is_real)
        mistaken = source.of_class(CLASS_OF[OTHER], len(CLASSES), proposed=True)
        box: Floats | None
        if len(mistaken) and rng.random() < settings.proposed:
            box = mistaken[int(rng.integers(len(mistaken))), 1:]
        elif rng.random() < settings.cut_off:
            source, box = _cut_off(rng, source)
        else:
            box = no_mark(rng, source)
        if box is not None:
            lone = rng.random() < settings.lone
            return closeup_of(rng, source, box, settings, is_lone=lone), CLASS_OF[OTHER]
    return np.zeros((SIZE_PX, SIZE_PX), np.float32), CLASS_OF[OTHER]


def _nothing_source(
    rng: Rng, pages: _Pages, real: _Real | None, *, is_real: bool
) -> Source:
    if real is None or not is_real:
        return pages.any(rng)
    return real.nothing(rng) if rng.random() < 0.6 else real.numbers(rng)


def no_mark(rng: Rng, source: Source) -> Floats | None:
    """A box that may pass for a mark: a letter, half a digit, a rule, blank paper."""
    kind = rng.random()
    letters = source.marks[source.marks[:, 0] == CLASS_OF[OTHER], 1:]
    digits = source.of_class(0, len(DIGITS))[:, 1:]
    if kind < 0.35 and len(letters):
        found: Floats = letters[int(rng.integers(len(letters)))]
        return found
    if kind < 0.55 and len(source.words):
        return _within(
            rng, source.words[int(rng.integers(len(source.words)))], source.tall_px
        )
    if kind < 0.8 and len(digits):
        piece = _piece(rng, digits)
        # With a narrow 1 beside it a digit is still nearly all of the box.
        return piece if _same_share(piece, digits).max() < _SAME_MARK else None
    if source.is_partly_known:
        return None
    for _ in range(8):
        box = _anywhere(rng, source)
        if (
            not len(source.marks)
            or not (share_of_smaller(box, source.marks[:, 1:]) > 0.25).any()
        ):
            return box
    return None


def _cut_off(rng: Rng, source: Source) -> tuple[Source, Floats | None]:
    """The picture cut through a digit, and the part of the digit that is left.

    Less than half of the digit is left.
    """
    digits = source.of_class(0, len(DIGITS))[:, 1:]
    if not len(digits):
        return source, None
    return _cut_through(
        rng, source, digits[int(rng.integers(len(digits)))], rng.uniform(0.12, 0.48)
    )


def _cut_a_little(rng: Rng, source: Source, mark: Floats) -> tuple[Source, Floats]:
    """The picture without a part of the mark at its edge; most of the mark is left."""
    cut, box = _cut_through(rng, source, mark[1:], rng.uniform(0.6, 0.95))
    return (
        (source, mark) if box is None else (cut, np.array([mark[0], *box], np.float32))
    )


def _cut_through(
    rng: Rng, source: Source, box: Floats, share: float
) -> tuple[Source, Floats | None]:
    """The picture cut so that a share of the box remains, and the part that remains.

    The part is None if hardly a pixel remains.
    """
    left, top, right, bottom = (float(side) for side in box)
    wide, high = right - left, bottom - top
    grey, part = source.grey, (left, top, right, bottom)
    side = rng.random()
    if side < 0.35:
        part = left, top, left + share * wide, bottom
        grey = grey[:, : max(1, round(part[2]))]
    elif side < 0.7:
        grey, part = (
            grey[:, max(0, round(right - share * wide)) :],
            (0.0, top, share * wide, bottom),
        )
    elif side < 0.85:
        part = left, top, right, top + share * high
        grey = grey[: max(1, round(part[3]))]
    else:
        grey, part = (
            grey[max(0, round(bottom - share * high)) :],
            (left, 0.0, right, share * high),
        )
    if min(grey.shape, default=0) < 4 or min(part[2] - part[0], part[3] - part[1]) < 2:
        return source, None
    return replace(source, grey=np.ascontiguousarray(grey)), np.array(part, np.float32)


def _within(rng: Rng, word: Floats, tall: float) -> Floats:
    """A box of a digit's size, on a word."""
    high = tall * rng.uniform(0.5, 1.15)
    wide = high * rng.uniform(0.35, 1.0)
    x = rng.uniform(word[0], max(word[2] - wide, word[0] + 1))
    y = rng.uniform(word[1] - 0.1 * high, max(word[3] - high, word[1] + 1))
    return np.array([x, y, x + wide, y + high], np.float32)


def _piece(rng: Rng, digits: Floats) -> Floats:
    """Half a digit, the gap between two, or two as one."""
    index = int(rng.integers(len(digits)))
    left, top, right, bottom = (float(side) for side in digits[index])
    wide, high = right - left, bottom - top
    kind = rng.random()
    if kind < 0.5:
        share = rng.uniform(0.35, 0.58)
        is_cut_across, is_first = rng.random() < 0.7, rng.random() < 0.5
        if is_cut_across and is_first:
            bottom = top + share * high
        elif is_cut_across:
            top = bottom - share * high
        elif is_first:
            right = left + share * wide
        else:
            left = right - share * wide
        return np.array([left, top, right, bottom], np.float32)
    middles = middles_y(digits)
    is_next = (digits[:, 0] > left + 0.5 * wide) & (digits[:, 0] < right + 0.5 * high)
    beside = digits[is_next & (np.abs(middles - (top + bottom) / 2) < 0.3 * high)]
    if len(beside):
        other = beside[int(beside[:, 0].argmin())]
        if kind < 0.75:
            x = float(right + other[0]) / 2
            return np.array([x - 0.3 * high, top, x + 0.3 * high, bottom], np.float32)
        return np.array(
            [left, min(top, other[1]), other[2], max(bottom, other[3])], np.float32
        )
    shift = high * rng.uniform(0.5, 0.8) * rng.choice([-1, 1])
    return np.array([left, top + shift, right, bottom + shift], np.float32)


def _anywhere(rng: Rng, source: Source) -> Floats:
    height, width = source.grey.shape
    high = min(source.tall_px * float(np.exp(rng.normal(-0.1, 0.35))), height)
    wide = high * float(np.exp(rng.normal(-0.6, 0.4)))
    if rng.random() < 0.2:
        high *= 0.3
    x, y = (
        rng.uniform(0, max(1.0, width - wide)),
        rng.uniform(0, max(1.0, height - high)),
    )
    return np.array([x, y, x + wide, y + high], np.float32)


def _same_share(box: Floats, boxes: Floats) -> Floats:
    """The intersection over union (IoU) of the box and each of the others."""
    shared = shared_area(box, boxes)
    joint = areas(box[None]) + areas(boxes) - shared
    found: Floats = shared / np.maximum(joint, 1e-6)
    return found


def closeup_of(
    rng: Rng, source: Source, box: Floats, settings: SampleSettings, *, is_lone: bool
) -> Floats:
    """The close-up of a slightly inexact box, of a page turned and bent a little."""
    left, top, right, bottom = (float(side) for side in box)
    longest = max(right - left, bottom - top)
    off = rng.normal(0, settings.off_box * longest, 4)
    height = (
        0.0
        if is_lone
        else source.tall_px * float(np.exp(rng.normal(0, settings.off_height)))
    )
    near = [
        left + off[0],
        top + off[1],
        max(right + off[2], left + off[0] + 2),
        max(bottom + off[3], top + off[1] + 2),
    ]
    x, y, side = window_of(near, height)
    grey, shade = source.grey, edge_shade(source.grey)
    if rng.random() < 0.6:
        grey, x, y = _bent(rng, grey, (x, y, side), shade, settings)
    window = cut_window(grey, x, y, side, shade)
    return papers.seen_again(rng, in_even_contrast(window), noisy=0.2)


def _bent(
    rng: Rng,
    grey: Grey,
    window: tuple[int, int, int],
    shade: int,
    settings: SampleSettings,
) -> tuple[Grey, int, int]:
    """The page around the window, turned, leaning and stretched about its middle."""
    x, y, side = window
    turn = np.deg2rad(rng.normal(0, settings.turned_degrees))
    lean = rng.normal(0, settings.leaning)
    across, down = np.exp(rng.normal(0, settings.stretched, 2))
    matrix = np.array(
        [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    ) @ np.array([[across, lean], [0, down]])
    reach = side + 4
    middle = np.array([x + side / 2, y + side / 2])
    shift = np.array([reach / 2, reach / 2]) - matrix @ middle
    full = np.concatenate([matrix, shift[:, None]], axis=1)
    bent = cv2.warpAffine(
        grey, full, (reach, reach), flags=cv2.INTER_LINEAR, borderValue=(shade,)
    )
    return np.asarray(bent, np.uint8), 2, 2
