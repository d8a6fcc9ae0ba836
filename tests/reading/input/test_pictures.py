"""The door: what is no picture, and what is too much of one, is said in one line."""

import io
import os
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits import errors
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pictures import open_grey, open_page
from inkdigits.synthesis import drawn


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing: a bomb."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def refusal(
    kind: type[errors.PictureError], source: object, limits: Limits | None = None
) -> str:
    with pytest.raises(kind) as caught:
        open_grey(source, limits)  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_is_no_picture(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.png", tmp_path / "letter.png"
    empty.write_bytes(b"")
    text.write_text("Dear reader, this is no picture.")
    assert "is empty" in refusal(errors.NotAPictureError, empty)
    assert "is not a picture" in refusal(errors.NotAPictureError, text)
    assert "is a folder" in refusal(errors.NotAPictureError, tmp_path)
    assert "does not exist" in refusal(errors.NotAPictureError, tmp_path / "gone.png")
    assert "is empty" in refusal(errors.NotAPictureError, b"")
    assert "cannot read a picture from int" in refusal(errors.NotAPictureError, 7)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights(tmp_path: Path, seven: Path) -> None:
    seven.chmod(0)
    assert "Permission denied" in refusal(errors.NotAPictureError, seven)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP"])
def test_a_truncated_picture_is_refused_not_half_read(kind: str) -> None:
    whole = drawn.as_file(drawn.with_grain(drawn.draw_digit(5, size_px=300)), kind)
    refusal(errors.NotAPictureError, whole[: len(whole) // 2])


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "pixels" in refusal(
            errors.PictureTooLargeError, png_header(60_000, 60_000)
        )
        assert "12000×12000" in refusal(
            errors.PictureTooLargeError, png_header(12_000, 12_000)
        )


def test_limits_can_be_set(seven: Path) -> None:
    assert "limit is 1,000" in refusal(
        errors.PictureTooLargeError, seven, Limits(max_pixels=1000)
    )
    assert "limit is 50" in refusal(
        errors.PictureTooLargeError, seven, Limits(max_bytes=50)
    )
    assert "more than 50 bytes" in refusal(
        errors.PictureTooLargeError,
        io.BytesIO(seven.read_bytes()),
        Limits(max_bytes=50),
    )
    assert "limit is 99" in refusal(
        errors.PictureTooLargeError, np.zeros((10, 10), np.uint8), Limits(max_pixels=99)
    )


@pytest.mark.parametrize("shape", [(5,), (2, 3, 5), (2, 2, 3, 1), ()])
def test_arrays_that_are_no_pictures(shape: tuple[int, ...]) -> None:
    assert "is not a picture" in refusal(
        errors.NotAPictureError, np.zeros(shape, np.uint8)
    )


def test_arrays_of_other_kinds() -> None:
    assert "object" in refusal(
        errors.NotAPictureError, np.array([[None, 1]], dtype=object)
    )
    assert "no pixels" in refusal(errors.NotAPictureError, np.zeros((0, 5), np.uint8))
    assert open_grey(np.array([[True, False]])).tolist() == [[255, 0]]
    assert open_grey(np.array([[0.0, 1.0, np.nan]])).tolist() == [[0, 255, 0]]


def test_random_bytes_never_end_in_anything_else() -> None:
    rng = np.random.default_rng(0)
    starts = [
        drawn.as_file(drawn.draw_digit(3, size_px=40), kind)
        for kind in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")
    ]
    for round_ in range(300):
        data = bytearray(starts[round_ % len(starts)])
        for place in rng.integers(0, len(data), 6):
            data[int(place)] = int(rng.integers(256))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                open_grey(bytes(data))
            except errors.PictureError as error:
                assert "\n" not in str(error)  # noqa: PT017


def test_large_jpegs_are_decoded_smaller_and_the_scale_is_kept() -> None:
    page = open_page(
        drawn.as_file(drawn.draw_digit(1, size_px=3200), "JPEG"), enough_px=400
    )
    assert max(page.grey.shape) < 1700
    assert page.scale == pytest.approx(3200 / max(page.grey.shape))


def test_transparent_corners_of_a_card_stay_paper() -> None:
    card = Image.new("RGBA", (100, 100), (255, 255, 255, 255))
    card.paste((0, 0, 0, 0), (0, 0, 12, 12))
    assert open_grey(card).min() == 255


@pytest.mark.parametrize(
    "kind",
    [
        "PNG",
        "JPEG",
        "MPO",
        "BMP",
        "GIF",
        "TIFF",
        "WEBP",
        "PPM",
        "TGA",
        "JPEG2000",
        "AVIF",
        "DIB",
    ],
)
def test_each_kind_is_opened_in_a_fresh_process(kind: str, tmp_path: Path) -> None:
    """Pillow learns kinds as it goes: what came before must not matter."""
    file = tmp_path / "picture"
    drawn.draw_digit(5, size_px=60).convert("RGB").save(file, kind)
    script = "import sys; from inkdigits.reading.input.pictures import open_grey; print(open_grey(sys.argv[1]).shape)"
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("(60, 60)\n", "")
