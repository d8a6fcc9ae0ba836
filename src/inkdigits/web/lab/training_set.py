"""The page's request for a fine-tuning: a few digits with their labels.

It is checked before anything is written or started.
"""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.errors import SettingError
from inkdigits.reading.glyphs import SIZE_PX

_PIXELS = SIZE_PX * SIZE_PX


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits on what the page may request."""

    digits: int = 100  # a user adds them one by one
    learning_rate: float = 10.0  # far beyond what any network bears
    replay: float = 0.95  # of each batch, as in `inkdigits train --replay`
    body_bytes: int = 160_000  # this many digits in base64, and the rest of the request


BOUNDS = Bounds()


@dataclass(frozen=True)
class TrainingSet:
    """The digits, and the settings for fine-tuning on them."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    learning_rate: float
    replay: float

    def save(self, file: Path) -> None:
        """Write the digits to a file for `--data`."""
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as opened:
            np.savez_compressed(opened, images=self.images, labels=self.labels)

    def options(self, run: Path, file: Path) -> list[str]:
        """The options of `inkdigits train` that fine-tune the run on the file."""
        return [
            *("--from", str(run)),
            *("--data", str(file)),
            *("--replay", f"{self.replay:g}"),
            *("--learning-rate", f"{self.learning_rate:g}"),
        ]


def checked(wanted: dict[str, Any]) -> TrainingSet:
    """The training set that a request holds; SettingError if it cannot be used."""
    for name in wanted:
        if name not in ("digits", "learning_rate", "replay"):
            raise SettingError(
                f"{name[:40]!a} cannot be set from the page: choose digits, learning_rate, replay"
            )
    digits = wanted.get("digits")
    if not isinstance(digits, list) or not 0 < len(digits) <= BOUNDS.digits:
        raise SettingError(f"digits: give a list of 1 to {BOUNDS.digits}")
    pictures = [_picture(digit) for digit in digits]
    return TrainingSet(
        np.frombuffer(b"".join(pictures), np.uint8).reshape(-1, SIZE_PX, SIZE_PX),
        np.array([_label(digit) for digit in digits], np.int64),
        _number(wanted, "learning_rate", 1e-6, BOUNDS.learning_rate),
        _number(wanted, "replay", 0.0, BOUNDS.replay),
    )


def _label(digit: Any) -> int:
    label = digit.get("label")
    if type(label) is not int or not 0 <= label <= 9:
        raise SettingError(f"a label is {str(label)[:40]!a}: give a digit from 0 to 9")
    return label


def _picture(digit: Any) -> bytes:
    """The 28×28 bytes of one digit."""
    text = digit.get("picture") if isinstance(digit, dict) else None
    try:
        picture = (
            base64.b64decode(text, validate=True) if isinstance(text, str) else b""
        )
    except ValueError:
        picture = b""
    if len(picture) != _PIXELS or not any(picture):
        raise SettingError(
            "a picture is not 28×28 bytes with ink on them in base64: send what the page shows"
        )
    return picture


def _number(wanted: dict[str, Any], name: str, least: float, most: float) -> float:
    value = wanted.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Compared before it becomes a float: a number in JSON may be too long for one.
    if value is None or not is_number or not least <= value <= most:
        raise SettingError(
            f"{name} is {str(value)[:40]!a}: give a number from {least:g} to {most:g}"
        )
    return float(value)
