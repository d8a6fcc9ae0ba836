"""One picture, one digit: what must not change the answer, and each kind of trouble real pictures have."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.reading.glyphs import frame
from inkdigits.reading.marks.whole import all_ink
from inkdigits.synthesis import drawn
from inkdigits.synthesis.drawn import draw_digit, draw_numbers
from inkdigits.synthesis.photographed import photo

pytestmark = pytest.mark.slow

DIGITS = list(range(10))


def read_all(reader: Reader, pictures: list[object]) -> list[int]:
    return [answer.digit for answer in reader.predict(pictures)]


TROUBLES: dict[str, Callable[[int], Image.Image]] = {
    "plain": draw_digit,
    "wavering hand": lambda d: draw_digit(d, seed=d),
    "light on dark": lambda d: draw_digit(d, ink=245, paper=12),
    "black on white": lambda d: draw_digit(d, ink=0, paper=255),
    "hard shadow": lambda d: drawn.with_shadow(draw_digit(d)),
    "vignette and grain": lambda d: drawn.with_grain(
        drawn.with_vignette(draw_digit(d))
    ),
    "grain": lambda d: drawn.with_grain(draw_digit(d, paper=200), sigma=9),
    "specks": lambda d: drawn.with_specks(draw_digit(d)),
    "ruled paper": lambda d: drawn.with_rules(draw_digit(d)),
    "squared paper": lambda d: drawn.with_rules(draw_digit(d), squared=True),
    "squared paper in grain": lambda d: drawn.with_grain(
        drawn.with_rules(draw_digit(d), squared=True), sigma=4
    ),
    "dark rules": lambda d: drawn.with_rules(draw_digit(d), shade=90),
    "boxed": lambda d: drawn.in_box(draw_digit(d)),
    "dotted baseline": lambda d: drawn.on_dots(draw_digit(d)),
    "faint pencil": lambda d: drawn.with_grain(
        draw_digit(d, ink=200, paper=235), sigma=2
    ),
    "one-pixel stroke on a huge canvas": lambda d: draw_digit(
        d, size_px=2000, stroke_px=1
    ),
    "thick stroke": lambda d: draw_digit(d, stroke_px=26),
    "small in a corner": lambda d: draw_digit(
        d, size_px=400, height=0.2, at=(0.2, 0.22)
    ),
    "fills the picture": lambda d: draw_digit(d, height=0.93),
    "cut close from an old register": lambda d: drawn.cut_close(
        draw_digit(d, size_px=100, stroke_px=9)
    ),
    "cut close, small": lambda d: drawn.cut_close(
        draw_digit(d, size_px=60, stroke_px=7), faint=0.25, blur=0.9
    ),
    "tiny": lambda d: draw_digit(d, size_px=28, height=0.8),
    "turned a little": lambda d: draw_digit(d, angle_deg=10),
    "transparent, black ink": lambda d: drawn.transparent(draw_digit(d), ink=0),
    "transparent, white ink": lambda d: drawn.transparent(draw_digit(d), ink=255),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_drawn_digits_are_read_whatever_the_trouble(
    reader: Reader, trouble: str
) -> None:
    assert read_all(reader, [TROUBLES[trouble](digit) for digit in DIGITS]) == DIGITS


def test_photos_of_every_light_and_paper_are_read(reader: Reader) -> None:
    """Shadows, a table's edge, rules askew, five pens: no one way to tell ink from paper is right in all of them."""
    labels = [digit for digit in DIGITS for _ in range(12)]
    photos = [drawn_photo(digit, seed=index) for index, digit in enumerate(labels)]
    right = [
        answer.digit == digit
        for answer, digit in zip(reader.predict(photos), labels, strict=True)
    ]
    alone = reader.predict_glyphs(
        np.stack([frame(all_ink(np.asarray(photo.convert("L")))) for photo in photos])
    )
    assert sum(right) >= 0.95 * len(labels)
    assert sum(right) > sum(
        answer.digit == digit for answer, digit in zip(alone, labels, strict=True)
    )


def drawn_photo(digit: int, seed: int) -> Image.Image:
    ink = 255 - np.asarray(draw_digit(digit, size_px=96, seed=seed, paper=255, ink=0))
    left, top, width, height = cv2.boundingRect(ink)
    return photo(
        ink[top : top + height, left : left + width], np.random.default_rng(seed)
    )


