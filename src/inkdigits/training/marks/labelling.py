"""The boxes of the digits in real numbers: the network's boxes, if they spell the text.

    NumberPicture + network → at several sizes: candidates → the likeliest way to spell the text
    from left to right
    → the size that spells it best → Crop (marks, and regions of which nothing is known)

Repeated after each stage of the training: doubtful boxes are often found the next time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.real_numbers import NumberPicture
from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS
from inkdigits.reading.marks.boxes import (
    areas,
    from_left,
    heights,
    middles_x,
    middles_y,
    shared_area,
    widths,
)
from inkdigits.reading.marks.found import Found, PeakSettings, peaks_of
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.naming import named
from inkdigits.synthesis.patches import UNKNOWN, WORDS
from inkdigits.training.marks.mosaics import Crop

Grey = npt.NDArray[np.uint8]
Run = Callable[[Grey], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """When a spelling is accepted."""

    heights_px: tuple[int, ...] = (40, 56, 78, 110)  # the sizes a picture is tried at
    least_candidate: float = 0.05  # sureness of being a mark at all
    least_mean: float = 0.45  # geometric mean of the digits' probabilities
    # Of the worst digit: one may be unknown to the network as yet
    least_one: float = 0.04
    # A digit this sure that the text does not have: not believed
    surely_more: float = 0.6
    likely_sign: float = 0.35


SETTINGS = LabelSettings()


def label(
    picture: NumberPicture,
    run: Run,
    glyphs: GlyphNetwork | None = None,
    settings: LabelSettings = SETTINGS,
) -> Crop | None:
    """The picture with its digits' boxes; None where the networks cannot spell its text.

    Without a glyph network, as before one is trained, the marks network says alone what the marks
    are.
    """
    best: tuple[float, Found, list[int], float] | None = None
    for height in settings.heights_px:
        scale = height / picture.grey.shape[0]
        found = _candidates(picture.grey, scale, run, settings)
        if glyphs is not None and len(found):
            found = named(picture.grey, found, glyphs)
        for digits in picture.digits:
            spelled = _spelled(picture, found, digits)
            if spelled is not None and (best is None or spelled[0] > best[0]):
                best = spelled[0], found, spelled[1], scale
    if best is None or not _believed(picture, best, settings):
        return None
    return _crop(picture, best[1], best[2], settings)


def _candidates(grey: Grey, scale: float, run: Run, settings: LabelSettings) -> Found:
    small = cv2.resize(
        grey,
        None,
        fx=scale,
        fy=scale,
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    found = peaks_of(run(small), PeakSettings(least_centre=settings.least_candidate))
    found = found.scaled(1 / scale)
    return found.take(from_left(found.boxes))


def _in_cell(
    picture: NumberPicture, boxes: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    height, width = picture.grey.shape
    x, y = middles_x(boxes) / width, middles_y(boxes) / height
    left, top, right, bottom = picture.cell
    return (x >= left) & (x <= right) & (y >= top) & (y <= bottom)


def _spelled(
    picture: NumberPicture, found: Found, digits: str
) -> tuple[float, list[int]] | None:
    """The likeliest candidates, from left to right, that spell the digits.

    Their mean log probability.
    """
    inside = np.flatnonzero(_in_cell(picture, found.boxes))
    if len(inside) < len(digits) or not digits:
        return None
    some = found.take(inside)
    logs = np.log(np.maximum(some.centre[:, None] * some.classes, 1e-6))
    middle = middles_x(some.boxes)
    width = widths(some.boxes)
    count = len(some)
    total = np.full((len(digits), count), -np.inf)
    back = np.zeros((len(digits), count), int)
    total[0] = logs[:, CLASS_OF[digits[0]]]
    for place in range(1, len(digits)):
        for index in range(count):
            before = middle + 0.3 * np.minimum(width, width[index]) < middle[index]
            if not before.any():
                continue
            choice = np.where(before, total[place - 1], -np.inf)
            back[place, index] = int(choice.argmax())
            total[place, index] = choice.max() + logs[index, CLASS_OF[digits[place]]]
    last = int(total[-1].argmax())
    if not np.isfinite(total[-1, last]):
        return None
    chosen = [last]
    for place in range(len(digits) - 1, 0, -1):
        chosen.append(back[place, chosen[-1]])
    return float(total[-1, last] / len(digits)), [
        int(inside[index]) for index in reversed(chosen)
    ]


def _believed(
    picture: NumberPicture,
    best: tuple[float, Found, list[int], float],
    settings: LabelSettings,
) -> bool:
    score, found, chosen, _ = best
    if score < np.log(settings.least_mean):
        return False
    digits = _text_of(picture, len(chosen))
    each = [
        float(found.centre[index] * found.classes[index, CLASS_OF[digit]])
        for index, digit in zip(chosen, digits, strict=True)
    ]
    if min(each) < settings.least_one:
        return False
    boxes = found.boxes[chosen]
    tall = heights(boxes)
    if tall.max() > 3.5 * tall.min():
        return False
    others = [index for index in range(len(found)) if index not in chosen]
    left, right = boxes[:, 0].min(), boxes[:, 2].max()
    top, bottom = boxes[:, 1].min(), boxes[:, 3].max()
    for index in others:
        sure = found.centre[index] * found.digit_share[index]
        x, y = found.boxes[index, ::2].mean(), found.boxes[index, 1::2].mean()
        among = left < x < right and top < y < bottom
        if (
            among
            and sure > settings.surely_more
            and not _covered(found.boxes[index], boxes)
        ):
            return False
    return True


def _text_of(picture: NumberPicture, count: int) -> str:
    return next(digits for digits in picture.digits if len(digits) == count)


def _covered(box: npt.NDArray[np.float32], boxes: npt.NDArray[np.float32]) -> bool:
    """Whether another box has most of this one: the same mark found twice."""
    return bool((shared_area(box, boxes) > 0.5 * areas(box[None])).any())


def _crop(
    picture: NumberPicture, found: Found, chosen: list[int], settings: LabelSettings
) -> Crop:
    """The chosen digits as marks, likely signs too.

    Other possible marks count as unknown, the rest as background.
    """
    height, width = picture.grey.shape
    boxes = found.boxes[chosen]
    digits = _text_of(picture, len(chosen))
    marks = [
        (CLASS_OF[digit], *box)
        for digit, box in zip(digits, boxes.tolist(), strict=True)
    ]
    regions: list[tuple[float, ...]] = []
    tall = float(np.median(heights(boxes)))
    left, right = float(boxes[:, 0].min()), float(boxes[:, 2].max())
    for index in range(len(found)):
        if index in chosen or _covered(found.boxes[index], boxes):
            continue
        best = int(found.classes[index].argmax())
        sure = float(found.centre[index] * found.classes[index, best])
        box = found.boxes[index].tolist()
        among = left < (box[0] + box[2]) / 2 < right
        if (
            CLASSES[best] in ".,-/"
            and sure > settings.likely_sign
            and (among or sure > 0.6)
        ):
            marks.append((best, *box))
        elif found.centre[index] > 0.1 and (among or best >= len(DIGITS)):
            # Beyond the number a digit is none: a rule, or a neighbour's cut-off part. A sign may
            # be one.
            spare = 0.15 * tall
            regions.append(
                (
                    UNKNOWN,
                    box[0] - spare,
                    box[1] - spare,
                    box[2] + spare,
                    box[3] + spare,
                )
            )
    if picture.cell != (0.0, 0.0, 1.0, 1.0):
        cell_left, cell_right = picture.cell[0] * width, picture.cell[2] * width
        top, bottom = picture.cell[1] * height, picture.cell[3] * height
        top, bottom = (
            min(top, float(boxes[:, 1].min())),
            max(bottom, float(boxes[:, 3].max())),
        )
        cell_left, cell_right = min(cell_left, left), max(cell_right, right)
        regions += [
            (UNKNOWN, 0, 0, width, top),
            (UNKNOWN, 0, bottom, width, height),
            (UNKNOWN, 0, 0, cell_left, height),
            (UNKNOWN, cell_right, 0, width, height),
        ]
    sure_of_all = float(
        np.min(
            [
                found.centre[i] * found.classes[i, CLASS_OF[d]]
                for i, d in zip(chosen, digits, strict=True)
            ]
        )
    )
    # What the network is sure of already teaches little: it is drawn less often.
    weight = 0.5 if sure_of_all > 0.8 else 1.0 if sure_of_all > 0.4 else 2.0
    return Crop(picture.grey, _rows(marks), _rows(regions), tall, weight)


def words(pictures: Iterable[NumberPicture], weight: float) -> list[Crop]:
    """Pictures of words: anything found on them is neither a digit nor a sign."""
    crops = []
    for picture in pictures:
        if not any(character.isalpha() for character in picture.signs):
            continue
        height, width = picture.grey.shape
        region = (WORDS, 0, 0, width, height)
        crops.append(
            Crop(picture.grey, _rows([]), _rows([region]), 0.45 * height, weight)
        )
    return crops


def blank_cells(pictures: Grey, weight: float) -> list[Crop]:
    """Ruled cells with nothing in them."""
    return [
        Crop(picture, _rows([]), _rows([]), 0.6 * picture.shape[0], weight)
        for picture in pictures
    ]


def _rows(rows: Sequence[tuple[float, ...]]) -> npt.NDArray[np.float32]:
    return np.array(rows, np.float32).reshape(-1, 5)
