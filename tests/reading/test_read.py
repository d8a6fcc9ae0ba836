"""Laws of `Reader.read`: the same numbers whatever the page is like; boxes where the digits are; nothing where there is none."""

import contextlib
import io
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import inkdigits
from inkdigits import Reader, errors
from inkdigits.reading.input.limits import Limits
from inkdigits.synthesis import drawn
from inkdigits.synthesis.drawn import as_file, draw_numbers
from worn import page_of, under_a_hard_shadow, with_a_faint_digit, with_plain_ones

NUMBERS = ["90210", "1998", "3746582"]
TEXT = "\n".join(NUMBERS)


def test_lines_are_read_from_top_to_bottom(reader: Reader) -> None:
    found = reader.read(draw_numbers(NUMBERS))
    assert found.text == TEXT
    assert (
        [line.text for line in found.lines] == [line.text for line in found] == NUMBERS
    )
    assert len(found.pages) == 1
    assert all(0 < line.confidence <= 1 for line in found.lines)


def test_the_shared_reader_reads(reader: Reader) -> None:
    assert inkdigits.read(draw_numbers(["507"])).text == "507"
    assert [
        found.text
        for found in reader.read([draw_numbers(["507"]), draw_numbers(["23"])])
    ] == [
        "507",
        "23",
    ]


def test_each_digit_has_its_place_on_the_picture(reader: Reader) -> None:
    page = draw_numbers(NUMBERS)
    ink = np.asarray(page) < 128
    for line in reader.read(page).lines:
        lefts = [digit.box.left for digit in line.digits]
        assert lefts == sorted(lefts)
        for digit in line.digits:
            box = digit.box
            assert ink[box.top : box.bottom, box.left : box.right].any()
            assert 25 <= box.bottom - box.top <= 60
            assert 0 < digit.confidence <= 1
            assert digit.digit not in [other for other, _ in digit.alternatives]
        assert (line.box.left, line.box.right) == (
            min(lefts),
            max(digit.box.right for digit in line.digits),
        )


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(
            lambda page: Image.fromarray(255 - np.asarray(page)), id="light on dark"
        ),
        pytest.param(drawn.with_shadow, id="hard shadow"),
        pytest.param(drawn.with_vignette, id="vignette"),
        pytest.param(drawn.with_grain, id="grain"),
        pytest.param(lambda page: drawn.with_specks(page, count=15), id="specks"),
        pytest.param(
            lambda page: page.rotate(
                6, expand=True, fillcolor=245, resample=Image.Resampling.BICUBIC
            ),
            id="tilted",
        ),
        pytest.param(
            lambda page: page.rotate(
                -14, expand=True, fillcolor=245, resample=Image.Resampling.BICUBIC
            ),
            id="askew",
        ),
        pytest.param(
            lambda page: page.resize((page.width // 2, page.height // 2)),
            id="half the size",
        ),
        pytest.param(
            lambda page: page.resize((page.width * 5, page.height * 5)),
            id="five times the size",
        ),
        pytest.param(lambda page: page.convert("RGB"), id="colour"),
    ],
)
def test_the_numbers_do_not_depend_on_the_page(reader: Reader, spoil: object) -> None:
    page = spoil(draw_numbers(NUMBERS))  # type: ignore[operator]
    assert reader.read(page).text == TEXT


@pytest.mark.parametrize(
    "numbers",
    [["93652"], ["12-25-96"], ["6081", "9806", "8896"], ["1", "1", "1", "1", "1", "1"]],
)
def test_an_upright_page_is_not_turned(reader: Reader, numbers: list[str]) -> None:
    assert reader.read(draw_numbers(numbers)).pages[0].turned_deg == 0


def test_exif_orientation_is_followed_and_boxes_are_upright(reader: Reader) -> None:
    upright = draw_numbers(["4625"])
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = as_file(upright.rotate(90, expand=True), "JPEG", exif=exif.tobytes())
    found = reader.read(turned)
    assert found.text == "4625"
    assert (found.pages[0].width, found.pages[0].height) == upright.size


def test_a_dash_is_part_of_the_text_and_not_of_the_number(reader: Reader) -> None:
    line = reader.read(draw_numbers(["34-25"])).lines[0]
    assert (line.text, line.number) == ("34-25", "3425")
    assert [digit.digit for digit in line.digits] == [3, 4, 2, 5]
    assert [mark.text for mark in line.marks if mark.text] == list("34-25")


