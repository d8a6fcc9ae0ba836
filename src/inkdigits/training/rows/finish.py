"""From a checkpoint to the bundled file: in whole numbers, with fitted weights beside marks."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.data.real_numbers import runs
from inkdigits.reading.marks.alphabet import digits_in
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers.columns import Columns
from inkdigits.reading.numbers.pages import PageReader
from inkdigits.reading.numbers.row_network import RowNetworks
from inkdigits.reading.numbers.rows import Row, is_digit
from inkdigits.reading.numbers.together import TogetherSettings, read_row
from inkdigits.reading.numbers.writing import plain
from inkdigits.training.marks.heldout import HeldOut, held_out
from inkdigits.training.quantize import quantize, set_facts
from inkdigits.training.rows.net import build
from inkdigits.training.rows.samples import SAMPLES, Sources, StripSamples, samples
from inkdigits.training.rows.train import export
from inkdigits.training.stages import CHECKPOINT, Build

_RANGES = 160  # strips from which the ranges of whole numbers are taken
_MOST = 300  # held-out pictures of each kind
_NEVER = -8.0  # the log share of a right text that is not among those read
_BY_MARKS, _UNFOUND = (0.15, 0.3, 0.5, 0.75, 1.0), (-2.0, -3.0, -4.0, -6.0, -9.0)
_MALFORMED = (0.0, 1.0, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of a held-out picture with its strip, and the texts that would be right."""

    kind: str
    row: Row
    looks: list[Columns]
    right: frozenset[str]
    signs: bool


def write(
    sources: Sources,
    run: Path,
    output: Path,
    network: Build = build,
    settings: StripSamples = SAMPLES,
    earlier: Path | None = None,
) -> None:
    """Writes the network of a run. How it counts beside the marks is not known yet.

    With the weights of an earlier round, it is the mean of both.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        exact = Path(name) / "exact.onnx"
        step = export(run / CHECKPOINT, exact, network, earlier)
        facts: dict[str, Any] = {"step": step, "high_px": settings.high_px}
        quantize(exact, _strips(sources, settings), output, facts, exact_ends=True)


def weigh(
    data_dir: Path, networks: RowNetworks, say: Callable[[str], None]
) -> dict[str, Any]:
    """Fits how both networks count beside the marks, and writes it to the quick one's file.

    Gives how many held-out rows are read right by each way, and by all.
    """
    rows = list(_shown(data_dir, networks))
    best = max(
        (
            TogetherSettings(by_marks=marks, unfound=unfound, malformed=malformed)
            for marks, unfound, malformed in product(_BY_MARKS, _UNFOUND, _MALFORMED)
        ),
        key=lambda settings: _likelihood(rows, settings),
    )
    together = {
        "by_marks": best.by_marks,
        "by_columns": best.by_columns,
        "unfound": best.unfound,
        "malformed": best.malformed,
    }
    set_facts(networks.quick.path, networks.quick.facts | {"together": together})
    quick = [replace(shown, looks=shown.looks[:1]) for shown in rows]
    by_kind = {
        "by_both": _right(rows, best),
        "quick_alone": _right(quick, best),
        "by_marks": _right(rows, TogetherSettings(only_marks=True)),
        "by_columns": _right(rows, TogetherSettings(by_marks=0.0, unfound=0.0)),
    }
    say(json.dumps({**asdict(best), **by_kind}))
    steps = {
        "step": networks.quick.facts["step"],
        "closer_step": networks.closer.facts["step"],
    }
    return {**steps, "together": together, "held_out_rows": len(rows), **by_kind}


def _strips(sources: Sources, settings: StripSamples) -> Iterator[Floats]:
    strips = samples(np.random.default_rng(6), sources, settings)
    for strip, _ in islice(strips, _RANGES):
        yield strip[None, ..., None]


def _shown(data_dir: Path, networks: RowNetworks) -> Iterator[Shown]:
    """Rows of held-out pictures, at least one of whose numbers they may be."""
    reader = PageReader(MarksNetwork(), GlyphNetwork(), 0.5)
    for picture in held_out(data_dir, "validation", _MOST):
        right = frozenset(_texts(picture))
        rows = reader.rows(picture.grey) if right else []
        # On a picture of one number the other rows are of something else.
        some = (
            rows
            if len(picture.texts) > 1
            else sorted(rows, key=lambda row: -row.score)[:1]
        )
        for row in some:
            boxes = row.marks.boxes
            digits = boxes[is_digit(row.marks)]
            looks = list(networks.looks(picture.grey, boxes, digits, row.height))
            yield Shown(picture.kind.split()[0], row, looks, right, picture.signs)


def _texts(picture: HeldOut) -> set[str]:
    if picture.signs:
        return {plain(text) for text in picture.texts}.union(
            *(runs(text) for text in picture.texts)
        )
    return {digits for choices in picture.digits for digits in choices}


def _likelihood(rows: list[Shown], settings: TogetherSettings) -> float:
    """The mean log share of the right text, each kind of picture counting alike."""
    logs: dict[str, list[float]] = {}
    for shown in rows:
        together = read_row(shown.row, shown.looks, None, settings)
        texts = together.texts if together is not None else []
        right = [
            written.log
            for written in texts
            if _as_known(written.text, shown) in shown.right
        ]
        logs.setdefault(shown.kind, []).append(max(right, default=_NEVER))
    return float(np.mean([np.mean(each) for each in logs.values()]))


def _as_known(text: str, shown: Shown) -> str:
    """The text as its picture's label has it: with signs, or by its digits alone."""
    return plain(text) if shown.signs else digits_in(text)


def _right(rows: list[Shown], settings: TogetherSettings) -> dict[str, float]:
    """The share of each kind's rows that are read right."""
    right: dict[str, list[bool]] = {}
    for shown in rows:
        together = read_row(shown.row, shown.looks, None, settings)
        text = together.texts[0].text if together is not None else ""
        right.setdefault(shown.kind, []).append(_as_known(text, shown) in shown.right)
    return {
        kind: round(float(np.mean(each)), 4) for kind, each in sorted(right.items())
    }
