"""inkdigits reads handwritten digits, anywhere.

The names below are all that is public. Nothing heavy loads before it is used: `import inkdigits` alone stays under 50 ms.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inkdigits import errors
from inkdigits._version import __version__

if TYPE_CHECKING:
    from inkdigits.reading.reader import Reader, predict, read
    from inkdigits.reading.results import Box, Digit, Line, PageReading, Prediction, Reading

__all__ = ["Box", "Digit", "Line", "PageReading", "Prediction", "Reader", "Reading", "__version__", "errors", "predict", "read"]

_HOMES = {
    "Reader": "inkdigits.reading.reader",
    "predict": "inkdigits.reading.reader",
    "read": "inkdigits.reading.reader",
    **dict.fromkeys(("Box", "Digit", "Line", "PageReading", "Prediction", "Reading"), "inkdigits.reading.results"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'inkdigits' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
