"""The marks network as an onnxruntime session: grey pixels in, its map out."""

from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.errors import ModelError
from inkdigits.reading.marks.found import MULTIPLE
from inkdigits.reading.numbers.confidence import EVIDENCE, LineConfidence
from inkdigits.reading.session import Network

Grey = npt.NDArray[np.uint8]
BUNDLED = Path(__file__).parents[1] / "models" / "marks.onnx"


def padded(grey: Grey) -> Grey:
    """The picture with its right and bottom edge repeated until sixteen divides its sides."""
    down, across = (-grey.shape[0]) % MULTIPLE, (-grey.shape[1]) % MULTIPLE
    if not down and not across:
        return grey
    return np.asarray(
        cv2.copyMakeBorder(grey, 0, down, 0, across, cv2.BORDER_REPLICATE), np.uint8
    )


class MarksNetwork:
    """Runs the network on one picture at a time.

    `confidence` turns a line's evidence into a probability.
    """

    def __init__(self, path: Path = BUNDLED) -> None:
        self.path = path
        self._network = Network(path)

    @cached_property
    def confidence(self) -> LineConfidence:
        """The fit of its file."""
        settings = self._network.settings
        weights = tuple(settings.get("line_confidence", ()))
        sign_weights = tuple(settings.get("line_signs", ()))
        counts = len(weights), len(sign_weights)
        # One more than there is evidence; of the signs, one figure tells.
        if counts not in ((0, 0), (len(EVIDENCE) + 1, 2)):
            raise ModelError(
                f"{self.path} was fitted for another version of inkdigits: "
                "use the file that came with this one"
            )
        least = float(settings.get("line_least", 0.0))
        return LineConfidence(weights, least, sign_weights)

    @cached_property
    def threshold(self) -> float:
        """The lowest confidence of an accepted line."""
        return float(self._network.settings.get("line_threshold", 0.5))

    def __call__(self, grey: Grey) -> npt.NDArray[np.float32]:
        picture = padded(grey).astype(np.float32)[None, ..., None]
        return np.asarray(self._network(picture)[0], np.float32)
