"""Small files of forty million pixels, read by the command line in a gigabyte of memory.

Where the machine allows no control group, the process's own account of its peak is held to it.
"""

import io
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from attack.attack_files import icon_of, png
from attack.memory_cgroup import memory_cgroup
from inkdigits.reading.input.decoding_memory import decoding_bytes
from inkdigits.reading.reading_memory import reading_bytes
from waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="needs /proc"
)

MIB = 1024 * 1024
GIB = 1024 * MIB
WIDTH, HEIGHT = 8000, 5000
PIXELS = WIDTH * HEIGHT
# Runs a command, then says on stderr how much memory it took at most (kB).
MEASURED = """
import sys
from inkdigits.cli import main
try:
    main()
finally:
    status = open("/proc/self/status").read()
    print("peak", status.split("VmHWM:")[1].split()[0], file=sys.stderr)
"""


def saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (WIDTH, HEIGHT)).save(file, kind, **options)
    return file.getvalue()


def heic_that_claims(width: int, height: int) -> bytes:
    """A small HEIC picture that says it is a large one."""
    heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    heif.from_pillow(Image.new("RGB", (64, 64), "white")).save(file)
    size = b"ispe\0\0\0\0" + struct.pack(">II", 64, 64)
    assert size in file.getvalue()
    return file.getvalue().replace(size, size[:8] + struct.pack(">II", width, height))


# Each with the bytes that its decoder and Pillow need for a pixel of their own.
FILES: dict[str, tuple[Callable[[], bytes], int]] = {
    "16-bit grey PNG": (lambda: png(WIDTH, HEIGHT, 16, 0), 2),
    "16-bit colour PNG": (lambda: png(WIDTH, HEIGHT, 16, 2), 4),
    "PNG with alpha": (lambda: png(WIDTH, HEIGHT, 8, 6, b"\0\0\0\x80" * WIDTH), 4),
    "PNG with a palette and alpha": (lambda: saved("PNG", "P", transparency=3), 1),
    "TIFF in one strip": (lambda: saved("TIFF", compression="tiff_adobe_deflate"), 4),
}
REFUSED: dict[str, Callable[[], bytes]] = {
    "ICO of 169 million pixels": lambda: icon_of(png(13_000, 13_000)),
    "HEIC of 140 million pixels": lambda: heic_that_claims(11_800, 11_900),
    "PNG of 169 million pixels": lambda: png(13_000, 13_000),
}


@pytest.fixture(scope="module")
def launcher() -> Iterator[Sequence[str]]:
    with memory_cgroup(GIB) as found:
        yield found or ()


def peak_of(launcher: Sequence[str], verb: str, file: Path) -> tuple[int, str, int]:
    """The exit status, what is said on stderr, and the bytes taken at most."""
    command = [*launcher, sys.executable, "-c", MEASURED, verb, str(file)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    said, _, peak = done.stderr.rpartition("peak ")
    assert peak, f"it was killed ({done.returncode}): {done.stderr}"
    return done.returncode, said, 1024 * int(peak)


@pytest.fixture(scope="module")
def without_picture(
    launcher: Sequence[str], tmp_path_factory: pytest.TempPathFactory
) -> int:
    """What the command takes for a small picture."""
    small = tmp_path_factory.mktemp("small") / "small.png"
    small.write_bytes(png(800, 500))
    return max(peak_of(launcher, verb, small)[2] for verb in ("predict", "read"))


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_forty_million_pixels_take_three_bytes_each_beside_the_decoder(
    name: str, launcher: Sequence[str], without_picture: int, tmp_path: Path
) -> None:
    content, own_bytes = FILES[name]
    file = tmp_path / "page"
    file.write_bytes(content())
    status, said, peak = peak_of(
        launcher, "predict" if "alpha" in name else "read", file
    )
    assert (status, said) == (0, "")
    decoding, reading = (
        (own_bytes + 3) * PIXELS,
        PIXELS + reading_bytes((HEIGHT, WIDTH)),
    )
    assert peak - without_picture <= max(decoding, reading) + 16 * MIB


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_more_is_refused_before_it_is_decoded(
    name: str, launcher: Sequence[str], without_picture: int, tmp_path: Path
) -> None:
    file = tmp_path / "page"
    file.write_bytes(REFUSED[name]())
    status, said, peak = peak_of(launcher, "read", file)
    assert status == 2
    assert "pixels" in said
    assert peak <= without_picture + 16 * MIB


ESTIMATED: dict[str, dict[str, Any]] = {
    "PNG": {"mode": "RGBA"}, "GIF": {"mode": "P"}, "BMP": {}, "JPEG": {"progressive": True, "subsampling": 0},
    "TIFF": {"mode": "RGBA", "compression": "tiff_lzw"}, "WEBP": {"lossless": True, "method": 0},
    "AVIF": {"speed": 10}, "JPEG2000": {},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", ESTIMATED)
def test_estimates_are_not_exceeded(kind: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"mode": "RGB", **ESTIMATED[kind]}
    size = (4000, 2500)
    file = tmp_path / "picture"
    Image.linear_gradient("L").resize(size).convert(options.pop("mode")).save(
        file, kind, **options
    )
    script = """
import sys
from inkdigits.reading.input.pictures import open_grey
from PIL import Image

def held(what):
    return 1024 * int(open("/proc/self/status").read().split(what)[1].split()[0])

Image.init()
Image.new("L", (9, 9)).getexif()
start = held("VmRSS:")
open_grey(sys.argv[1])
print(held("VmHWM:") - start)
"""
    command = [sys.executable, "-c", script, str(file)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    estimated = decoding_bytes(size[0] * size[1], kind)
    assert int(done.stdout) <= estimated + file.stat().st_size + 16 * MIB


@pytest.mark.slow
def test_memory_comes_back_after_large_pictures(tmp_path: Path) -> None:
    files = [tmp_path / "alpha.png", tmp_path / "deep.png"]
    files[0].write_bytes(png(WIDTH, HEIGHT, 8, 4))
    files[1].write_bytes(png(WIDTH, HEIGHT, 16, 0))
    script = """
import sys
from concurrent.futures import ThreadPoolExecutor
from inkdigits import Reader

def held():
    return int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])

reader = Reader()
small = sys.argv[1]
reader.read(small)
reader.predict(small)
start = held()
with ThreadPoolExecutor(4) as pool:
    list(pool.map(reader.predict, sys.argv[2:]))
    list(pool.map(lambda file: len(reader.read(file).pages), sys.argv[2:]))
    print(held() - start)
"""
    small = tmp_path / "small.png"
    small.write_bytes(png(2000, 2000))
    command = [sys.executable, "-c", script, str(small), *map(str, files)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    assert 1024 * int(done.stdout) <= 100 * MIB
