"""Hands draw signs at any size, and no writer is in two parts of the data."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from inkdigits.data import mnist
from inkdigits.data.named import open_npz
from inkdigits.data.strokes import load_strokes
from inkdigits.synthesis import hands as hands_module
from inkdigits.synthesis.hands import (
    Glyph,
    Hand,
    Hands,
    Pen,
    RasterGlyph,
    StrokeGlyph,
    cut_close,
    drawn_hands,
    in_part,
    load_hands,
)

# Each file of strokes is read once, not once for each part and each test.
load_once = cache(load_strokes)
WRONG_LABELS = Path(hands_module.__file__).with_name("wrong_labels.json")


@pytest.fixture(scope="module")
def hands() -> Hands:
    return drawn_hands()


def glyphs() -> list[Glyph]:
    strokes = [np.array([(0, 0), (0.4, 0.5), (0, 1)], np.float32)]
    raster = np.zeros((30, 20), np.uint8)
    raster[2:28, 8:12] = 255
    return [StrokeGlyph(strokes), RasterGlyph(cut_close(raster))]


@pytest.mark.parametrize("tall", [12.0, 40.0, 90.0])
@pytest.mark.parametrize("glyph", glyphs())
def test_a_glyph_is_as_high_as_asked_for_and_cut_close(
    glyph: Glyph, tall: float
) -> None:
    ink = glyph.draw(np.random.default_rng(1), tall, 1000.0, Pen(2.0))
    assert ink.dtype == np.uint8
    assert abs(ink.shape[0] - tall) <= 0.12 * tall + 3
    assert ink.max() > 200
    for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1]):
        assert edge.max() > 0 or isinstance(glyph, RasterGlyph)


@pytest.mark.parametrize("glyph", glyphs())
def test_a_glyph_is_no_wider_than_allowed(glyph: Glyph) -> None:
    ink = glyph.draw(np.random.default_rng(1), 200.0, 20.0, Pen(2.0))
    assert ink.shape[1] <= 26


def test_cutting_close_is_the_box_of_the_ink() -> None:
    ink = np.zeros((20, 30), np.uint8)
    ink[5:9, 11:13] = 200
    assert cut_close(ink).shape == (4, 2)
    assert np.array_equal(cut_close(cut_close(ink)), cut_close(ink))
    assert cut_close(np.zeros((3, 3), np.uint8)).shape == (1, 1)


def test_a_hand_borrows_the_signs_it_lacks() -> None:
    own, other = glyphs()
    hand = Hand({"1": [own]}, {"1": [other], "2": [other]})
    rng = np.random.default_rng(1)
    assert hand.pick(rng, "1") is own
    assert hand.pick(rng, "2") is other


def test_every_sample_is_in_one_part_with_all_of_its_writer() -> None:
    rng = np.random.default_rng(3)
    writers = rng.integers(0, 60, 2000)
    parts = {name: in_part(writers, name) for name in ("train", "validation", "test")}
    assert (np.sum(list(parts.values()), axis=0) == 1).all()
    writers_of = [set(writers[part].tolist()) for part in parts.values()]
    assert all(writers_of)
    assert not writers_of[0] & writers_of[1]
    assert not writers_of[0] & writers_of[2]
    assert not writers_of[1] & writers_of[2]


def test_a_kind_can_be_left_out(hands: Hands) -> None:
    (kind,) = hands.kinds
    assert not hands.without(kind).kinds
    assert hands.any_hand(np.random.default_rng(1), {kind: 1.0}) in hands.kinds[kind]


def looks(glyph: Glyph) -> bytes:
    """What tells a glyph from all others."""
    if isinstance(glyph, StrokeGlyph):
        return np.concatenate(list(glyph.strokes)).tobytes()
    return glyph.picture.tobytes()


def mislabelled(kind: str, data_dir: Path) -> tuple[int, set[bytes]]:
    """How many of a set's glyphs are listed, and what they look like."""
    listed: list[int] = json.loads(WRONG_LABELS.read_text())[kind]
    if kind == "mnist":
        images, _ = mnist.load_split(data_dir / "mnist", "train")
        glyphs: list[Glyph] = [
            RasterGlyph(cut_close(images[index])) for index in listed
        ]
    elif kind == "swiss":
        images = open_npz(data_dir / "swiss_numbers/swiss_numbers.npz")["images"]
        glyphs = [
            RasterGlyph(hands_module._half(cut_close(images[index])))
            for index in listed
        ]
    else:
        folder, stem = {
            "unipen": ("unipen", "unipen_digits"),
            "unipen_symbols": ("unipen", "unipen_symbols"),
            "pendigits": ("pendigits", "pendigits"),
        }[kind]
        strokes = load_once(data_dir / folder / f"{stem}_strokes.json.gz")
        glyphs = [StrokeGlyph(strokes[index]) for index in listed]
    return len(listed), {looks(glyph) for glyph in glyphs}


@pytest.fixture(scope="module")
def all_hands(mnist_dir: Path) -> list[Hands]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(hands_module, "load_strokes", load_once)
        return [load_hands(mnist_dir, part) for part in ("train", "validation", "test")]


@pytest.mark.parametrize("kind", ["unipen", "pendigits", "swiss", "mnist"])
def test_digits_that_are_not_what_their_label_says_are_drawn_by_no_hand(
    mnist_dir: Path, all_hands: list[Hands], kind: str
) -> None:
    count, wrong = mislabelled(kind, mnist_dir)
    # What one hand lacks it borrows from all of its set: every glyph is there.
    drawn = {
        looks(glyph)
        for hands in all_hands
        for glyphs in hands.kinds[kind][0].others.values()
        for glyph in glyphs
    }
    own = {
        looks(glyph)
        for hands in all_hands
        for hand in hands.kinds[kind]
        for glyphs in hand.glyphs.values()
        for glyph in glyphs
    }
    assert own <= drawn
    assert len(wrong) > 0.8 * count  # some pieces are alike
    assert len(drawn) > 7000
    assert not wrong & drawn


def test_signs_that_are_not_what_their_label_says_are_not_drawn(
    mnist_dir: Path, all_hands: list[Hands]
) -> None:
    _, wrong = mislabelled("unipen_symbols", mnist_dir)
    drawn = {
        looks(glyph)
        for hands in all_hands
        for glyphs in hands.signs.values()
        for glyph in glyphs
    }
    assert len(wrong) > 60
    assert len(drawn) > 2500
    assert not wrong & drawn
