"""A drawing pad for notebooks (extra "notebook"), made with anywidget.

It works in JupyterLab, Jupyter Notebook, VS Code and Colab.

from inkdigits.widget import Pad
pad = Pad()
pad             # in a cell: write on it
pad.text        # the text that was read
pad.prediction  # one digit, as from `Reader.predict`
pad.reading     # numbers, as from `Reader.read`
"""

from pathlib import Path
from typing import Any

from inkdigits.errors import InkdigitsError, MissingExtraError
from inkdigits.reading.reader import Reader
from inkdigits.reading.results import Prediction, Reading

try:
    import anywidget
    import traitlets
except ImportError:
    raise MissingExtraError("the drawing pad", "notebook") from None

_FOLDER = Path(__file__).parent / "widget_pad"


def _as_bytes(value: Any, _widget: Any) -> bytes:
    """The browser's data as bytes; it arrives as a memoryview."""
    return bytes(value)


class Pad(anywidget.AnyWidget):  # type: ignore[misc]  # its package is not read by mypy
    """A drawing pad that reads what is written each time the pen is lifted.

    `reader` may be your own; `width` and `height` are in pixels.
    """

    _esm = _FOLDER / "pad.js"
    _css = _FOLDER / "pad.css"

    width = traitlets.Int(480).tag(sync=True)
    height = traitlets.Int(240).tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    # The drawing as a PNG, from the browser.
    picture = traitlets.Bytes(b"").tag(sync=True, from_json=_as_bytes)

    def __init__(self, reader: Reader | None = None, **options: Any) -> None:
        """A pad to draw on, read by `reader` or by the bundled networks."""
        super().__init__(**options)
        self._reader = reader or Reader()
        # The latest results, for the cells that follow.
        self.prediction: Prediction | None = None
        self.reading: Reading | None = None
        self.observe(self._read, "picture")

    def _read(self, change: Any) -> None:
        """Read the drawing again after each stroke."""
        drawing = bytes(change["new"])
        if not drawing:
            self.prediction = None
            self.reading = None
            self.text = ""
            self.said = ""
            return
        try:
            self.prediction = self._reader.predict(drawing)
            self.reading = self._reader.read(drawing)
        except InkdigitsError as error:
            self.text = ""
            self.said = str(error)
            return
        self.text, self.said = _answer(self.prediction, self.reading)


def _answer(prediction: Prediction, reading: Reading) -> tuple[str, str]:
    """What the pad shows: several marks are a number, one is a digit."""
    lines = reading.lines
    is_number = len(lines) > 1 or (len(lines) == 1 and len(lines[0].marks) > 1)
    if is_number:
        accepted = all(line.accepted for line in lines)
        return reading.text, _how_sure(
            min(line.confidence for line in lines), accepted=accepted
        )
    if prediction.reason == "no digit":
        return "", "no digit"
    return str(prediction.digit), _how_sure(
        prediction.confidence, accepted=prediction.accepted
    )


def _how_sure(confidence: float, *, accepted: bool) -> str:
    """How sure an answer is, in words."""
    percent = 100 * confidence
    share = f"{percent:.0f} %"
    if accepted:
        return f"{share} sure"
    return f"not sure ({share})"
