"""inkdigits reads handwritten digits and numbers.

The names below are all that is public. Nothing heavy loads before it is used: `import inkdigits`
alone stays under 50 ms.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inkdigits import errors
from inkdigits._version import __version__
from inkdigits.reading.presented import Presented, Presenter

if TYPE_CHECKING:
    from inkdigits.formats.drawing import draw
    from inkdigits.reading.input.limits import Limits
    from inkdigits.reading.reader import Reader, predict, read
    from inkdigits.reading.results import (
        Box,
        Digit,
        Line,
        Mark,
        PageReading,
        Prediction,
        Reading,
    )

__all__ = [
    "Box",
    "Digit",
    "Limits",
    "Line",
    "Mark",
    "PageReading",
    "Prediction",
    "Reader",
    "Reading",
    "__version__",
    "draw",
    "errors",
    "predict",
    "read",
]

_HOMES = {
    "Limits": "inkdigits.reading.input.limits",
    "draw": "inkdigits.formats.drawing",
    **dict.fromkeys(("Reader", "predict", "read"), "inkdigits.reading.reader"),
    **dict.fromkeys(
        ("Box", "Digit", "Line", "Mark", "PageReading", "Prediction", "Reading"),
        "inkdigits.reading.results",
    ),
}


def _presenter() -> Presenter:
    """What results become files and pictures by, loaded when one does."""
    from inkdigits import presentation

    return presentation


Presented.presenter = staticmethod(_presenter)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(
            f"module 'inkdigits' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
