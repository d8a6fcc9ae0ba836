"""What a run's network does with digits it was not trained on.

These are a map of its last hidden layer, what activates each unit, and its worst mistakes. They are
computed once per run from its ONNX file, and stored in lab/ in the run folder.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.reading.glyphs import SIZE_PX
from inkdigits.reading.session import PROVIDER
from inkdigits.training.run import parts, read_run, settings_of
from inkdigits.web.lab.network import Inside, look_inside

Floats: TypeAlias = npt.NDArray[np.float32]
Box: TypeAlias = tuple[
    int, int, int, int
]  # left, top, right, bottom; the last two are outside

FOLDER = "lab"  # in the run folder
DESCRIPTION_FILE, NUMBERS_FILE = "examples.json", "examples.bin"
_VERSION = 2  # of the files: others are computed again


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is computed and kept."""

    # Digits on the map: t-SNE takes some seconds for so many, and the page loads 1.3 MB
    digits: int = 1000
    mistakes: int = 200  # the surest; a network of 98 % has as many among 10,000
    batch: int = 250
    # Of t-SNE, its usual one: about how many neighbours each digit has
    perplexity: float = 30.0
    seed: int = 1


EXTENT = Extent()


def example_files(
    run: str | Path, inside: Inside, data_dir: Path | None = None
) -> dict[str, bytes]:
    """The two files that the page reads, from the run's folder or computed now.

    There are none if the run's own data is not available.
    """
    folder = Path(run)
    if not (folder / "run.json").exists():
        return {}
    key = hashlib.sha256(f"{_VERSION} {EXTENT}".encode() + inside.onnx).hexdigest()
    kept = _kept(folder / FOLDER, key)
    if kept:
        return kept
    digits = _unseen(folder, data_dir)
    if digits is None:
        return {}
    files = _computed(inside, digits, key)
    try:
        (folder / FOLDER).mkdir(exist_ok=True)
        for name, content in files.items():
            write_whole(folder / FOLDER / name, content)
    except OSError:
        pass  # a folder that cannot be written costs the time again, and nothing else
    return files


def _kept(folder: Path, key: str) -> dict[str, bytes]:
    try:
        files = {
            name: (folder / name).read_bytes()
            for name in (DESCRIPTION_FILE, NUMBERS_FILE)
        }
        described = json.loads(files[DESCRIPTION_FILE])
    except (OSError, ValueError):
        return {}
    return files if described.get("key") == key else {}


def _unseen(run: Path, data_dir: Path | None) -> Dataset | None:
    """The run's test digits, or its validation digits if there is no test set.

    None where they cannot be had.
    """
    try:
        known = read_run(run)
        settings = settings_of(known)
        _, validation, test = parts(settings, data_dir or known.get("data_dir"))
    except (InkdigitsError, KeyError, TypeError):
        return None
    return validation if test is None else test


def _some_of_each(digits: Dataset) -> Dataset:
    """The first digits of each class, together as many as wanted."""
    each = EXTENT.digits // 10
    places = [np.flatnonzero(digits.labels == digit)[:each] for digit in range(10)]
    return digits.take(np.concatenate(places))


def _computed(inside: Inside, unseen: Dataset, key: str) -> dict[str, bytes]:
    layers = inside.description["layers"]
    last = _last_hidden(layers)
    network = _Run(inside)
    digits = _some_of_each(unseen)
    found = network.over(digits.images, last)
    wrong = _mistakes(network.shares(unseen.images), unseen.labels)
    shown = wrong[: EXTENT.mistakes]
    description = {
        "key": key,
        "data": f"{digits.name} ({digits.split})",
        "layer": last,
        "units": found.hidden.shape[1],
        "labels": digits.labels.tolist(),
        "answers": found.answers.tolist(),
        "points": _map_of(found.hidden).tolist(),
        "strongest": found.strongest,
        "unseen": len(unseen),
        "wrong": len(wrong),
        "mistakes": [
            {"label": one.label, "answer": one.answer, "confidence": one.confidence}
            for one in shown
        ],
    }
    pictures = np.concatenate(
        [digits.images, unseen.images[[one.index for one in shown]]]
    )
    numbers = found.hidden.astype("<f4").tobytes() + pictures.tobytes()
    return {DESCRIPTION_FILE: json.dumps(description).encode(), NUMBERS_FILE: numbers}


@dataclass(frozen=True, slots=True)
class _Mistake:
    index: int
    label: int
    answer: int
    confidence: float


def _mistakes(shares: Floats, labels: npt.NDArray[np.int64]) -> list[_Mistake]:
    """All digits that the network is wrong about, the one it is surest of first."""
    answers = shares.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    found = [
        _Mistake(
            int(index),
            int(labels[index]),
            int(answers[index]),
            round(float(shares[index, answers[index]]), 4),
        )
        for index in wrong
    ]
    return sorted(found, key=lambda mistake: mistake.confidence, reverse=True)


def _last_hidden(layers: list[dict[str, Any]]) -> int:
    """The index of the layer that the last dense layer is computed from."""
    dense = [index for index, layer in enumerate(layers) if layer["kind"] == "dense"]
    last = dense[-1] if dense else len(layers) - 1
    return int(layers[last]["sources"][0])


def _map_of(hidden: Floats) -> npt.NDArray[np.float64]:
    """Places in a square of side 1, near each other where the layer's numbers are."""
    from sklearn.manifold import TSNE

    if np.ptp(hidden) == 0:  # a network whose units are all dead
        return np.full((len(hidden), 2), 0.5)
    # Fewer digits than usual have fewer neighbours.
    perplexity = min(EXTENT.perplexity, (len(hidden) - 1) / 3)
    begin = "pca" if hidden.shape[1] > 1 else "random"
    tsne = TSNE(perplexity=perplexity, init=begin, random_state=EXTENT.seed)
    placed = tsne.fit_transform(hidden).astype(np.float64)
    low, high = placed.min(axis=0), placed.max(axis=0)
    scaled = (placed - low) / np.maximum(high - low, 1e-9)
    return np.round(scaled, 4)


