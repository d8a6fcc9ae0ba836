"""Numbers on pictures and pages: `Reader.read`, compared with RapidOCR and Tesseract on the same pictures; speed and memory.

    INKDIGITS_DATA=FOLDER make bench-read

A picture is exact when the digits of all its lines are right, in order; as written when signs are too (spaces apart).
Accepted lines are judged alone: how many of them are wrong, with its 95 % interval. The sets: reading_sets.py.
The last figures: benchmarks/results/read.json
"""

import argparse
import io
import json
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import peers
from inkdigits import Line, Reader, Reading
from inkdigits.data.real_numbers import runs
from inkdigits.synthesis.drawn import draw_numbers, with_shadow
from intervals import wilson
from reading_sets import SETS, Picture, only_digits
from results_file import RESULTS, save

LEAST = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)


def is_exact(picture: Picture, lines: list[str]) -> bool:
    """Whether all digits are right; lines without a digit are left out, and rows may be split where only the digits count."""
    found = [digits for line in lines if (digits := only_digits(line))]
    if len(picture.digits) == 1 and found:
        return "".join(found) in picture.digits[0]
    return len(found) == len(picture.digits) and all(
        digits in wanted for digits, wanted in zip(found, picture.digits, strict=True)
    )


def is_as_written(picture: Picture, lines: list[str]) -> bool:
    """Whether the text is right with its signs; a decimal sign may be a comma or a point where its set does not say which."""
    if picture.texts is None:
        return False
    found, wanted = (
        "".join("".join(texts).split()) for texts in (lines, picture.texts)
    )
    if (
        len(picture.digits) == 1 and len(picture.digits[0]) > 1
    ) or picture.kind == "cell":
        found = found.replace(",", ".").removesuffix(".0")
        return found == wanted.removesuffix(".0")
    return found == wanted


def line_is_right(picture: Picture, text: str) -> bool:
    """Whether the line stands on the picture, by itself or between wide gaps."""
    plain = "".join(text.split())
    if (
        picture.texts is not None
        and all(len(digits) == 1 for digits in picture.digits)
        and picture.kind != "cell"
    ):
        return any(plain in runs(wanted) for wanted in picture.texts)
    digits = only_digits(plain)
    return digits in picture.parts or any(digits in wanted for wanted in picture.digits)


def ours(pictures: list[Picture], found: list[Reading]) -> dict[str, Any]:
    """Our own figures: what any engine has, and what comes of accepting lines."""
    lines = [
        (picture, line)
        for picture, reading in zip(pictures, found, strict=True)
        for line in reading.lines
    ]
    accepted = [(picture, line) for picture, line in lines if line.accepted]
    wrong = sum(not line_is_right(picture, line.text) for picture, line in accepted)
    wanted = sum(len(picture.digits) for picture in pictures)
    return {
        **theirs(pictures, [[line.text for line in reading.lines] for reading in found]),
        "lines": len(lines), "accepted": len(accepted), "accepted_share": (len(accepted) - wrong) / max(wanted, 1),
        "accepted_wrong": wrong, "accepted_wrong_share": wrong / max(len(accepted), 1), "interval": wilson(wrong, len(accepted)),
        "curve": curve(lines, wanted),
        "turned": sum(page.turned_deg != 0 for reading in found for page in reading.pages),
    }  # fmt: skip


def curve(lines: list[tuple[Picture, Line]], wanted: int) -> list[list[float]]:
    """For each least confidence: the share of all numbers accepted and right, and the share of accepted lines that are wrong."""
    points = []
    for least in LEAST:
        right = [
            line_is_right(picture, line.text)
            for picture, line in lines
            if line.confidence >= least
        ]
        points.append(
            [
                least,
                sum(right) / max(wanted, 1),
                1 - sum(right) / len(right) if right else 0.0,
            ]
        )
    return points


def theirs(pictures: list[Picture], found: list[list[str]]) -> dict[str, Any]:
    """Exact digits and exact texts of all pictures."""
    pairs = list(zip(pictures, found, strict=True))
    figures: dict[str, Any] = {
        "exact": float(np.mean([is_exact(picture, lines) for picture, lines in pairs]))
    }
    if pictures[0].texts is not None:
        figures["as_written"] = float(
            np.mean([is_as_written(picture, lines) for picture, lines in pairs])
        )
    return figures


