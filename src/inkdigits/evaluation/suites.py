"""One model on many sets: all available data sets, or MNIST with 16 corruptions."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset, load
from inkdigits.data.catalog import LOOK_ALIKES
from inkdigits.data.loading import data_folder
from inkdigits.data.named import for_testing, open_npz
from inkdigits.errors import DataError
from inkdigits.evaluation.metrics import measure
from inkdigits.machine import cores
from inkdigits.reading.classifier import Classifier, resolve_model
from inkdigits.reading.glyphs import frame
from inkdigits.reading.marks.whole import all_ink
from inkdigits.reading.reader import Reader
from inkdigits.synthesis.corruptions import CORRUPTIONS, STRENGTHS, corrupted

SUITES = ("everything", "corruptions")
WAYS = ("none", *CORRUPTIONS)
# How corrupted digits are framed: figures of another way are not comparable.
SPOILED_FRAMING = "all ink"
DIGITS = (
    "mnist",
    "pendigits",
    "optdigits",
    "unipen",
    "swiss",
    "swiss scans",
    "usps",
    "ardis",
    "semeion",
    "dida",
)
OTHERS = ("letters", "symbols", "omniglot", "signs")
# Grey pictures, dark on light like a user's, which go through all of Reader.predict;
# the other sets are framed already.
_PICTURES = {"swiss scans": "swiss", "dida": "dida"}
# Confidences, closer together towards 1, where most answers are.
LEAST = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)
_KNOWN_KINDS = ("mnist", "pendigits", "optdigits", "unipen", "swiss")


@dataclass(frozen=True)
class DigitRow:
    """How well a set of digits is read.

    `accepted` is the share of answers accepted, `accuracy_accepted` the accuracy of
    those, and `ece` the calibration error. `curve` has, for each minimum confidence,
    the share answered and the share of those that is right.
    """

    name: str
    n: int
    accuracy: float
    accepted: float
    accuracy_accepted: float
    ece: float
    trained_on_its_kind: bool
    curve: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class OtherRow:
    """How well non-digits are told apart from digits.

    `refused` is the share refused, `auroc` how often a digit gets more confidence.
    """

    name: str
    n: int
    refused: float
    auroc: float


@dataclass(frozen=True)
class CorruptionRow:
    """Accuracy on MNIST's test set under one corruption, at each strength."""

    name: str
    accuracies: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean accuracy over all strengths."""
        accuracies = self.accuracies
        return float(np.mean(accuracies))


def everything(
    model: str | Path, data_dir: str | Path | None = None
) -> Iterator[DigitRow | OtherRow]:
    """Evaluate on the test split of each available set, digits before non-digits."""
    path = resolve_model(model)
    folder = data_folder(data_dir)
    classifier = Classifier(path, cores())
    reader = Reader(path, threads=cores())
    threshold = reader.min_confidence
    known: list[npt.NDArray[np.float32]] = []
    for name in DIGITS:
        dataset = _test_split(_PICTURES.get(name, name), data_dir)
        if dataset is None:
            continue
        probabilities, confidence = _scores(
            classifier, reader, name, dataset.images, folder
        )
        if name in _KNOWN_KINDS:
            known.append(confidence)
        yield _digit_row(name, dataset, probabilities, confidence, threshold)
    if not known:
        raise DataError(
            f"none of {', '.join(_KNOWN_KINDS)} is at {folder}: name their folder with --data-dir"
        )
    digits = np.concatenate(known)
    for name in OTHERS:
        dataset = _test_split(name, data_dir)
        if dataset is None:
            continue
        images = dataset.images
        if name in ("letters", "symbols"):
            images = images[_plain(folder, name, len(images))]
        confidence = classifier.scores(images).confidence
        refused = float((confidence < threshold).mean())
        yield OtherRow(name, len(images), refused, auroc(digits, confidence))


def _test_split(name: str, data_dir: str | Path | None) -> Dataset | None:
    """The test split; None if the set is not available."""
    try:
        return load(name, split="test", data_dir=data_dir)
    except DataError:
        return None


def _digit_row(
    name: str,
    dataset: Dataset,
    probabilities: npt.NDArray[np.float32],
    confidence: npt.NDArray[np.float32],
    threshold: float,
) -> DigitRow:
    metrics = measure(probabilities, confidence, dataset.labels, threshold)
    return DigitRow(
        name,
        metrics.n,
        metrics.accuracy,
        metrics.accepted,
        metrics.accuracy_accepted,
        metrics.ece,
        dataset.trainable,
        answered_and_right(probabilities, confidence, dataset.labels),
    )


def corruptions(
    model: str | Path, data_dir: str | Path | None = None, limit: int | None = None
) -> Iterator[CorruptionRow]:
    """Evaluate on MNIST's test set as it is, then under each corruption.

    Corrupted digits are framed again by all of their ink.
    """
    classifier = Classifier(resolve_model(model), cores())
    dataset = load("mnist", split="test", data_dir=data_dir).first(limit)
    for name in WAYS:
        glyphs = spoiled(dataset.images, name)
        yield CorruptionRow(
            name, tuple(right_share(classifier, one, dataset.labels) for one in glyphs)
        )


def spoiled(
    images: npt.NDArray[np.uint8], name: str
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the glyphs under one corruption of `WAYS`, one strength after the other.

    "none" stands for the glyphs as they are.
    """
    if name == "none":
        yield images
        return
    for strength in STRENGTHS:
        yield np.stack(
            [frame(all_ink(glyph)) for glyph in corrupted(images, name, strength)]
        )


