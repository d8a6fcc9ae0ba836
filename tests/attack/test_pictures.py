"""Pictures of odd shapes, and small files that decode to far more than they hold."""

import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from attack.attack_files import icon_of, png
from inkdigits import Prediction, Reader
from inkdigits.errors import NotAPictureError, PictureError, PictureTooLargeError
from inkdigits.reading.digit import FoundDigit
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pictures import open_grey
from inkdigits.synthesis.drawn import as_file, draw_digit, draw_numbers
from waiting import PATIENCE_S

SEVEN = as_file(draw_digit(7), "PNG")
STRIPS = {
    "2000x1": (2000, 1),
    "3000000x2": (3_000_000, 2),
    "1x40000": (1, 40_000),
    "40000000x1": (40_000_000, 1),
}


def refusal(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(PictureError) as caught:
        open_grey(data, limits)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", STRIPS)
def test_strips_are_refused_before_they_are_decoded(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    assert "pixels" in refusal(png(*STRIPS[name]))


@pytest.mark.parametrize("verb", ["read", "predict"])
def test_strips_among_files_cost_only_themselves(verb: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.png" for name in STRIPS]
    for file in files:
        file.write_bytes(png(*STRIPS[file.stem]))
    good = tmp_path / "z.png"
    good.write_bytes(
        SEVEN if verb == "predict" else as_file(draw_numbers(["34625"]), "PNG")
    )
    command = [sys.executable, "-m", "inkdigits", verb, *map(str, files), str(good)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == (1 if verb == "read" else 2)
    assert f"{good}: {'34625' if verb == 'read' else '7'}" in done.stdout
    assert done.stderr.count("\n") == len(files)
    assert "Traceback" not in done.stderr


ASPECTS = (1, 2, 13, 90, 200)
# The longer side, and how often it is as long as the other. Reading takes its time by the pixel: of
# large pictures there is one size of every shape, and one of thin ones.
SHAPES = dict.fromkeys((1, 2, 3, 7, 28, 33, 100, 513, 4001), ASPECTS) | {
    2000: (13, 90, 200)
}


@pytest.mark.parametrize("longest", SHAPES)
def test_every_shape_within_the_limits_has_an_answer(
    reader: Reader, longest: int
) -> None:
    rng = np.random.default_rng(longest)
    for aspect in SHAPES[longest]:
        shorter = -(-longest // aspect)
        noise = rng.integers(0, 256, (shorter, longest), dtype=np.uint8)
        stroke = np.full((shorter, longest), 255, np.uint8)
        stroke[shorter // 4 : shorter // 2 + 1, longest // 3 : longest // 2 + 1] = 0
        # A square on its side is the same shape again.
        strokes = (stroke, stroke.T) if aspect > 1 else (stroke,)
        noises = (noise, noise.T) if aspect > 1 else (noise,)
        for grey in (*noises, *strokes):
            assert isinstance(reader.predict(np.ascontiguousarray(grey)), Prediction)
        for grey in strokes:
            reader.read(np.ascontiguousarray(grey))


def test_one_fault_of_ours_fails_one_picture(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = Reader._find

    def faulty(self: Reader, picture: object) -> object:
        if picture == b"fault":
            raise IndexError("a fault of ours")
        return find(self, picture)  # type: ignore[arg-type]

    monkeypatch.setattr(Reader, "_find", faulty)
    first, fault, broken, last = reader.predict_each(
        [SEVEN, b"fault", b"no picture", SEVEN]
    )
    assert isinstance(fault, IndexError)
    assert isinstance(broken, NotAPictureError)
    assert first == last
    assert isinstance(first, Prediction)
    assert first.digit == 7


def test_a_fault_of_the_net_fails_the_picture_it_is_about(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Reader._answers
    eight = as_file(draw_digit(8), "PNG")
    bad = reader.glyph(eight)

    def faulty(self: Reader, found: Sequence[FoundDigit]) -> object:
        if any(np.array_equal(digit.glyph, bad) for digit in found):
            raise FloatingPointError("a fault of the net")
        return answers(self, found)

    monkeypatch.setattr(Reader, "_answers", faulty)
    first, fault, last = reader.predict_each([SEVEN, eight, SEVEN])
    assert isinstance(fault, FloatingPointError)
    assert isinstance(first, Prediction)
    assert first == last


def test_an_icon_is_measured_before_it_is_opened() -> None:
    assert "is an icon of 13000×13000 pixels" in refusal(icon_of(png(13_000, 13_000)))
    dib = struct.pack("<IiiHHIIIIII", 40, 9_000, 2 * 9_000, 1, 1, 0, 0, 0, 0, 0, 0)
    assert "is an icon of 9000×9000 pixels" in refusal(icon_of(dib))
    assert open_grey(icon_of(png(256, 256))).shape == (256, 256)


def test_a_heic_picture_is_measured_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    heif.from_pillow(Image.new("L", (640, 480), 255)).save(file)
    monkeypatch.setattr(
        heif.HeifImage, "load", lambda self: pytest.fail("it was decoded")
    )
    assert "has 640×480 = 307,200 pixels" in refusal(
        file.getvalue(), Limits(max_pixels=300_000)
    )


def test_memory_is_estimated_before_it_is_spent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (2000, 1500), "white").save(file, "JPEG2000")
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    said = refusal(file.getvalue(), Limits(max_decoding_memory=50_000_000))
    assert "takes 57 MiB of memory to decode, the limit is 47" in said


def gif_of(screen: tuple[int, int], frame: tuple[int, int]) -> bytes:
    """A GIF whose only frame has another size than its screen."""
    head = (
        b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    )
    image = b"," + struct.pack("<HHHHB", 0, 0, *frame, 0)
    return head + image + b"\x02\x02\x4c\x01\0;"


def test_a_frame_larger_than_its_screen_is_measured() -> None:
    assert "pixels" in refusal(gif_of((2, 2), (60_000, 60_000)))


def scans(kind: int, count: int, side: int = 64) -> bytes:
    """A JPEG that goes over its pixels again and again."""
    file = io.BytesIO()
    Image.new("L", (side, side), 128).save(file, "JPEG", progressive=kind == 2)
    data = file.getvalue()
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * count + b"\xff\xd9"


def test_jpegs_of_many_scans_are_refused() -> None:
    assert "is a JPEG of more than 100 scans" in refusal(scans(2, 5000))
    assert open_grey(scans(2, 3)).shape == (64, 64)


def test_what_looks_like_scans_after_the_end_does_not_count() -> None:
    file = io.BytesIO()
    Image.new("L", (64, 64), 128).save(file, "JPEG")
    assert open_grey(file.getvalue() + b"\xff\xda\x00\x08" * 500).shape == (64, 64)


def test_text_and_profiles_that_unpack_without_end_are_refused() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data))
        )

    bomb = zlib.compress(b"\0" * 100_000_000, 9)
    small = png(9, 9)
    for name in (chunk(b"zTXt", b"a\0\0" + bomb), chunk(b"iCCP", b"a\0\0" + bomb)):
        spoiled = small[:33] + name * 20 + small[33:]
        try:
            assert open_grey(spoiled).shape == (9, 9)
        except PictureError as error:
            assert "\n" not in str(error)  # noqa: PT017


@pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="there are no pipes in folders here"
)
@pytest.mark.parametrize("verb", ["read", "predict"])
def test_pipes_and_devices_among_files_are_refused_at_once(
    verb: str, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "a.png")
    good = tmp_path / "b.png"
    good.write_bytes(SEVEN)
    arguments = [str(tmp_path / "a.png"), "/dev/zero", str(good)]
    command = [sys.executable, "-m", "inkdigits", verb, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.stderr.count("is a pipe or device") == 2
    assert done.stdout.count("7")


def test_a_stdin_without_end_is_left_at_the_limit(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inkdigits", "read", "-"]
    with Path("/dev/zero").open("rb") as zeros:
        done = subprocess.run(
            command,
            stdin=zeros,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    assert done.returncode == 2
    assert "has more than 67,108,864 bytes" in done.stderr


def test_too_large_is_said_of_sides() -> None:
    with pytest.raises(PictureTooLargeError, match="the limit for a side is 32,767"):
        open_grey(png(40_000, 300))
