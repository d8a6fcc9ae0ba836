"""The row network: a distribution over the alphabet for each column."""

import numpy as np

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.numbers.row_network import RowNetwork, log_softmax
from inkdigits.reading.numbers.strips import window_of
from made_marks import boxes_of, row_of


def test_log_softmax_is_the_log_of_the_softmax() -> None:
    scores = np.random.default_rng(2).normal(0, 3, (7, 5)).astype(np.float32)
    powers = np.exp(scores.astype(np.float64))
    wanted = np.log(powers / powers.sum(axis=1, keepdims=True))
    assert np.allclose(log_softmax(scores), wanted, atol=1e-5)
    # Large scores neither overflow nor change the shares.
    assert np.allclose(log_softmax(scores + 1e4), wanted, atol=1e-2)


def test_each_column_is_a_distribution() -> None:
    row = row_of(boxes_of("4711"))
    grey = np.full((80, 160), 230, np.uint8)
    for left, top, right, bottom in row.marks.boxes.astype(int):
        grey[top:bottom, (left + right) // 2 - 2 : (left + right) // 2 + 2] = 20
    boxes = row.marks.boxes
    (columns,) = RowNetwork()(grey, [window_of(boxes, boxes, row.height)])
    assert columns.logs.shape[1] == len(CLASSES)
    assert np.allclose(np.exp(columns.logs).sum(axis=1), 1, atol=1e-4)
