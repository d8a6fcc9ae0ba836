"""A scikit-learn classifier that learns your labels from a few pictures of digits.

    from inkdigits.sklearn import DigitClassifier
    DigitClassifier().fit(X, y).score(X_test, y_test)

It is a logistic regression. If each row of X is a picture of 28×28 or 8×8 pixels, its features are
the ten log-probabilities of the bundled digit network, not the pixels. The network itself is not
trained. Rows of any other length are used directly as features. Needs the extra "train".
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.errors import MissingExtraError
from inkdigits.reading.classifier import Classifier, resolve_model
from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.reading.input.grey import eight_bits_of_array

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    raise MissingExtraError("inkdigits.sklearn", "train") from None

_Floats = npt.NDArray[np.float64]

# Features of a row → the side of its picture. Other squares may as well be tables of 4 or 9
# columns.
_SIDES = {SIZE_PX * SIZE_PX: SIZE_PX, 64: 8}
# The lowest probability: the logarithm of 0 is not a number.
_LEAST_PROBABILITY = 1e-6


# scikit-learn has no types.
class DigitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classifies pictures of digits: 28×28 or 8×8 pixels per row, with high values for ink.

    `C` is the inverse strength of the regularisation, and `max_iter` the maximum number of steps of
    the logistic regression. `model` is a run folder or .onnx file to use instead of the bundled
    network.
    """

    def __init__(
        self,
        C: float = 1.0,  # noqa: N803
        max_iter: int = 1000,
        model: str | Path | None = None,
    ) -> None:
        self.C = C
        self.max_iter = max_iter
        self.model = model

    def fit(self, X: Any, y: Any) -> "DigitClassifier":  # noqa: N803 - scikit-learn's names
        """Learn the labels y of the rows of X."""
        X, y = validate_data(self, X, y)  # noqa: N806
        check_classification_targets(y)
        head = make_pipeline(
            StandardScaler(), LogisticRegression(C=self.C, max_iter=self.max_iter)
        )
        self.head_ = head.fit(self._features(X), y)
        self.classes_ = self.head_.classes_
        self.n_iter_ = int(self.head_[-1].n_iter_.max())
        return self

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """The likeliest label of each row."""
        return np.asarray(self._fitted_head().predict(self._checked_features(X)))

    def predict_proba(self, X: Any) -> _Floats:  # noqa: N803
        """The probability of each label, in the order of `classes_`."""
        return np.asarray(
            self._fitted_head().predict_proba(self._checked_features(X)), np.float64
        )

    def _fitted_head(self) -> Any:
        check_is_fitted(self)
        return self.head_

    def _checked_features(self, X: Any) -> _Floats:  # noqa: N803
        return self._features(validate_data(self, X, reset=False))

    def _features(self, X: npt.NDArray[Any]) -> _Floats:  # noqa: N803
        """Ten log-probabilities where a row is a picture, else the row itself."""
        side = _SIDES.get(X.shape[1])
        if side is None:
            return np.asarray(X, np.float64)
        pictures = eight_bits_of_array(X.reshape(-1, side, side))
        glyphs = np.stack([frame(picture) for picture in pictures])
        scores = Classifier(resolve_model(self.model)).scores(glyphs)
        return np.log(
            np.maximum(scores.probabilities.astype(np.float64), _LEAST_PROBABILITY)
        )