@dataclass(frozen=True, slots=True)
class _Found:
    hidden: Floats  # (digits, units) of the last hidden layer
    answers: npt.NDArray[np.int64]
    # For each layer after the picture, for each unit: digit, row, column, value, and the box in
    # the picture
    strongest: list[list[list[float]]]


class _Run:
    """Runs the network with the outputs of all its layers over many pictures."""

    def __init__(self, inside: Inside) -> None:
        import onnxruntime

        self._layers = inside.description["layers"]
        self._answer = inside.description["answer"]
        self._shape = inside.description["shape"]
        self._session = onnxruntime.InferenceSession(inside.onnx, providers=[PROVIDER])
        self._input = inside.description["input"]

    def over(self, images: npt.NDArray[np.uint8], last: int) -> _Found:
        tensors = [layer["tensor"] for layer in self._layers[1:]]
        hidden: list[Floats] = []
        answers: list[npt.NDArray[np.int64]] = []
        best = [_Best(layer) for layer in self._layers[1:]]
        for first in range(0, len(images), EXTENT.batch):
            pictures = self._input_of(images[first : first + EXTENT.batch])
            outputs = self._session.run(
                [*tensors, self._answer], {self._input: pictures}
            )
            chosen = pictures if last == 0 else outputs[last - 1]
            hidden.append(chosen.reshape(len(pictures), -1))
            answers.append(outputs[-1][:, :10].argmax(axis=1))
            for each, output in zip(best, outputs[:-1], strict=True):
                each.see(output, first)
        strongest = [
            each.described(self._layers, index)
            for index, each in enumerate(best, start=1)
        ]
        return _Found(np.concatenate(hidden), np.concatenate(answers), strongest)

    def shares(self, images: npt.NDArray[np.uint8]) -> Floats:
        """What the network answers, ten shares for each picture."""
        parts = [
            self._session.run(
                [self._answer],
                {self._input: self._input_of(images[first : first + EXTENT.batch])},
            )[0][:, :10]
            for first in range(0, len(images), EXTENT.batch)
        ]
        whole: Floats = np.concatenate(parts)
        return whole

    def _input_of(self, images: npt.NDArray[np.uint8]) -> Floats:
        pictures: Floats = images.astype(np.float32).reshape(
            -1, *self._shape
        ) * np.float32(1 / 255)
        return pictures


class _Best:
    """For each unit of a layer the largest number it gave, and where."""

    def __init__(self, layer: dict[str, Any]) -> None:
        units = layer["shape"][0]
        self._shape = layer["shape"]
        self._value = np.full(units, -np.inf)
        self._digit = np.zeros(units, np.int64)
        self._place = np.zeros(units, np.int64)

    def see(self, output: Floats, first: int) -> None:
        flat = output.reshape(len(output), self._shape[0], -1)
        places = flat.argmax(axis=2)
        values = np.take_along_axis(flat, places[:, :, None], axis=2)[:, :, 0]
        digits = values.argmax(axis=0)
        units = np.arange(len(digits))
        better = values[digits, units] > self._value
        self._value[better] = values[digits, units][better]
        self._digit[better] = first + digits[better]
        self._place[better] = places[digits, units][better]

    def described(self, layers: list[dict[str, Any]], index: int) -> list[list[float]]:
        columns = self._shape[2] if len(self._shape) == 3 else 1
        rows = []
        for value, digit, place in zip(
            self._value, self._digit, self._place, strict=True
        ):
            row, column = divmod(int(place), columns)
            box = seen_from(layers, index, (column, row, column + 1, row + 1))
            rows.append([int(digit), row, column, round(float(value), 4), *box])
        return rows


def seen_from(layers: list[dict[str, Any]], index: int, box: Box) -> Box:
    """The part of the picture that some numbers of a layer see: their receptive field."""
    layer = layers[index]
    if index == 0:
        left, top, right, bottom = box
        return max(left, 0), max(top, 0), min(right, SIZE_PX), min(bottom, SIZE_PX)
    fields = [
        seen_from(layers, source, _before(layer, layers[source], box))
        for source in layer["sources"]
    ]
    lefts, tops, rights, bottoms = zip(*fields, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _before(layer: dict[str, Any], source: dict[str, Any], box: Box) -> Box:
    """The numbers of the layer before that these are computed from."""
    if len(source["shape"]) < 3:
        return 0, 0, SIZE_PX, SIZE_PX
    _, height, width = source["shape"]
    left, top, right, bottom = box
    if "stride" in layer:
        rows = _reach(layer, 0, layer["top"], top, bottom)
        columns = _reach(layer, 1, layer["left"], left, right)
        return columns[0], rows[0], columns[1], rows[1]
    keeps_places = layer["shape"][1:] == source["shape"][1:]
    return box if keeps_places else (0, 0, width, height)


def _reach(
    layer: dict[str, Any], side: int, padded: int, first: int, end: int
) -> tuple[int, int]:
    stride, dilation = layer["stride"][side], layer["dilation"][side]
    begin = first * stride - padded
    last = (end - 1) * stride - padded + (layer["size"][side] - 1) * dilation
    return begin, last + 1


def with_examples(run: str | Path, data_dir: Path | None = None) -> dict[str, bytes]:
    """Every file that the page reads of a run's network."""
    inside = look_inside(run)
    return {**inside.files(), **example_files(run, inside, data_dir)}