FILES: dict[str, Callable[[Image.Image], bytes]] = {
    "png": lambda p: drawn.as_file(p, "PNG"),
    "jpeg": lambda p: drawn.as_file(p, "JPEG", quality=70),
    "bmp": lambda p: drawn.as_file(p, "BMP"),
    "webp": lambda p: drawn.as_file(p, "WEBP"),
    "tiff": lambda p: drawn.as_file(p, "TIFF"),
    "one bit": lambda p: drawn.as_file(p.convert("1"), "PNG"),
    "palette": lambda p: drawn.as_file(p.convert("P"), "PNG"),
    "rgb": lambda p: drawn.as_file(p.convert("RGB"), "PNG"),
    "cmyk jpeg": lambda p: drawn.as_file(
        p.convert("RGB").convert("CMYK"), "JPEG", quality=90
    ),
    "cmyk tiff": lambda p: drawn.as_file(p.convert("RGB").convert("CMYK"), "TIFF"),
    "opaque rgba": lambda p: drawn.as_file(p.convert("RGBA"), "PNG"),
    "16-bit png": lambda p: drawn.as_file(
        Image.fromarray(np.asarray(p, np.uint16) * 257), "PNG"
    ),
    "12 bits in a 16-bit tiff": lambda p: drawn.as_file(
        Image.fromarray(np.asarray(p, np.uint16) * 16), "TIFF"
    ),
    "float tiff": lambda p: drawn.as_file(
        Image.fromarray(np.asarray(p, np.float32) / 255), "TIFF"
    ),
    "huge jpeg": lambda p: drawn.as_file(p.resize((4000, 4000)), "JPEG"),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_file_is_read(reader: Reader, kind: str) -> None:
    assert (
        read_all(reader, [FILES[kind](draw_digit(digit)) for digit in DIGITS]) == DIGITS
    )


def test_exif_rotation_is_undone(reader: Reader) -> None:
    for orientation, back in {3: 180, 6: 90, 8: 270}.items():
        exif = Image.Exif()
        exif[274] = orientation
        files = [
            drawn.as_file(draw_digit(digit).rotate(back), "JPEG", exif=exif)
            for digit in DIGITS
        ]
        assert read_all(reader, list(files)) == DIGITS


def test_first_frame_of_an_animation_is_read(reader: Reader) -> None:
    out = io.BytesIO()
    draw_digit(3).save(
        out, "GIF", save_all=True, append_images=[draw_digit(8), draw_digit(1)]
    )
    assert reader.predict(out.getvalue()).digit == 3


def test_first_page_of_a_tiff_is_read(reader: Reader) -> None:
    out = io.BytesIO()
    draw_digit(6).save(out, "TIFF", save_all=True, append_images=[draw_digit(2)])
    assert reader.predict(out.getvalue()).digit == 6


def test_all_ways_of_giving_a_picture_agree(reader: Reader, seven: Path) -> None:
    with Image.open(seven) as picture, seven.open("rb") as file:
        array = np.array(picture)
        ways = [seven, str(seven), seven.read_bytes(), file, picture, array, array[..., None],
                np.repeat(array[..., None], 3, axis=2), array / 255, array.astype(np.uint16) * 257]  # fmt: skip
        answers = reader.predict(ways)
    assert [answer.digit for answer in answers] == [7] * len(ways)
    assert len({round(answer.confidence, 3) for answer in answers}) == 1


def test_inverting_and_enlarging_change_nothing(reader: Reader) -> None:
    plain = [
        np.asarray(draw_digit(digit, size_px=100, ink=0, paper=255)) for digit in DIGITS
    ]
    expected = reader.predict(plain)
    for changed in (
        [255 - p for p in plain],
        [np.kron(p, np.ones((3, 3), np.uint8)) for p in plain],
    ):
        for answer, wanted in zip(reader.predict(changed), expected, strict=True):
            assert answer.digit == wanted.digit
            assert answer.confidence == pytest.approx(wanted.confidence, abs=0.05)


def test_moving_the_digit_changes_nothing(reader: Reader) -> None:
    for at in ((0.3, 0.3), (0.7, 0.35), (0.45, 0.7)):
        assert (
            read_all(
                reader, [draw_digit(d, size_px=300, height=0.4, at=at) for d in DIGITS]
            )
            == DIGITS
        )


@pytest.mark.parametrize(
    "blank",
    [
        np.full((50, 50), 255, np.uint8),
        np.zeros((28, 28), np.uint8),
        np.full((300, 200), 128, np.uint8),
        drawn.with_grain(Image.new("L", (200, 200), 220)),
        drawn.with_vignette(Image.new("L", (200, 200), 240)),
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)),
    ],
    ids=["white", "black glyph", "grey", "grain", "vignette", "transparent"],
)
def test_a_blank_is_not_accepted(reader: Reader, blank: object) -> None:
    answer = reader.predict(blank)  # type: ignore[call-overload]
    assert not answer.accepted
    assert len(answer.probabilities) == 10


