"""An ONNX file as an onnxruntime session, and the settings that the file carries."""

import json
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from inkdigits.errors import ModelError

METADATA_KEY = "inkdigits"
PROVIDER = "CPUExecutionProvider"


def open_session(path: Path) -> Any:
    """Open the ONNX file as a session on one core; a ModelError if it cannot run.

    Any number of threads may ask it at a time: that is faster than one network on several cores,
    whose layers are too small to share.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Without an arena and a plan of its own, memory goes back after each run: an arena would keep
    # what the largest page took, once for each thread. On large pages it costs about 3 % of time.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=[PROVIDER])
    except Exception as error:  # noqa: BLE001 - onnxruntime raises a dozen classes of its own
        reason = str(error).splitlines()[0][:160]
        raise ModelError(
            f"{path} is not an ONNX model that can be run ({reason})"
        ) from None


class Network:
    """A network file with one input and one output, opened when it is first asked.

    A picture with one digit asks fewer networks than a page, and to open each takes 10 to 20 ms.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: Any = None
        self._opening = Lock()

    @property
    def session(self) -> Any:
        """The network itself; of several threads that ask for it at first, one opens it."""
        with self._opening:
            if self._opened is None:
                self._opened = open_session(self.path)
            return self._opened

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What its file says of it."""
        return settings_of(self.session, self.path)

    @cached_property
    def _input(self) -> str:
        name: str = self.session.get_inputs()[0].name
        return name

    def __call__(self, given: Any) -> Any:
        """What the network answers."""
        outputs = self.session.run(None, {self._input: given})
        return outputs[0]


def settings_of(session: Any, path: Path) -> dict[str, Any]:
    """The settings in the file under our own key; empty if there are none."""
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY, "{}")
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ModelError(f"{path} has settings that cannot be read: export it again")
    return values
