"""An epoch's lines, drawn afresh from seed and epoch in a process beside the training, in batches of like width."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data import composed
from inkdigits.data.photographed import photo
from inkdigits.reading.lines import lines_of
from inkdigits.reading.sheet import DARK, FAINT, Look, other_sheets_of, sheet_of
from inkdigits.reading.strip import HEIGHT_PX, strip_of
from inkdigits.training.bundled import sources
from inkdigits.training.lines.net import NOTHING
from inkdigits.training.lines.rows import Hands, Rng, Sample, drawn_row, row_of_one_hand, strings

BATCH, WIDEST_PX, LONGEST = 64, 640, 40
STRINGS_SHARE, PAGES_SHARE, PHOTOS_SHARE = 0.12, 0.25, 0.03
_WIDTH_STEP = 32
_FAINT_SHARE = 0.25
_MOST_OF_ROW = 0.4


@dataclass(frozen=True)
class Batch:
    """Strips of one width, (N, 32, W), and the digits on them, `NOTHING` where there is no more."""

    ink: npt.NDArray[np.uint8]
    digits: npt.NDArray[np.int32]


def epochs(data_dir: Path, seed: int, first: int, last: int, lines: int) -> Iterator[list[Batch]]:
    """The batches of each epoch in turn; the next epoch's are drawn by another process meanwhile."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        coming = pool.submit(draw_epoch, data_dir, seed, first, lines)
        for epoch in range(first, last + 1):
            ready = coming.result()
            if epoch < last:
                coming = pool.submit(draw_epoch, data_dir, seed, epoch + 1, lines)
            yield ready


def draw_epoch(data_dir: Path, seed: int, epoch: int, lines: int, *, held_out: bool = False) -> list[Batch]:
    """`lines` lines: composed rows, UNIPEN's strings, and lines that went through the reader's road from a page or a photo.

    The first epoch goes from short lines to long ones: where a digit stands is learned on short ones, or not for a long time.
    """
    cv2.setNumThreads(1)
    hands, string = _sources(data_dir, held_out)
    rng = np.random.default_rng([seed, epoch])
    samples: list[Sample] = []
    while len(samples) < lines:
        kind = rng.random()
        if kind < STRINGS_SHARE:
            samples.append(string(rng))
        elif kind < STRINGS_SHARE + PAGES_SHARE / 2.5:  # a page holds two and a half lines
            samples += page_lines(rng, hands)
        elif kind > 1 - PHOTOS_SHARE:
            samples += photo_line(rng, hands)
        else:
            samples.append(drawn_row(rng, hands))
    kept = [sample for sample in samples if sample[0].shape[1] <= WIDEST_PX and len(sample[1]) <= LONGEST]
    return _batched(kept, rng, short_first=epoch == 1)


@cache
def _sources(data_dir: Path, held_out: bool) -> tuple[Hands, Callable[[Rng], Sample]]:
    return Hands.of(sources.sources(data_dir, held_out=held_out)), strings(data_dir, held_out=held_out)


def page_lines(rng: Rng, hands: Hands) -> list[Sample]:
    """The lines of one composed page as the reader finds them; none where it finds more or fewer than there are."""
    page = composed.compose(rng, lambda rng: hand_of(rng, hands), composed.KINDS[int(rng.integers(len(composed.KINDS)))])
    sheet = sheet_of(page.grey, look=_either(rng))
    found = lines_of(sheet.boxes)
    if page.kind == "tilted" or len(found) != len(page.lines):
        return []
    return [(strip_of(sheet, line).ink, text) for line, text in zip(found, page.lines, strict=True)]


def photo_line(rng: Rng, hands: Hands) -> list[Sample]:
    """The one line of a number in a photo as the reader finds it; none where it finds more or none."""
    ink, text = row_of_one_hand(rng, hands)
    left, top, width, height = cv2.boundingRect(ink)
    picture = np.asarray(photo(ink[top : top + height, left : left + width], rng).convert("L"))
    sheet = sheet_of(picture, look=_either(rng)) if rng.random() < 0.5 else next(other_sheets_of(picture))
    found = lines_of(sheet.boxes)
    if len(found) != 1:
        return []
    strip = strip_of(sheet, found[0]).ink
    return [(strip, text)] if strip.shape[1] >= _MOST_OF_ROW * width else []


def _either(rng: Rng) -> Look:
    return FAINT if rng.random() < _FAINT_SHARE else DARK


def hand_of(rng: Rng, hands: Hands) -> composed.Draw:
    """A writer for composed pages: digits of one source."""
    source = hands.digits[int(rng.integers(len(hands.digits)))]

    def draw(rng: Rng) -> tuple[npt.NDArray[np.uint8], int]:
        index = int(rng.integers(len(source.labels)))
        return source.draw(index, rng), int(source.labels[index])

    return draw


def _batched(samples: list[Sample], rng: Rng, *, short_first: bool) -> list[Batch]:
    order = sorted(range(len(samples)), key=lambda index: samples[index][0].shape[1])
    parts = [order[start : start + BATCH] for start in range(0, len(order) - BATCH + 1, BATCH)]
    places = range(len(parts)) if short_first else rng.permutation(len(parts)).tolist()
    return [_batch([samples[index] for index in parts[place]]) for place in places]


def _batch(samples: list[Sample]) -> Batch:
    width = -(-max(ink.shape[1] for ink, _ in samples) // _WIDTH_STEP) * _WIDTH_STEP
    ink = np.zeros((len(samples), HEIGHT_PX, width), np.uint8)
    digits = np.full((len(samples), LONGEST), NOTHING, np.int32)
    for row, (strip, text) in enumerate(samples):
        ink[row, :, : strip.shape[1]] = strip
        digits[row, : len(text)] = [int(sign) for sign in text]
    return Batch(ink, digits)
