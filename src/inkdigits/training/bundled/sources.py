"""The training samples: all open data sets, part of each held out by writer or file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data import load
from inkdigits.data.catalog import LOOK_ALIKES
from inkdigits.data.dataset import NOT_A_DIGIT
from inkdigits.data.named import for_testing, open_npz
from inkdigits.data.strokes import Stroke, load_strokes
from inkdigits.reading.glyphs import frame
from inkdigits.reading.marks.whole import all_ink
from inkdigits.synthesis.canvas import CANVAS_PX, draw
from inkdigits.synthesis.variants import closed_four, four_with_loop

REFUSED = 10  # the class "no digit", after the ten digits
_VALIDATION_EVERY = 7  # one writer or file in seven is held out
# Hardly any writer here closes the top of a 4. Where fours are to close: the shares of those in
# pen strokes that are closed, if they are open ones, and that are a 9 with a bar instead.
_CLOSED, _BARRED_NINES = 0.3, 0.3

Canvas = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Source:
    """Samples of one kind, with high values for ink.

    `draw` gives one on a canvas, `glyph` one framed. `share` is how often an epoch has
    each.
    """

    name: str
    labels: npt.NDArray[np.int64]
    draw: Callable[[int, np.random.Generator], Canvas]
    glyph: Callable[[int, np.random.Generator], Canvas]
    share: float


def sources(
    data_dir: Path, *, held_out: bool, closed_fours: bool = False
) -> list[Source]:
    """The sources for training, or those held out for validation (`held_out`).

    Writers and files are held out whole. With `closed_fours`, many fours of pen strokes close.
    """
    strokes = partial(
        _from_strokes, data_dir=data_dir, held_out=held_out, closed_fours=closed_fours
    )
    all_sources = [
        _from_glyphs("mnist", data_dir, 1.0, held_out),
        _from_glyphs("optdigits", data_dir, 2.5, held_out),
        _from_glyphs("swiss", data_dir, 1.0, held_out),
        _from_scans("swiss scans", data_dir, 1.5, held_out),
        strokes("pendigits", "pendigits/pendigits", 2.0),
        strokes("unipen", "unipen/unipen_digits", 2.0),
        strokes("letters", "unipen/unipen_letters", 1.3),
        strokes("symbols", "unipen/unipen_symbols", 1.0),
        _from_glyphs("omniglot", data_dir, 1.0 if held_out else 3.0, held_out),
        _from_glyphs("signs", data_dir, 0.5, held_out),
    ]
    return [source for source in all_sources if len(source.labels)]


def _from_glyphs(name: str, data_dir: Path, share: float, held_out: bool) -> Source:
    dataset = load(name, split="train", data_dir=data_dir)
    labels = np.where(dataset.labels == NOT_A_DIGIT, REFUSED, dataset.labels)
    keep = _kept(len(labels), _groups(name, data_dir, len(labels)), held_out)
    if name == "signs":
        text = open_npz(data_dir / "mdas_symbols/mdas_symbols.npz")
        train = (
            text["labels"][text["split"] != "test"]
            if len(np.unique(text["split"])) > 1
            else text["labels"]
        )
        if len(train) == len(keep):
            keep &= ~np.isin(
                train, ["division_slash", "subtraction_minus", "multiplication_dot"]
            )
    images = dataset.images[keep]
    if name == "omniglot" and not held_out:
        return Source(
            name,
            labels[keep],
            lambda i, rng: enlarged(_turned(images[i], rng)),
            lambda i, rng: _turned(images[i], rng),
            share,
        )
    return Source(
        name,
        labels[keep],
        lambda index, _: enlarged(images[index]),
        lambda index, _: images[index],
        share,
    )


def _turned(glyph: Canvas, rng: np.random.Generator) -> Canvas:
    """A sign of another script, turned or mirrored at random: as good as a new sign."""
    quarters = int(rng.integers(4))
    turned = np.rot90(glyph, quarters)
    if rng.random() >= 0.5:
        turned = turned.T
    return np.ascontiguousarray(turned)


def _from_scans(name: str, data_dir: Path, share: float, held_out: bool) -> Source:
    """The Swiss scans, dark on grey, through the reader's own preprocessing.

    This is how users' pictures look.
    """
    arrays = open_npz(data_dir / "swiss_numbers/swiss_numbers.npz")
    rows = np.flatnonzero(~for_testing(arrays["writer"]))
    rows = rows[_kept(len(rows), arrays["writer"][rows], held_out)]
    images = arrays["images"]
    labels = arrays["labels"][rows].astype(np.int64)

    @cache  # each is cut out once, when it is first drawn
    def canvas_and_glyph(index: int) -> tuple[Canvas, Canvas]:
        ink = all_ink(255 - images[rows[index]])
        return fitted(ink), frame(ink)

    return Source(
        name,
        labels,
        lambda index, _: canvas_and_glyph(index)[0],
        lambda index, _: canvas_and_glyph(index)[1],
        share,
    )


def fitted(ink: Canvas) -> Canvas:
    """The ink in the middle of a canvas, its longer side as long as drawn strokes'."""
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.uint8)
    left, top, width, height = cv2.boundingRect(ink)
    if not width:
        return canvas
    scale = 42 / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(
        ink[top : top + height, left : left + width], size, interpolation=cv2.INTER_AREA
    )
    x = (CANVAS_PX - size[0]) // 2
    y = (CANVAS_PX - size[1]) // 2
    canvas[y : y + size[1], x : x + size[0]] = small
    return canvas


