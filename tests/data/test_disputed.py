"""MNIST's accuracy without the labels that people dispute."""

import numpy as np
import pytest

from inkdigits.data import Dataset, disputed
from inkdigits.data.disputed import DISPUTED, undisputed_accuracy


def test_disputed_labels_are_left_out_on_that_test_set_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = Dataset(
        "mnist", "test", np.zeros((10_000, 1, 1), np.uint8), np.zeros(10_000, np.int64)
    )
    right = np.ones(10_000, bool)
    right[list(DISPUTED)] = False
    assert undisputed_accuracy(right, data) is None
    monkeypatch.setattr(disputed, "MNIST_TEST", data.digest)
    assert undisputed_accuracy(right, data) == 1.0
    right[0] = False
    assert undisputed_accuracy(right, data) == 9984 / 9985
