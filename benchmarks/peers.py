"""The general engines that reading is compared with: Tesseract from Debian, RapidOCR in an environment of its own."""

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
_ALLOWED = "0123456789.,-/:+%=()$"
_RAPID = """
import json, sys, logging
logging.disable(logging.CRITICAL)
from rapidocr import RapidOCR
engine = RapidOCR()
for path in sys.stdin.read().split("\\n"):
    if path:
        found = engine(path)
        boxes, texts = (found.boxes, found.txts) if found.txts else ([], [])
        rows = sorted(zip(boxes, texts), key=lambda row: float(row[0][0][1]))
        print("READ " + json.dumps([text for _, text in rows]), flush=True)
"""


def tesseract(pictures: list[npt.NDArray[np.uint8]]) -> list[list[str]] | None:
    """The lines that Tesseract finds on each picture, told to look for digits and signs; None where it is not installed."""
    if shutil.which("tesseract") is None:
        return None
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for picture in pictures:
            found.append(tesseract_lines(_written(picture, Path(folder) / "page.png")))
    return found


def tesseract_lines(path: Path) -> list[str]:
    command = [
        "tesseract",
        str(path),
        "stdout",
        "--psm",
        "6",
        "-c",
        f"tessedit_char_whitelist={_ALLOWED}",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def rapidocr(pictures: list[npt.NDArray[np.uint8]]) -> list[list[str]] | None:
    """What RapidOCR reads, from top to bottom; None where it is not installed."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            _written(picture, Path(folder) / f"{index}.png")
            for index, picture in enumerate(pictures)
        ]
        listed = "\n".join(map(str, paths))
        done = subprocess.run(
            [python, "-c", _RAPID],
            input=listed,
            check=True,
            capture_output=True,
            text=True,
        )
    rows: list[Any] = [
        json.loads(line[5:])
        for line in done.stdout.splitlines()
        if line.startswith("READ ")
    ]
    return [[text for text in row if text] for row in rows]


def _written(picture: npt.NDArray[np.uint8], path: Path) -> Path:
    Image.fromarray(picture).save(path)
    return path