def speed(reader: Reader, data: Path) -> dict[str, float]:
    """Seconds for an A4 page at 300 dpi with 500 digits, a 12-megapixel photo with one number, a small field."""
    rng = np.random.default_rng(1)
    lines = ["".join(map(str, rng.integers(0, 10, 20))) for _ in range(25)]
    drawn = np.asarray(draw_numbers(lines, size_px=56))
    a4 = np.full((3508, 2480), 245, np.uint8)
    a4[300 : 300 + drawn.shape[0], 300 : 300 + drawn.shape[1]] = drawn
    photo = np.full((3000, 4000), 225, np.uint8)
    number = np.asarray(draw_numbers(["90210"], size_px=220, paper=225))
    photo[1200 : 1200 + number.shape[0], 900 : 900 + number.shape[1]] = number
    out = io.BytesIO()
    with_shadow(Image.fromarray(photo)).save(out, "JPEG", quality=90)
    field = np.asarray(draw_numbers(["34625"], size_px=20).resize((100, 40)))
    path = data / "a4.png"
    Image.fromarray(a4).save(path)
    result = {
        "a4_s": best_of(3, lambda: reader.read(path)), "a4_right": float(reader.read(path).text.split("\n") == lines),
        "photo_12mp_s": best_of(5, lambda: reader.read(out.getvalue())),
        "photo_12mp_right": float(reader.read(out.getvalue()).text == "90210"),
        "field_100x40_s": best_of(20, lambda: reader.read(field)),
    }  # fmt: skip
    if peers.tesseract([field]) is not None:
        result["a4_tesseract_s"] = best_of(2, lambda: peers.tesseract_lines(path))
    return result


def best_of(rounds: int, call: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def peak_mb(path: Path) -> float:
    """The most memory a fresh process takes to read the page."""
    import subprocess
    import sys

    code = f"import inkdigits; inkdigits.read({str(path)!r}); print(open('/proc/self/status').read())"
    status = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--no-peers", action="store_true", help="only our own reader")
    parser.add_argument(
        "--keep-peers",
        action="store_true",
        help="measure our own reader again, and keep the peers' figures: they read the same pictures",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=list(SETS),
        help="only these sets; nothing is saved",
    )
    parser.add_argument(
        "--peers-most",
        type=int,
        default=25,
        help="peers read so many pictures of each set: they are slow",
    )
    parser.add_argument(
        "--most",
        type=int,
        help="at most so many pictures of each set; nothing is saved",
    )
    parser.add_argument(
        "--speed-only",
        action="store_true",
        help="measure speed and memory again, and keep the other figures",
    )
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    data, reader = Path(options.data), Reader(threads=2)
    engines: dict[str, Callable[[list[Any]], list[list[str]] | None]] = {}
    if not options.no_peers and not options.keep_peers:
        engines = {"rapidocr": peers.rapidocr, "tesseract": peers.tesseract}
    kept = json.loads((RESULTS / "read.json").read_text(encoding="utf-8"))
    if options.speed_only:
        save("read", kept | {"speed": timed(reader)})
        return
    results: dict[str, Any] = {}
    for name in options.only or SETS:
        pictures = SETS[name](data)[: options.most]
        row: dict[str, Any] = {"n": len(pictures)}
        row["inkdigits"] = ours(
            pictures, reader.read([picture.grey for picture in pictures])
        )
        for engine, read in engines.items():
            some = pictures[: options.peers_most]
            found = read([picture.grey for picture in some])
            if found is not None:
                row[engine] = {"n": len(some), **theirs(some, found)}
        if options.keep_peers:
            row = kept["sets"][name] | row
        print(shown(name, row), flush=True)
        results[name] = row
    if options.only or options.most:
        return
    figures = {"sets": results, "speed": timed(reader), "threads": 2}
    save("read", {"command": "make bench-read", **figures})


def timed(reader: Reader) -> dict[str, float]:
    """Speed, and the most memory; also printed."""
    with tempfile.TemporaryDirectory() as folder:
        timing = speed(reader, Path(folder))
        timing["a4_peak_mb"] = peak_mb(Path(folder) / "a4.png")
    print({name: round(value, 4) for name, value in timing.items()})
    return timing


def shown(name: str, row: dict[str, Any]) -> str:
    own = row["inkdigits"]
    text = f"{name:28}{row['n']:5}  exact {own['exact']:6.1%}"
    text += (
        f"  as written {own['as_written']:6.1%}" if "as_written" in own else " " * 20
    )
    low, high = own["interval"]
    text += f"  accepted right {own['accepted_share']:6.1%}, wrong {own['accepted_wrong_share']:5.2%} ({low:.1%} to {high:.1%})"
    for engine in ("rapidocr", "tesseract"):
        if engine in row:
            text += f"  {engine} {row[engine]['exact']:6.1%}"
    return text


if __name__ == "__main__":
    main()
