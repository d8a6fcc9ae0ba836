"""The glyph network as an onnxruntime session: close-ups in, class probabilities out."""

from pathlib import Path

import numpy as np

from inkdigits.errors import ModelError
from inkdigits.reading.joint import EVIDENCE, JointSettings
from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.found import softmax
from inkdigits.reading.session import Network

BUNDLED = Path(__file__).parents[1] / "models" / "glyphs.onnx"
# Close-ups per pass: more are not faster, and take memory.
_BATCH = 64
# What speaks for a mark being there (naming.py); the file has a weight for each, and one without,
# first.
EXISTENCE = (
    "sureness of a centre, log odds",
    "how little the glyph network takes it for none of the alphabet, log odds",
    "how little the marks network does, log odds",
    "how much of a digit it is, where surely found digits stand around it",
    "how far its height is from theirs, log; the same part of it",
    "how far it stands above or below them; the same part of it",
)
# The weights before they are fitted: rough, for the first rounds of a training.
_USUAL_EXISTENCE = (-2.56, 1.47, 0.38, 0.52, 0.0, 0.0, 0.0)


class GlyphNetwork:
    """Classifies marks by their close-ups."""

    def __init__(self, path: Path = BUNDLED) -> None:
        self.path = path
        self._network = Network(path)
        settings = self._network.settings
        self.temperature = float(settings.get("temperature", 1.0))
        self.existence: tuple[float, ...] = tuple(
            settings.get("existence", _USUAL_EXISTENCE)
        )
        self.joint = JointSettings(**settings.get("joint", {}))
        fits = len(self.existence) == len(EXISTENCE) + 1 and len(
            self.joint.confidence
        ) in (
            0,
            len(EVIDENCE) + 1,
        )
        if not fits:
            raise ModelError(
                f"{path} was fitted for another version of inkdigits: "
                "use the file that came with this one"
            )

    def __call__(self, closeups: Floats) -> Floats:
        shares = np.zeros((len(closeups), len(CLASSES)), np.float32)
        for start in range(0, len(closeups), _BATCH):
            part = closeups[start : start + _BATCH]
            scores = self._network(part)
            shares[start : start + len(part)] = softmax(
                np.asarray(scores, np.float32) / np.float32(self.temperature)
            )
        return shares
