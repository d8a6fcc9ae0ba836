"""What the row network is trained by: a likely text, wherever its marks stand (CTC)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS, OTHER
from inkdigits.training.backend import load_keras_module

NONE = CLASS_OF[OTHER]
# In a text that is wanted: a decimal sign, of which nobody knows whether it is a comma or a point.
DECIMAL = NONE + 1
# Where in a row of what is wanted its parts are.
_KNOWS_SIGNS, _COUNT, _FIRST = 0, 1, 2
# The log share of what cannot be: small enough, and no infinity, whose slope is none.
NEVER = -40.0


def wanted(texts: list[tuple[tuple[int, ...], bool]]) -> npt.NDArray[np.int32]:
    """For each strip its marks' classes, and whether its signs are among them."""
    rows = np.zeros(
        (len(texts), _FIRST + max(1, *(len(marks) for marks, _ in texts))), np.int32
    )
    for row, (marks, knows_signs) in zip(rows, texts, strict=True):
        row[_KNOWS_SIGNS], row[_COUNT] = knows_signs, len(marks)
        row[_FIRST : _FIRST + len(marks)] = marks
    return rows


def text_loss(wanted: Any, given: Any) -> Any:
    """The mean over a batch.

    Where signs are not known, any sign may stand between the digits.
    """
    ops = load_keras_module().ops
    wanted = ops.cast(wanted, "int32")
    logs = ops.log_softmax(ops.cast(ops.squeeze(given, 1), "float32"), axis=-1)
    none = ops.logsumexp(logs[..., len(DIGITS) :], axis=-1, keepdims=True)
    never = ops.full_like(logs[..., len(DIGITS) : NONE], NEVER)
    without_signs = ops.concatenate([logs[..., : len(DIGITS)], never, none], axis=-1)
    knows = ops.reshape(wanted[:, _KNOWS_SIGNS] > 0, (-1, 1, 1))
    logs = ops.where(knows, logs, without_signs)
    logs = _with_decimal(logs, wanted[:, _FIRST:])
    columns = ops.full((ops.shape(wanted)[0],), ops.shape(logs)[1], dtype="int32")
    return ops.mean(
        ops.ctc_loss(
            wanted[:, _FIRST:], logs, wanted[:, _COUNT], columns, mask_index=NONE
        )
    )


def _with_decimal(logs: Any, texts: Any) -> Any:
    """The log shares with those of DECIMAL: of comma and point together where a text has it.

    There they lose their own, so that the shares of a column still sum to 1.
    """
    ops = load_keras_module().ops
    shape = (-1, 1, 1)
    has_decimal = ops.reshape(ops.any(texts == DECIMAL, axis=-1), shape)
    comma, point = CLASS_OF[","], CLASS_OF["."]
    both = ops.logaddexp(logs[..., comma], logs[..., point])
    is_either = np.isin(np.arange(len(CLASSES)), (comma, point))
    own = ops.where(ops.logical_and(has_decimal, is_either), NEVER, logs)
    shared = ops.where(has_decimal, ops.expand_dims(both, -1), NEVER)
    return ops.concatenate([own, shared], axis=-1)