def static(share: float) -> Image.Image:
    """Dark dots at random on white."""
    dots = np.random.default_rng(0).random((400, 400)) < share
    return Image.fromarray(np.where(dots, 0, 255).astype(np.uint8))


def prose(size_px: int) -> Image.Image:
    """Print without a figure in it, look-alikes of digits among its letters."""
    text = (
        "The quick brown fox jumps over the lazy dog while\nseven wizards walk along the river and talk about\n"
        "forms and tables. Nobody counts anything in here,\nfor this is prose and it has no figures at all. Last\n"
        "night it rained, so the path was wet and the ill owl\nsat in the hollow tree, and Bill looked for his oil."
    )
    page = Image.new("L", (26 * size_px, 12 * size_px), 250)
    font = ImageFont.load_default(size_px)
    ImageDraw.Draw(page).multiline_text(
        (size_px, size_px), text, font=font, fill=20, spacing=size_px // 2
    )
    return page


def cat() -> Image.Image:
    page = Image.new("L", (600, 500), 200)
    draw = ImageDraw.Draw(page)
    draw.ellipse((150, 120, 450, 420), fill=90)
    for ear in (
        [(170, 180), (190, 60), (270, 140)],
        [(430, 180), (410, 60), (330, 140)],
    ):
        draw.polygon(ear, fill=90)
    for x in (240, 360):
        draw.arc((x - 24, 215, x + 24, 255), 200, 340, fill=20, width=3)
    for side in (-1, 1):
        for drop in (0, 30, 60):
            draw.line(
                (300 - 10 * side, 320, 300 + 180 * side, 290 + drop), fill=20, width=2
            )
    return page


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(
            drawn.with_grain(Image.new("L", (300, 200), 200), sigma=12), id="noise"
        ),
        pytest.param(static(0.03), id="salt and pepper"),
        pytest.param(
            static(0.25).resize((800, 800), Image.Resampling.NEAREST), id="blocks"
        ),
        pytest.param(draw_numbers(["AEMWH", "WMAE"]), id="letters"),
        pytest.param(prose(16), id="small print"),
        pytest.param(prose(28), id="print"),
        pytest.param(cat(), id="a cat"),
        pytest.param(drawn.with_grain(cat()), id="a photo of a cat"),
    ],
)
def test_where_there_is_no_digit_nothing_is_accepted(
    reader: Reader, page: Image.Image
) -> None:
    assert [line.text for line in reader.read(page).lines if line.accepted] == []


@pytest.mark.parametrize(
    "page",
    [Image.new("L", (300, 200), 250), Image.new("L", (1, 1), 0)],
    ids=["blank", "one pixel"],
)
def test_a_blank_page_has_no_line(reader: Reader, page: Image.Image) -> None:
    assert reader.read(page).lines == ()
    assert reader.read(page).text == ""


