"""The row network as an onnxruntime session: line images in, log-probabilities per column out."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.numbers.columns import Columns
from inkdigits.reading.numbers.strips import Grey, Window, strip_of
from inkdigits.reading.numbers.together import TogetherSettings
from inkdigits.reading.session import Network

BUNDLED = Path(__file__).parents[1] / "models" / "rows.onnx"


class RowNetwork:
    """Reads a row as a whole."""

    def __init__(self, path: Path = BUNDLED) -> None:
        self.path = path
        self._network = Network(path)

    @cached_property
    def temperature(self) -> float:
        """Scores are divided by it before the softmax."""
        return float(self._network.settings.get("temperature", 1.0))

    @cached_property
    def together(self) -> TogetherSettings:
        """The fit of its file."""
        return TogetherSettings(**self._network.settings.get("together", {}))

    def __call__(self, grey: Grey, windows: Sequence[Window]) -> list[Columns]:
        """The columns of a row, for each of its line images."""
        return [self._columns(grey, window) for window in windows]

    def _columns(self, grey: Grey, window: Window) -> Columns:
        strip = strip_of(grey, window)
        scores = self._network(strip[None, ..., None])[0, :, 0].T
        return Columns(
            log_softmax(scores / self.temperature),
            window,
            window.width / scores.shape[0],
        )


def log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(
        shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float32
    )
