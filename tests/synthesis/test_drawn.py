"""Sample pictures: each sign in its place, repeated by its seed, and each defect where it belongs."""

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from inkdigits.synthesis import drawn

DEFECTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "shadow": drawn.with_shadow,
    "vignette": drawn.with_vignette,
    "grain": drawn.with_grain,
    "specks": drawn.with_specks,
    "rules": drawn.with_rules,
    "box": drawn.in_box,
    "dots": drawn.on_dots,
}


def pixels(picture: Image.Image) -> npt.NDArray[np.int_]:
    return np.asarray(picture.convert("L")).astype(int)


@pytest.mark.parametrize("sign", [*"0123456789", *drawn.LETTERS])
def test_each_sign_has_the_height_and_place_that_are_asked(sign: str) -> None:
    picture = pixels(drawn.draw_sign(sign, size_px=200, height=0.5, at=(0.4, 0.6)))
    rows, columns = np.nonzero(picture < 140)
    assert np.ptp(rows) == pytest.approx(100, abs=14)
    assert (rows.max() + rows.min()) / 2 == pytest.approx(120, abs=6)
    assert (columns.max() + columns.min()) / 2 == pytest.approx(80, abs=14)


def test_a_seed_makes_the_hand_waver_always_in_the_same_way() -> None:
    steady, wavering, again, other = (
        pixels(drawn.draw_digit(5, seed=seed)) for seed in (None, 1, 1, 2)
    )
    assert np.array_equal(wavering, again)
    assert not np.array_equal(wavering, steady)
    assert not np.array_equal(wavering, other)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_changes_the_picture_but_not_its_size(name: str) -> None:
    clean = drawn.draw_digit(5)
    spoilt = DEFECTS[name](clean)
    assert spoilt.size == clean.size
    assert not np.array_equal(pixels(spoilt), pixels(clean))


@pytest.mark.parametrize(
    "name", ["shadow", "vignette", "specks", "rules", "box", "dots"]
)
def test_such_a_defect_only_darkens(name: str) -> None:
    clean = drawn.draw_digit(5, paper=255, ink=100)  # lighter than the defects
    assert (pixels(DEFECTS[name](clean)) <= pixels(clean)).all()


def test_cut_close_leaves_little_around_the_ink() -> None:
    clean = drawn.draw_digit(8, size_px=200, height=0.5)
    cut = drawn.cut_close(clean)
    assert cut.height < 150
    assert cut.width < 130


def test_a_transparent_picture_has_its_ink_in_the_alpha_alone() -> None:
    picture = drawn.transparent(drawn.draw_digit(5), ink=20)
    ink, alpha = picture.split()
    assert ink.getextrema() == (20, 20)
    assert alpha.getextrema() == (0, 255)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_a_file_holds_the_same_pixels(kind: str) -> None:
    picture = drawn.draw_digit(5)
    again = Image.open(io.BytesIO(drawn.as_file(picture, kind)))
    assert np.array_equal(pixels(again), pixels(picture))


def test_numbers_stand_one_below_the_other() -> None:
    one = pixels(drawn.draw_numbers(["12"], seed=1))
    three = pixels(drawn.draw_numbers(["12", "345", "6"], seed=1))
    assert three.shape[0] > 2 * one.shape[0]
    is_ink = (three < 128).any(axis=1).astype(int)
    # Three bands of ink.
    assert (np.diff(is_ink) == 1).sum() == 3