def right_share(
    classifier: Classifier, glyphs: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]
) -> float:
    """The share of the glyphs that are classified correctly."""
    answers = classifier.scores(glyphs).probabilities.argmax(axis=1)
    return float((answers == labels).mean())


def answered_and_right(
    probabilities: npt.NDArray[np.float32],
    confidence: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
) -> tuple[tuple[float, float, float], ...]:
    """For each confidence in `LEAST`: the share answered, and the accuracy of those."""
    answers = probabilities.argmax(axis=1)
    right = answers == labels
    rows = []
    for least in LEAST:
        answered = confidence >= least
        share_answered = float(answered.mean())
        # If nothing is answered, nothing is answered wrong.
        share_right = 1.0
        if answered.any():
            share_right = float(right[answered].mean())
        rows.append((least, share_answered, share_right))
    return tuple(rows)


def as_dict(row: DigitRow | OtherRow | CorruptionRow) -> dict[str, Any]:
    """A row as a dictionary, for a results file."""
    facts = asdict(row)
    # A property, which asdict leaves out.
    if isinstance(row, CorruptionRow):
        facts["mean"] = row.mean
    return facts


def auroc(digits: npt.NDArray[np.float32], others: npt.NDArray[np.float32]) -> float:
    """How often a digit gets more confidence than a non-digit."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, digits, side="left")
    not_above = np.searchsorted(ordered, digits, side="right")
    # Ties count half.
    return float((below + not_above).mean() / 2 / len(others))


def _scores(
    classifier: Classifier,
    reader: Reader,
    name: str,
    glyphs: npt.NDArray[np.uint8],
    folder: Path,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Probabilities and confidence; sets of whole pictures go through the reader."""
    if name not in _PICTURES:
        scores = classifier.scores(glyphs)
        return scores.probabilities, scores.confidence
    pictures = _grey_pictures(folder, _PICTURES[name])
    # The sets hold white ink on black; people write dark on light.
    answers = reader.predict([255 - picture for picture in pictures])
    probabilities = [answer.probabilities for answer in answers]
    confidence = [answer.confidence for answer in answers]
    return np.array(probabilities, np.float32), np.array(confidence, np.float32)


def _grey_pictures(folder: Path, name: str) -> npt.NDArray[np.uint8]:
    """A set's own test pictures, with high values for ink."""
    if name == "dida":
        return open_npz(folder / "evaluate_only/dida1000.npz")["images"]
    arrays = open_npz(folder / "swiss_numbers/swiss_numbers.npz")
    return arrays["images"][for_testing(arrays["writer"])]


def _plain(folder: Path, name: str, count: int) -> npt.NDArray[np.bool_]:
    """Which letters and symbols of the test split nobody takes for a digit."""
    arrays = open_npz(folder / f"unipen/unipen_{name}.npz")
    labels = arrays["labels"][for_testing(arrays["source_file"])]
    if len(labels) != count:
        raise DataError(
            f"the test split of {name} is not what it was: {len(labels)} labels, {count} pictures"
        )
    return ~np.isin(labels, list(LOOK_ALIKES))
