"""The confidence of both networks together in one digit, fitted on held-out pictures.

held-out crops → the digit that `predict` finds on each → both networks' shares, right
or wrong → logistic regression
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data.real_numbers import load_numbers
from inkdigits.reading.classifier import DIGITS, Classifier, Scores
from inkdigits.reading.digit import find_digit
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.joint import (
    JointSettings,
    Seen,
    joint_confidence,
    joint_evidence,
    joint_shares,
)
from inkdigits.reading.marks.alphabet import CLASS_OF, OTHER
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.closeup import closeups
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.naming import existence_evidence, surroundings
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.marks.pyramid import resized
from inkdigits.reading.numbers.pages import PageReader
from inkdigits.synthesis.hands import load_hands
from inkdigits.synthesis.patches import Patch, compose
from inkdigits.training.glyphs.samples import proposals
from inkdigits.training.marks.labelling import label

NONE = -1
# Crops of composed patches; real pictures of each set, with about three digits each.
_COMPOSED, _REAL = 2500, 250
# Of the accepted pictures: these crops are harder than people's pictures of a digit.
_MOST_WRONG = 0.01
# Composed patches; the height at which real digits are shown.
_PATCHES, _SHOWN_PX = 300, 28
# Grey levels and pixels below which nobody would send a composed digit as a picture.
_LEAST_CONTRAST, _LEAST_SIDE_PX = 60, 16
# The weights that are tried for each of the two networks.
_WEIGHTS = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0)


def fit_joint(
    data_dir: Path, network: MarksNetwork, glyphs: GlyphNetwork
) -> dict[str, Any]:
    """The fitted settings, and their results on the held-out pictures."""
    reader, classifier = PageReader(network, glyphs, 0.5), Classifier()
    truths: list[int] = []
    inks: list[Grey] = []
    seen: list[Seen] = []
    for grey, truth in _pictures(data_dir, network, glyphs):
        found = find_digit(Page(grey, 1.0), glyphs, reader.rows)
        if found.seen is not None and not found.several:
            truths.append(truth)
            inks.append(found.glyph)
            seen.append(found.seen)
    right_digit, closeup_shares = (
        np.array(truths),
        np.stack([each.closeup for each in seen]),
    )
    ink = classifier.scores(np.stack(inks))
    settings = _weighed(ink, closeup_shares, right_digit)
    shares = joint_shares(ink, closeup_shares, settings)
    right = shares.argmax(axis=1) == right_digit
    settings = replace(
        settings, confidence=_regression(joint_evidence(ink, seen, shares), right)
    )
    sure = joint_confidence(ink, seen, shares, settings)
    order = np.argsort(-sure)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    last = int(np.flatnonzero(wrong <= _MOST_WRONG)[-1])
    settings = replace(settings, threshold=round(float(sure[order][last]), 4))
    is_digit = right_digit != NONE
    return {
        "joint": {
            name: value for name, value in asdict(settings).items() if name != "least"
        },
        "pictures": len(truths),
        "digits": int(is_digit.sum()),
        "right": float(right[is_digit].mean()),
        "right_by_ink": float(
            (ink.probabilities.argmax(axis=1) == right_digit)[is_digit].mean()
        ),
        "right_by_closeup": float(
            (closeup_shares[:, :DIGITS].argmax(axis=1) == right_digit)[is_digit].mean()
        ),
        "accepted_digits": float((sure >= settings.threshold)[is_digit].mean()),
        "accepted_others": float((sure >= settings.threshold)[~is_digit].mean()),
        "wrong_of_accepted": float(wrong[last]),
    }


def fit_existence(
    data_dir: Path, network: MarksNetwork, glyphs: GlyphNetwork
) -> dict[str, Any]:
    """Weights for whether a mark is there (naming.py), and log losses.

    One log loss is with these weights, the other by the centre's score alone.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    parts = [
        _seen(network, glyphs, patch) for patch in _patches(data_dir, network, glyphs)
    ]
    evidence, truth = (
        np.concatenate(part)
        for part in zip(*(part for part in parts if len(part[0])), strict=True)
    )
    model = LogisticRegression(C=10.0, max_iter=2000).fit(evidence, truth)
    alone = LogisticRegression(C=10.0, max_iter=2000).fit(evidence[:, :1], truth)
    weights = [
        float(model.intercept_[0]),
        *(float(weight) for weight in model.coef_[0]),
    ]
    return {
        "existence": [round(weight, 4) for weight in weights],
        "proposals": len(truth),
        "marks": int(truth.sum()),
        "log_loss": float(log_loss(truth, model.predict_proba(evidence)[:, 1])),
        "log_loss_by_centre": float(
            log_loss(truth, alone.predict_proba(evidence[:, :1])[:, 1])
        ),
    }


