"""The general engines beside which reading is measured: Tesseract from Debian, RapidOCR in an environment of its own."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

PEERS = Path(__file__).parent.parent / "runs" / "peers"
_RAPID = """
import json, re, sys
from rapidocr_onnxruntime import RapidOCR
engine = RapidOCR()
for path in sys.stdin.read().split("\\n"):
    if path:
        found = engine(path)[0] or []
        print(json.dumps([re.sub(r"\\D", "", row[1]) for row in sorted(found, key=lambda row: row[0][0][1])]), flush=True)
"""


def tesseract(pictures: list[npt.NDArray[np.uint8]]) -> list[list[str]] | None:
    """The lines of digits Tesseract finds on each picture, told to look for digits only; None where it is not installed."""
    if shutil.which("tesseract") is None:
        return None
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for picture in pictures:
            path = _written(picture, Path(folder) / "page.png")
            found.append(tesseract_lines(path))
    return found


def tesseract_lines(path: Path) -> list[str]:
    command = ["tesseract", str(path), "stdout", "--psm", "6", "-c", "tessedit_char_whitelist=0123456789"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return ["".join(line.split()) for line in done.stdout.splitlines() if line.strip()]


def rapidocr(pictures: list[npt.NDArray[np.uint8]]) -> list[list[str]] | None:
    """The digits of what RapidOCR reads, from top to bottom; None where it is not installed."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        paths = [_written(picture, Path(folder) / f"{index}.png") for index, picture in enumerate(pictures)]
        done = subprocess.run(
            [python, "-c", _RAPID], input="\n".join(map(str, paths)), check=True, capture_output=True, text=True
        )
    rows: list[Any] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return [[text for text in row if text] for row in rows]


def _written(picture: npt.NDArray[np.uint8], path: Path) -> Path:
    Image.fromarray(picture).save(path)
    return path
