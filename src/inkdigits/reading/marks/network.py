"""The marks network as an onnxruntime session: grey pixels in, its map out."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
# The network halves its picture four times.
MULTIPLE = 16


def padded(grey: Grey) -> Grey:
    """The picture made longer at the right and the bottom, by its own edge, until sixteen divides its sides."""
    down, across = (-grey.shape[0]) % MULTIPLE, (-grey.shape[1]) % MULTIPLE
    if not down and not across:
        return grey
    return np.asarray(cv2.copyMakeBorder(grey, 0, down, 0, across, cv2.BORDER_REPLICATE), np.uint8)


class MarksNetwork:
    """Runs the network on one picture at a time."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, grey: Grey) -> npt.NDArray[np.float32]:
        picture = padded(grey).astype(np.float32)[None, ..., None]
        return np.asarray(self._session.run(None, {self._input: picture})[0][0], np.float32)