def test_a_tiff_has_pages(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "two.tiff"
    pages = [draw_numbers(["34"]), draw_numbers(["256", "78"])]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    found = reader.read(path)
    assert [page.text for page in found.pages] == ["34", "256\n78"]
    assert [page.number for page in found.pages] == [1, 2]
    assert found.text == "34\n256\n78"
    assert [page.number for page in reader.read(path, pages="2-").pages] == [2]
    with pytest.raises(errors.SettingError, match="has 2 pages"):
        reader.read(path, pages="7")
    with pytest.raises(
        errors.PictureTooLargeError, match="has 2 pages, the limit is 1"
    ):
        Reader(limits=Limits(max_pages=1)).read(path)


def pdf(*pages: Image.Image) -> bytes:
    out = io.BytesIO()
    pages[0].save(
        out, "PDF", save_all=True, append_images=list(pages[1:]), resolution=100
    )
    return out.getvalue()


def test_a_pdf_has_pages(reader: Reader) -> None:
    pytest.importorskip("pypdfium2")
    content = pdf(draw_numbers(["34625"]), draw_numbers(["78"]))
    found = reader.read(content)
    assert [page.text for page in found.pages] == ["34625", "78"]
    assert reader.read(content, pages="2", dpi=150).text == "78"
    with pytest.raises(errors.SettingError, match="dpi is 5"):
        reader.read(content, dpi=5)
    with pytest.raises(errors.NotAPictureError, match="broken PDF"):
        reader.read(content[:300])
    with pytest.raises(errors.PictureTooLargeError, match="at 200 dpi has"):
        Reader(limits=Limits(max_pixels=1000)).read(content)
    with pytest.raises(errors.PictureTooLargeError, match="took more than 0 s"):
        Reader(limits=Limits(max_seconds=0)).read(content)


def test_heic_is_read(reader: Reader) -> None:
    heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    heif.from_pillow(draw_numbers(["34625"]).convert("RGB")).save(out, quality=90)
    assert reader.read(out.getvalue()).text == "34625"


@pytest.mark.parametrize("pages", ["", "0", "b", "3-1", "1,,2", "-3"])
def test_a_bad_page_range_is_a_setting_error(reader: Reader, pages: str) -> None:
    with pytest.raises(errors.SettingError, match="pages is"):
        reader.read(as_file(draw_numbers(["1"]), "PNG"), pages=pages)


def test_a_pattern_steers_and_refuses(reader: Reader) -> None:
    page = draw_numbers(["34625", "78"])
    assert reader.read(page, expect=r"\d{5}").lines[0].text == "34625"
    assert all(len(line.text) == 5 for line in reader.read(page, expect=r"\d{5}").lines)
    assert reader.read(draw_numbers(["7825"]), expect=r"[1-3]\d{3}").text[:1] in (
        "",
        "1",
        "2",
        "3",
    )
    with pytest.raises(errors.SettingError, match="expect is"):
        reader.read(page, expect="[a-z]+")


def test_a_broken_tiff_of_several_pages_is_said(reader: Reader) -> None:
    """Its list of pages may be cut off, or lead anywhere; only errors of the family come out."""
    page = draw_numbers(["407"], size_px=24)
    whole = as_file(page, "TIFF", save_all=True, append_images=[page])
    start = int.from_bytes(whole[4:8], "little")
    broken = [whole[:cut] for cut in range(start, len(whole), 79)]
    broken += [
        whole[:place] + b"\xff\xff\x00\x00" + whole[place + 4 :]
        for place in range(start, start + 120, 5)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for data in broken:
            with contextlib.suppress(errors.PictureError):
                reader.read(data)


def test_what_is_known_of_the_numbers_settles_their_values(reader: Reader) -> None:
    page = draw_numbers(["5-6-96"])
    (line,) = reader.read(page, expect="date").lines
    assert (line.text, line.value) == ("5-6-96", None)
    assert reader.read(page, expect="date", dayfirst=True).lines[0].value == date(
        1996, 6, 5
    )
    assert reader.read(page, expect="date", dayfirst=False).lines[0].value == date(
        1996, 5, 6
    )
    with pytest.raises(errors.SettingError, match="decimal is ';'"):
        reader.read(page, decimal=";")


def test_one_of_several_patterns_fits_each_line(reader: Reader) -> None:
    page = draw_numbers(["34625", "78", "2546"])
    found = reader.read(page, expect=[r"\d{5}", r"\d{4}"])
    assert {"34625", "2546"} <= {line.text for line in found.lines}
    assert {len(line.text) for line in found.lines} <= {4, 5}


def test_the_edge_of_a_shadow_is_no_one(reader: Reader) -> None:
    assert reader.read(under_a_hard_shadow(page_of("82"))).text == "82"


@pytest.mark.parametrize("text", ["4281", "305", "7132"])
def test_a_faint_digit_among_dark_ones_is_not_left_out(
    reader: Reader, text: str
) -> None:
    assert reader.read(with_a_faint_digit(page_of(text, margin=300))).text == text


@pytest.mark.parametrize("pen_px", [3, 5, 9])
@pytest.mark.parametrize("text", ["10", "0001250981", "3141"])
def test_a_bar_among_digits_is_a_one(reader: Reader, text: str, pen_px: int) -> None:
    """As tall as they are and at their height: neither a rest of a rule nor the wall of a box."""
    assert reader.read(with_plain_ones(text, pen_px)).text == text


@pytest.mark.parametrize("digit", [2, 5, 8])
def test_read_is_as_sure_of_one_digit_as_predict(reader: Reader, digit: int) -> None:
    picture = drawn.draw_digit(digit, seed=digit)
    prediction = reader.predict(picture)
    (line,) = reader.read(picture).lines
    assert prediction.accepted
    assert line.text == str(digit)
    assert line.accepted
    assert line.confidence == pytest.approx(prediction.confidence, abs=1e-4)