def test_a_prediction_is_whole(reader: Reader) -> None:
    answer = reader.predict(draw_digit(4, size_px=300, height=0.5))
    assert sum(answer.probabilities) == pytest.approx(1, abs=1e-5)
    assert answer.digit == int(np.argmax(answer.probabilities))
    assert 0 <= answer.confidence <= 1
    assert answer.top(2)[0][0] == 4
    assert answer.box is not None
    assert abs(answer.box.top - 75) <= 12
    assert abs(answer.box.bottom - 225) <= 12


def test_a_box_is_in_the_pixels_of_the_picture_given(reader: Reader) -> None:
    box = reader.predict(
        drawn.as_file(draw_digit(0, size_px=3000, height=0.4), "JPEG")
    ).box
    assert box is not None
    assert box.bottom - box.top == pytest.approx(0.4 * 3000, rel=0.15)
    assert (box.left + box.right) / 2 == pytest.approx(1500, rel=0.05)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_shadows_edge_that_meets_the_digit_is_no_part_of_it(
    reader: Reader, digit: int
) -> None:
    clear = draw_digit(digit, size_px=400)
    shaded = drawn.with_grain(drawn.with_shadow(clear), sigma=3)
    wanted, found = (
        reader.predict(drawn.as_file(picture, "JPEG")).box
        for picture in (clear, shaded)
    )
    assert wanted is not None
    assert found is not None
    for side in ("left", "top", "right", "bottom"):
        assert abs(getattr(wanted, side) - getattr(found, side)) <= 8


def test_drawn_digits_that_are_framed_already_keep_their_answers(
    reader: Reader, drawn_sets: Path
) -> None:
    from inkdigits.data import load

    data = load("mnist", data_dir=drawn_sets)
    raw = [answer.digit for answer in reader.predict_glyphs(data.images)]
    whole = [answer.digit for answer in reader.predict(list(data.images))]
    assert (
        np.mean([one == other for one, other in zip(raw, whole, strict=True)]) >= 0.99
    )


@pytest.mark.parametrize("split", ["test"])
def test_the_road_keeps_what_is_framed_already(
    reader: Reader, mnist_dir: Path, split: str
) -> None:
    from inkdigits.data import load

    data = load("mnist", split=split, data_dir=mnist_dir).first(2000)
    raw = np.array([answer.digit for answer in reader.predict_glyphs(data.images)])
    road = np.array([answer.digit for answer in reader.predict(list(data.images))])
    inverted = np.array(
        [
            answer.digit
            for answer in reader.predict([255 - image for image in data.images])
        ]
    )
    assert (raw == road).mean() >= 0.999
    assert (raw == inverted).mean() >= 0.99
    assert (raw == data.labels).mean() >= 0.98


def test_a_picture_that_its_digit_fills_is_read_in_either_polarity(
    reader: Reader,
) -> None:
    for digit in (0, 2, 3, 5, 6, 8, 9):
        page = np.asarray(
            drawn.draw_digit(
                digit, size_px=200, height=0.7, stroke_px=18, ink=0, paper=255
            )
        )
        ys, xs = np.nonzero(page < 128)
        tight = page[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        small = np.asarray(
            Image.fromarray(tight).resize((16, 16), Image.Resampling.BOX)
        )
        assert [answer.digit for answer in reader.predict([small, 255 - small])] == [
            digit,
            digit,
        ]


def test_neighbours_that_reach_in_seldom_change_the_digit_in_the_middle(
    reader: Reader,
) -> None:
    rows = {
        digit: np.asarray(draw_numbers([f"9{digit}4"], size_px=60, pitch=0.55))
        for digit in range(2, 9)
    }
    right = [
        reader.predict(row[:, 46:121]).digit == digit for digit, row in rows.items()
    ]
    assert sum(right) >= 6
