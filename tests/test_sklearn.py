"""The scikit-learn estimator: by scikit-learn's own checks, and against the same regression on the pixels."""

import warnings

import numpy as np
import pytest

from inkdigits.synthesis.drawn import draw_digit

sklearn = pytest.importorskip("sklearn")

from sklearn.datasets import load_digits  # noqa: E402 - after the check that it is there
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

from inkdigits.sklearn import DigitClassifier  # noqa: E402

_LEARNT_FROM = 60  # pictures: six of each digit


@pytest.mark.slow
def test_it_passes_the_checks_of_scikit_learn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of checks that do not apply here
        results = check_estimator(DigitClassifier(), on_fail=None)
    failed = [
        result["check_name"] for result in results if result["status"] == "failed"
    ]
    assert failed == []
    assert sum(result["status"] == "passed" for result in results) > 30


def test_few_pictures_teach_it_more_than_their_pixels() -> None:
    """No measure of new hands: the bundled network may know pictures of this collection."""
    X, y = load_digits(return_X_y=True)  # noqa: N806
    train, test, labels, truth = train_test_split(
        X, y, train_size=_LEARNT_FROM, stratify=y, random_state=0
    )
    ours = DigitClassifier().fit(train, labels).score(test, truth)
    pixels = (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        .fit(train, labels)
        .score(test, truth)
    )
    assert ours > pixels + 0.02


def test_labels_may_be_anything_and_pictures_28_pixels_wide() -> None:
    pictures = [255 - np.asarray(draw_digit(digit, size_px=28, height=0.75, seed=seed, paper=255, ink=0))
                for seed in range(4) for digit in range(10)]  # fmt: skip
    X = np.stack(pictures).reshape(len(pictures), -1)  # noqa: N806
    words = np.array(
        ["even" if digit % 2 == 0 else "odd" for _ in range(4) for digit in range(10)]
    )
    learnt = DigitClassifier().fit(X[:30], words[:30])
    assert list(learnt.classes_) == ["even", "odd"]
    assert learnt.score(X[30:], words[30:]) >= 0.9
    assert learnt.predict_proba(X[30:] / 255).sum(axis=1) == pytest.approx(1)
    assert (learnt.predict(X / 255) == learnt.predict(X)).all()
