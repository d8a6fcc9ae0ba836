"""Rehearsal: pictures to train on again, and others that show what was forgotten.

The open data sets are used if they are available, first the pictures close to a
decision boundary, which are forgotten first. Otherwise digits are drawn, with the old
network's own answers as targets.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data import load
from inkdigits.data.catalog import SETS
from inkdigits.data.dataset import NOT_A_DIGIT
from inkdigits.data.loading import is_here
from inkdigits.machine import cores
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.glyphs import frame
from inkdigits.synthesis.degrade import degraded
from inkdigits.synthesis.drawn import draw_digit
from inkdigits.synthesis.negatives import drawn_negative
from inkdigits.training.bundled.sources import REFUSED

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
# How many pictures of a set are looked through, practised and asked about. MNIST is
# several times as large as the other sets.
_CANDIDATES = {"mnist": 20000}  # looked through for hard ones
_FEWER_CANDIDATES = 4000  # of any other set
_HELD_EVERY = 7  # every seventh hundred, as the bundled model's training holds out
_HARD = {"mnist": 1500}  # practised, and as many drawn at random
_FEWER_HARD = 350  # of any other set
_ASKED = {"mnist": 2400}  # enough to see that one in two thousand is forgotten
_FEWER_ASKED = 200  # of any other set
# Drawn digits, if no data set is available.
_DRAWN, _DRAWN_ASKED = 3600, 1200
_NEGATIVES = 0.15  # non-digits, in addition to the drawn digits
_SURE = 0.9  # forgetting answers less sure than this is no loss


@dataclass(frozen=True)
class Memory:
    """Pictures for rehearsal, and pictures for measuring forgetting.

    `trust` is the weight of the old network's answers against the labels. `allowed` is
    how much the error rate on the pictures for measuring may rise.
    """

    images: Images
    labels: Labels
    asked: Images
    asked_labels: Labels
    trust: float
    allowed: float
    sets: tuple[str, ...]


def remember(
    file: Path,
    learned_from: tuple[str, ...],
    data_dir: Path | None,
    seed: int,
    *,
    without: str = "",
) -> Memory:
    """Memory from the available sets that it learned from, `without` the user's own.

    If no set is available, pictures are drawn.
    """
    here = [
        SETS[name]
        for name in learned_from
        if name in SETS and SETS[name].trainable and name != without
    ]
    here = [entry for entry in here if entry.file and is_here(entry, data_dir)]
    classifier = Classifier(file, cores())
    if not any(entry.digits for entry in here):
        return _drawn(classifier, seed)
    parts = [
        _from_set(entry.name, classifier, data_dir, seed)
        for entry in here
        if entry.digits or classifier.refuses
    ]
    images, labels, asked, asked_labels = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return Memory(
        images,
        labels,
        asked,
        asked_labels,
        0.7,
        0.0005,
        tuple(entry.name for entry in here),
    )


def _from_set(
    name: str, classifier: Classifier, data_dir: Path | None, seed: int
) -> tuple[Images, Labels, Images, Labels]:
    """Pictures for rehearsal, half hard and half random, and pictures for measuring.

    The latter were held out in the bundled model's training too.
    """
    dataset = load(name, split="train", data_dir=data_dir)
    labels = np.where(dataset.labels == NOT_A_DIGIT, REFUSED, dataset.labels)
    rng = np.random.default_rng([seed, len(labels)])
    # The same runs of a hundred pictures that the bundled model's training holds out.
    held = np.arange(len(labels)) // 100 % _HELD_EVERY == 3
    asked = rng.permutation(np.flatnonzero(held & (labels != REFUSED)))[
        : _ASKED.get(name, _FEWER_ASKED)
    ]
    known = rng.permutation(np.flatnonzero(~held))[
        : _CANDIDATES.get(name, _FEWER_CANDIDATES)
    ]
    count = _HARD.get(name, _FEWER_HARD)
    sure = chances(classifier, dataset.images[known])[
        np.arange(len(known)), labels[known]
    ]
    # Pictures whose label the network rejects are not hard: the label may be wrong.
    hardest = np.argsort(np.where(sure > 0.5, sure, 2.0), kind="stable")[:count]
    rows = np.union1d(known[hardest], known[:count])
    return dataset.images[rows], labels[rows], dataset.images[asked], labels[asked]


def chances(classifier: Classifier, glyphs: Images) -> npt.NDArray[np.float32]:
    """Probabilities of the ten digits and "not a digit", which sum to 1.

    "Not a digit" gets 0 if the network has no class for it.
    """
    scores = classifier.scores(glyphs)
    knows_it = np.float32(classifier.refuses)
    refusal = scores.refusal[:, None] * knows_it
    digits = scores.probabilities * (1 - refusal)
    return np.hstack([digits, refusal])


def _drawn(classifier: Classifier, seed: int) -> Memory:
    """Memory of drawn digits, with the network's own answers as targets.

    Forgetting is measured only on digits that the network read correctly and with
    confidence: losing a mistake is not forgetting.
    """
    rng = np.random.default_rng([seed, 0xD4A])
    pens = [(_canvas(digit, rng), digit) for digit in range(10) for _ in range(60)]
    picks = rng.integers(len(pens), size=_DRAWN + _DRAWN_ASKED)
    images = np.stack([degraded(pens[pick][0], rng) for pick in picks.tolist()])
    drawn = np.array([pens[pick][1] for pick in picks.tolist()])
    # A network that refuses non-digits must continue to do so.
    if classifier.refuses:
        others = [
            frame(
                drawn_negative(
                    rng, *(pens[int(rng.integers(len(pens)))] for _ in range(2))
                )
            )
            for _ in range(round(_NEGATIVES * _DRAWN))
        ]
        images, drawn = (
            np.concatenate([images, np.stack(others)]),
            np.append(drawn, [REFUSED] * len(others)),
        )
    # Some strokes are too faint to survive the degradation.
    seen = images.any(axis=(1, 2))
    images, drawn = images[seen], drawn[seen]
    answers = chances(classifier, images)
    said = answers.argmax(axis=1)
    asked = np.flatnonzero(
        (said == drawn) & (said != REFUSED) & (answers.max(axis=1) > _SURE)
    )[:_DRAWN_ASKED]
    rest = np.setdiff1d(np.arange(len(images)), asked)
    return Memory(images[rest], said[rest], images[asked], said[asked], 1.0, 0.003, ())


def _canvas(digit: int, rng: np.random.Generator) -> Images:
    """A drawn digit, with high values for ink, on the canvas of pen strokes."""
    picture = draw_digit(
        digit,
        size_px=64,
        height=0.65,
        stroke_px=float(rng.uniform(2, 7)),
        ink=0,
        paper=255,
        angle_deg=float(rng.uniform(-12, 12)),
        seed=int(rng.integers(1 << 30)),
    )
    ink = 255 - np.asarray(picture.convert("L"), np.uint8)
    return np.asarray(
        cv2.copyMakeBorder(ink, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=(0,)), np.uint8
    )
