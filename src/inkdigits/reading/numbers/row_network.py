"""The row networks as onnxruntime sessions: line images in, log-probabilities per column out.

A quick network looks at each row. A row that is in doubt then is looked at by a larger one, which
sees more pixels and was trained on its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.numbers.columns import Columns
from inkdigits.reading.numbers.strips import (
    HEIGHT_PX,
    Grey,
    Window,
    looks_of,
    strip_of,
)
from inkdigits.reading.numbers.together import TogetherSettings
from inkdigits.reading.session import Network

MODELS = Path(__file__).parents[1] / "models"
BUNDLED = MODELS / "rows.onnx"
CLOSER = MODELS / "rows_closer.onnx"


class RowNetwork:
    """Reads a row as a whole."""

    def __init__(self, path: Path = BUNDLED) -> None:
        self.path = path
        self._network = Network(path)

    @property
    def facts(self) -> dict[str, Any]:
        """What its file says of it."""
        return self._network.settings

    @cached_property
    def high_px(self) -> int:
        """The height of its line images."""
        return int(self.facts.get("high_px", HEIGHT_PX))

    @cached_property
    def temperature(self) -> float:
        """Scores are divided by it before the softmax."""
        return float(self.facts.get("temperature", 1.0))

    @cached_property
    def together(self) -> TogetherSettings:
        """The fit of its file."""
        return TogetherSettings(**self.facts.get("together", {}))

    def __call__(self, grey: Grey, windows: Sequence[Window]) -> list[Columns]:
        """The columns of a row, for each of its line images."""
        return [self._columns(grey, window) for window in windows]

    def _columns(self, grey: Grey, window: Window) -> Columns:
        strip = strip_of(grey, window, self.high_px)
        scores = self._network(strip[None, ..., None])[0, :, 0].T
        return Columns(
            log_softmax(scores / self.temperature),
            window,
            window.width / scores.shape[0],
        )


@dataclass(frozen=True)
class RowNetworks:
    """The quick network, and the one for rows in doubt."""

    quick: RowNetwork
    closer: RowNetwork

    @classmethod
    def bundled(cls) -> "RowNetworks":
        """Those that come with inkdigits."""
        return cls(RowNetwork(BUNDLED), RowNetwork(CLOSER))

    @property
    def together(self) -> TogetherSettings:
        """How their columns count beside the marks."""
        return self.quick.together

    def looks(
        self, grey: Grey, boxes: Floats, digits: Floats, height: float
    ) -> Iterator[Columns]:
        """The columns of a row, first by the quick network; each computed when it is asked."""
        windows = looks_of(boxes, digits, height)
        yield from self.quick(grey, windows[:1])
        for window in windows:
            yield from self.closer(grey, [window])


def log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(
        shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float32
    )
