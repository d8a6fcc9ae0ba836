"""TIFF files whose directories have no end, or whose tiles are far larger than their picture."""

import io
import struct

import pytest
from PIL import Image

from attack.attack_files import tiff_chain
from inkdigits.errors import PictureError, PictureTooLargeError
from inkdigits.reading.input.documents import open_pages
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pictures import open_grey


def numbers(
    data: bytes, pages: str | None = None, limits: Limits | None = None
) -> list[int]:
    return [number for number, _ in open_pages(data, limits or Limits(), pages)]


def test_forty_thousand_directories_are_counted_in_one_pass() -> None:
    with pytest.raises(
        PictureTooLargeError, match="has 40,000 pages, the limit is 200"
    ):
        numbers(tiff_chain(40_000))


def test_pages_far_down_a_chain_are_found_at_once() -> None:
    assert numbers(tiff_chain(40_000), "39999-") == [39_999, 40_000]


def test_predict_takes_the_first_page_alone() -> None:
    assert open_grey(tiff_chain(40_000)).shape == (1, 1)


def test_a_chain_that_turns_back_ends_there() -> None:
    data = bytearray(tiff_chain(5))
    size = (len(data) - 12) // 5
    data[-4:] = struct.pack("<L", 12 + 2 * size)
    assert numbers(bytes(data)) == [1, 2, 3, 4, 5]


def test_a_chain_that_leaves_the_file_ends_there() -> None:
    data = bytearray(tiff_chain(3))
    data[-4:] = struct.pack("<L", 2**32 - 1)
    assert numbers(bytes(data)) == [1, 2, 3]


def test_millions_of_empty_directories_are_not_all_looked_for() -> None:
    count = 2_000_000
    chain = b"".join(
        struct.pack("<HL", 0, 8 + 6 * (place + 1)) for place in range(count)
    )
    with pytest.raises(PictureTooLargeError, match="has 100,000 pages"):
        numbers(b"II*\0" + struct.pack("<L", 8) + chain)


def test_two_chains_in_one_process_do_not_hold_each_other_up() -> None:
    for _ in range(2):
        with pytest.raises(PictureTooLargeError):
            numbers(tiff_chain(70_000))


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("packing", ["raw", "tiff_lzw", "jpeg"])
def test_pages_are_those_that_pillow_finds(big: bool, packing: str) -> None:
    shades = [Image.new("L", (40 + page, 30), 20 * page) for page in range(8)]
    file = io.BytesIO()
    shades[0].save(
        file,
        "TIFF",
        save_all=True,
        append_images=shades[1:],
        big_tiff=big,
        compression=packing,
    )
    found = list(open_pages(file.getvalue(), Limits()))
    assert [page.grey.shape for _, page in found] == [
        (30, 40 + page) for page in range(8)
    ]
    assert [round(float(page.grey.mean()), -1) for _, page in found] == [
        20 * page for page in range(8)
    ]


def test_a_tile_is_measured_before_it_is_decoded() -> None:
    fields = [
        (256, 3, 1, 9), (257, 3, 1, 9), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1),
        (277, 3, 1, 1), (322, 4, 1, 30_000), (323, 4, 1, 30_000), (324, 4, 1, 8), (325, 4, 1, 100),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHLL", *field) for field in fields)
    data = b"II*\0" + struct.pack("<L", 200) + b"\0" * 192
    data += struct.pack("<H", len(fields)) + entries + struct.pack("<L", 0)
    with pytest.raises(PictureError, match=r"a tile of .* has 30000×30000"):
        open_grey(data)


def test_entries_that_all_point_at_the_whole_file_end_in_an_error_or_a_page() -> None:
    count = 3000
    entries = b"".join(
        struct.pack("<HHLL", 1000 + tag, 1, 400_000, 8) for tag in range(count)
    )
    start = 400_000
    data = b"II*\0" + struct.pack("<L", start) + b"\0" * (start - 8)
    data += struct.pack("<H", count) + entries + struct.pack("<L", 0)
    with pytest.raises(PictureError):
        open_grey(data)