def _seen(
    network: MarksNetwork, glyphs: GlyphNetwork, patch: Patch
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The evidence for each of the network's finds, and whether it is a mark."""
    found, classes = proposals(network, patch)
    around = surroundings(found)
    near = glyphs(closeups(patch.grey, found.boxes, around.heights))
    return existence_evidence(found, near, around), classes != CLASS_OF[OTHER]


def _patches(
    data_dir: Path, network: MarksNetwork, glyphs: GlyphNetwork
) -> Iterator[Patch]:
    """Composed patches, real numbers whose boxes are found, and real words.

    Real ones have a size that the network knows.
    """
    rng = np.random.default_rng(32)
    hands = load_hands(data_dir, "validation")
    for _ in range(_PATCHES):
        patch = compose(rng, hands)
        if len(patch.marks) or not patch.has_numbers:
            yield patch
    for name in ("copiste", "lectaurep", "congo", "old_hands"):
        for picture in load_numbers(name, "validation", data_dir)[:_REAL]:
            crop = label(picture, network, glyphs)
            if crop is not None:
                yield _shown(
                    crop.grey, crop.marks, crop.regions, _SHOWN_PX / crop.tall_px
                )
    nothing = np.zeros((0, 5), np.float32)
    for name in ("copiste_words", "lectaurep_words"):
        words = [
            picture
            for picture in load_numbers(name, "validation", data_dir)
            if picture.signs.isalpha()
        ]
        for picture in words[:_REAL]:
            yield _shown(
                picture.grey, nothing, nothing, 2 * _SHOWN_PX / picture.grey.shape[0]
            )


def _shown(grey: Grey, marks: Floats, regions: Floats, scale: float) -> Patch:
    sides = np.array([1, scale, scale, scale, scale], np.float32)
    return Patch(resized(grey, scale), marks * sides, regions * sides)


def _weighed(ink: Scores, seen: Floats, truths: npt.NDArray[np.int64]) -> JointSettings:
    """The weights of the two networks at which the right digits are likeliest."""
    digits = truths != NONE
    index = np.flatnonzero(digits)

    def loss(settings: JointSettings) -> float:
        shares = joint_shares(ink, seen, settings)[index, truths[index]]
        return float(-np.log(np.maximum(shares, 1e-6)).mean())

    choices = [
        JointSettings(ink_weight=one, closeup_weight=other)
        for one, other in product(_WEIGHTS, _WEIGHTS)
    ]
    return min(choices, key=loss)


def _regression(
    evidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]
) -> tuple[float, ...]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, max_iter=2000).fit(evidence, right)
    return (
        round(float(model.intercept_[0]), 4),
        *(round(float(weight), 4) for weight in model.coef_[0]),
    )


def _pictures(
    data_dir: Path, network: MarksNetwork, glyphs: GlyphNetwork
) -> Iterator[tuple[Grey, int]]:
    """Crops around digits, letters and bare paper, each with its digit.

    Neighbours reach into many of them.
    """
    rng = np.random.default_rng(31)
    yield from _composed_crops(rng, data_dir)
    for name in ("copiste", "lectaurep", "congo", "old_hands"):
        for picture in load_numbers(name, "validation", data_dir)[:_REAL]:
            labelled = label(picture, network, glyphs)
            for row in [] if labelled is None else labelled.marks:
                if row[0] < DIGITS:
                    yield _around(rng, picture.grey, row[1:]), int(row[0])
    for name in ("copiste_words", "lectaurep_words"):
        for picture in load_numbers(name, "validation", data_dir)[:_REAL]:
            yield picture.grey, NONE


def _composed_crops(
    rng: np.random.Generator, data_dir: Path
) -> Iterator[tuple[Grey, int]]:
    hands = load_hands(data_dir, "validation").without(
        "unipen"
    )  # its labels are wrong too often to fit a threshold by
    made = 0
    while made < _COMPOSED:
        patch = compose(rng, hands)
        if not len(patch.marks):
            x, y = rng.integers(0, 180, 2)
            yield np.ascontiguousarray(patch.grey[y : y + 70, x : x + 60]), NONE
            made += 1
        for row in patch.marks[rng.permutation(len(patch.marks))[:3]]:
            crop = _around(rng, patch.grey, row[1:])
            if _is_legible(crop):
                yield crop, int(row[0]) if row[0] < DIGITS else NONE
                made += 1


def _is_legible(crop: Grey) -> bool:
    """Whether ink stands out and is large enough for someone's picture of a digit."""
    low, high = np.percentile(crop, [2, 98])
    return bool(high - low >= _LEAST_CONTRAST) and min(crop.shape) >= _LEAST_SIDE_PX


def _around(rng: np.random.Generator, grey: Grey, box: Floats) -> Grey:
    """The part of the page around a box, as people cut digits out."""
    height, width = grey.shape
    margin = float(box[3] - box[1]) * rng.uniform(0.05, 0.4)
    left, top = max(0, int(box[0] - margin)), max(0, int(box[1] - margin))
    right, bottom = (
        min(width, int(np.ceil(box[2] + margin))),
        min(height, int(np.ceil(box[3] + margin))),
    )
    return np.ascontiguousarray(
        grey[top : max(bottom, top + 2), left : max(right, left + 2)]
    )
