"""Figures against scikit-learn and by hand."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import metrics as oracle

from inkdigits.evaluation.compare import compare, mcnemar
from inkdigits.evaluation.metrics import measure, wilson


def some(n: int = 3000) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(10) * 0.2, n).astype(np.float32)
    labels = np.where(
        rng.random(n) < 0.6, probabilities.argmax(axis=1), rng.integers(0, 10, n)
    )
    return probabilities, labels


def test_figures_are_scikit_learns() -> None:
    probabilities, labels = some()
    said = probabilities.argmax(axis=1)
    exact = np.maximum(probabilities.astype(np.float64), 1e-12)
    got = measure(probabilities, probabilities.max(axis=1), labels, 0.5)
    assert got.accuracy == pytest.approx(oracle.accuracy_score(labels, said))
    assert got.loss == pytest.approx(
        oracle.log_loss(labels, exact / exact.sum(axis=1, keepdims=True)), rel=1e-3
    )
    assert np.array_equal(
        np.array(got.confusion), oracle.confusion_matrix(labels, said)
    )
    precision, recall, f1, support = oracle.precision_recall_fscore_support(
        labels, said
    )
    assert np.allclose([c.precision for c in got.classes], precision)
    assert np.allclose([c.recall for c in got.classes], recall)
    assert np.allclose([c.f1 for c in got.classes], f1)
    assert [c.n for c in got.classes] == support.tolist()


def test_calibration_error() -> None:
    n = 20_000
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, n).astype(np.float32)
    labels = np.where(rng.random(n) < confidence, 0, 1)
    probabilities = np.zeros((n, 10), np.float32)
    probabilities[:, 0], probabilities[:, 1] = confidence, 1 - confidence
    assert measure(probabilities, confidence, labels, 0.5).ece < 0.01
    always = np.ones(n, np.float32)
    assert measure(probabilities, always, labels, 0.5).ece == pytest.approx(
        1 - (labels == 0).mean(), abs=1e-6
    )


def test_accepted_answers_are_counted_apart() -> None:
    probabilities = np.eye(10, dtype=np.float32)[[1, 2, 3, 4]]
    got = measure(
        probabilities,
        np.array([0.9, 0.8, 0.3, 0.2], np.float32),
        np.array([1, 2, 0, 4]),
        0.5,
    )
    assert (got.accuracy, got.accepted, got.accuracy_accepted) == (0.75, 0.5, 1.0)


def test_wilson_by_hand() -> None:
    low, high = wilson(90, 100)
    assert (round(low, 4), round(high, 4)) == (0.8256, 0.9448)
    assert wilson(10, 10)[1] == 1.0


def test_mcnemar_by_hand() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 0) == pytest.approx(2 / 32)
    assert mcnemar(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)
    first, second = (
        np.array([True] * 9 + [False]),
        np.array([True] + [False] * 8 + [True]),
    )
    found = compare("A", "B", first, second)
    assert (found.only_first, found.only_second) == (8, 1)
    assert found.sentence().startswith(
        "only A is right on 8, only B on 1: p = 0.0391, a clear difference"
    )
