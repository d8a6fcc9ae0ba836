"""An ONNX file as an onnxruntime session, and the settings that the file carries."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkdigits.errors import ModelError

METADATA_KEY = "inkdigits"
PROVIDER = "CPUExecutionProvider"


def open_session(path: Path, threads: int = 1) -> Any:
    """Open the ONNX file as a session on so many cores; a ModelError if it cannot run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin while they wait take the cores from whatever else runs there: on a busy
    # machine that nearly doubles the processor time of a page, and makes it no faster.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
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


@dataclass(frozen=True)
class OpenedNetwork:
    """A network with one input and one output, and the settings in its file."""

    session: Any
    input: str
    settings: dict[str, Any]

    @classmethod
    def open(cls, path: Path, threads: int) -> "OpenedNetwork":
        """Open a network that has one input."""
        session = open_session(path, threads)
        input_name = session.get_inputs()[0].name
        settings = settings_of(session, path)
        return cls(session, input_name, settings)

    def __call__(self, given: Any) -> Any:
        """What the network answers."""
        # Each of these networks has one output.
        outputs = self.session.run(None, {self.input: given})
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