def enlarged(glyph: npt.NDArray[np.uint8]) -> Canvas:
    """A 28×28 glyph in the middle of a canvas, at twice its size."""
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.uint8)
    rim = (CANVAS_PX - 56) // 2
    canvas[rim : rim + 56, rim : rim + 56] = cv2.resize(
        glyph, (56, 56), interpolation=cv2.INTER_LINEAR
    )
    return canvas


def _from_strokes(
    name: str,
    stem: str,
    share: float,
    *,
    data_dir: Path,
    held_out: bool,
    closed_fours: bool,
) -> Source:
    arrays = open_npz(data_dir / f"{stem}.npz")
    lines = load_strokes(data_dir / f"{stem}_strokes.json.gz")
    training = _training_rows(name, arrays)
    digits = name in ("pendigits", "unipen")
    if not digits:
        # An O or an l as a non-digit would teach the network to refuse digits.
        training &= ~np.isin(arrays["labels"], list(LOOK_ALIKES))
    # A few samples have no strokes.
    training &= np.array([bool(sample) for sample in lines])
    rows = np.flatnonzero(training)
    group = arrays["source_file"][rows] if "source_file" in arrays else None
    rows = rows[_kept(len(rows), group, held_out)]
    chosen: list[list[Stroke]] = [lines[int(row)] for row in rows]
    labels = (
        arrays["labels"][rows].astype(np.int64)
        if digits
        else np.full(len(rows), REFUSED)
    )

    nines = fours_of(chosen, labels) if closed_fours else []

    def drawn(index: int, rng: np.random.Generator) -> Canvas:
        strokes = chosen[index]
        if labels[index] == 4 and closed_fours:
            strokes = open_or_closed(strokes, nines, rng)
        return draw(strokes, rng)

    return Source(
        name, labels, drawn, lambda index, rng: frame(drawn(index, rng)), share
    )


def fours_of(
    samples: Sequence[list[Stroke]], labels: npt.NDArray[np.int64]
) -> list[list[Stroke]]:
    """The fours that are made of a set's nines."""
    made = (
        four_with_loop(samples[int(index)]) for index in np.flatnonzero(labels == 9)
    )
    return [four for four in made if four is not None]


def open_or_closed(
    four: list[Stroke], of_nines: Sequence[list[Stroke]], rng: np.random.Generator
) -> list[Stroke]:
    """The strokes of a 4, or the same with a closed top, or a 9 with a bar."""
    way = rng.random()
    if of_nines and way < _BARRED_NINES:
        return of_nines[int(rng.integers(len(of_nines)))]
    if way > 1 - _CLOSED:
        return closed_four(four) or four
    return four


def _training_rows(
    name: str, arrays: dict[str, npt.NDArray[np.generic]]
) -> npt.NDArray[np.bool_]:
    """The rows of the training split, as in `inkdigits.data`."""
    if "split" in arrays:
        return arrays["split"] == "train"
    # A set without a split of its own is split by its writers.
    return ~for_testing(arrays["source_file"])


def _groups(name: str, data_dir: Path, count: int) -> npt.NDArray[np.generic] | None:
    if name != "swiss":
        return None
    arrays = open_npz(data_dir / "swiss_numbers/swiss_numbers.npz")
    writers = arrays["writer"][~for_testing(arrays["writer"])]
    return writers if len(writers) == count else None


def _kept(
    count: int, groups: npt.NDArray[np.generic] | None, held_out: bool
) -> npt.NDArray[np.bool_]:
    """Every seventh writer or file (or run of a hundred samples) is held out."""
    index = (
        np.unique(groups, return_inverse=True)[1]
        if groups is not None
        else np.arange(count) // 100
    )
    held = index % _VALIDATION_EVERY == 3
    return held if held_out else ~held
