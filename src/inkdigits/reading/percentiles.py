"""Percentiles of the pixels of small pictures."""

from typing import Any

import numpy as np
import numpy.typing as npt


def percentile(values: npt.NDArray[Any], percent: float) -> float:
    """`np.percentile`, in a tenth of the time, and without the modules that numpy loads for it.

    The array must not be empty. The result may differ in the last bit.
    """
    values = values.ravel()
    # numpy computes in the type of the values, whose rounding shows in the last bit.
    kind: Any = values.dtype.type if values.dtype.kind == "f" else np.float64
    place = kind(len(values) - 1) * (kind(percent) / kind(100))
    low = int(place)
    high = min(low + 1, len(values) - 1)
    # Two places are enough; sorting all would take ten times as long.
    sorted_there = np.partition(values, (low, high))
    before = kind(sorted_there[low])
    after = kind(sorted_there[high])
    share = kind(place - kind(low))
    step = after - before
    return float(
        before + step * share if share < 0.5 else after - step * (kind(1) - share)
    )
