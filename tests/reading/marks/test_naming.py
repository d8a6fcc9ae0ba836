"""Marks are named by both networks: neither rules a class out alone, and a learner's network names the digits."""

import numpy as np
import pytest

from inkdigits.reading.classifier import Classifier, Scores
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, OTHER
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.found import Found
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.naming import named, surroundings, with_own_digits

GREY: Grey = np.full((60, 200), 255, np.uint8)


class Sure(GlyphNetwork):
    """A glyph network that knows what it wants to see."""

    def __init__(self, shares: Floats) -> None:
        self.shares = shares
        self.existence = (0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)

    def __call__(self, closeups: Floats) -> Floats:
        return self.shares[: len(closeups)]


def shares_of(*likely: dict[str, float]) -> Floats:
    shares = np.full((len(likely), len(CLASSES)), 1e-5, np.float32)
    for row, signs in zip(shares, likely, strict=True):
        for sign, share in signs.items():
            row[CLASS_OF[sign]] = share
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def found(classes: Floats) -> Found:
    boxes = np.array(
        [[10 + 30 * index, 10, 30 + 30 * index, 40] for index in range(len(classes))],
        np.float32,
    )
    return Found(boxes, np.full(len(classes), 0.9, np.float32), classes)


def test_the_close_up_says_more_and_what_it_leaves_open_is_settled_from_afar() -> None:
    afar = shares_of({"1": 0.6, "7": 0.4}, {"1": 0.9, "/": 0.1})
    near = shares_of({"7": 0.9, "1": 0.1}, {"1": 0.5, "/": 0.5})
    marks = named(GREY, found(afar), Sure(near))
    assert [CLASSES[best] for best in marks.classes.argmax(axis=1)] == ["7", "1"]
    assert marks.classes.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_a_mark_is_there_when_both_networks_say_so() -> None:
    afar = shares_of({"7": 0.95}, {"7": 0.95}, {OTHER: 0.95})
    near = shares_of({"7": 0.95}, {OTHER: 0.95}, {"7": 0.95})
    both, from_afar, from_close_by = named(GREY, found(afar), Sure(near)).centre
    assert 1 - both < 0.1 * (1 - max(from_afar, from_close_by))
    assert named(GREY, found(afar), Sure(near)).classes[:, CLASS_OF[OTHER]].max() == 0


def test_a_mark_is_seen_as_large_as_the_digits_around_it() -> None:
    boxes = np.array(
        [[0, 0, 20, 40], [22, 36, 26, 40], [30, 2, 50, 38], [300, 200, 310, 204]],
        np.float32,
    )
    classes = shares_of({"1": 0.9}, {".": 0.9}, {"2": 0.9}, {".": 0.9})
    around = surroundings(Found(boxes, np.full(4, 0.9, np.float32), classes))
    assert around.heights.tolist() == [38, 38, 38, 4]
    assert around.beside.tolist() == [True, True, True, False]
    assert around.off.tolist() == pytest.approx([0, 18 / 38, 0, 0])


def test_a_learners_network_names_digits_and_leaves_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    marks = found(shares_of({"3": 0.8, "8": 0.1}, {"-": 0.9}))
    answer = np.zeros((1, 10), np.float32)
    answer[0, 8] = 1
    classifier = Classifier()
    monkeypatch.setattr(
        classifier,
        "scores",
        lambda glyphs: Scores(answer[: len(glyphs)], *([np.ones(1, np.float32)] * 3)),
    )
    own = with_own_digits(GREY, marks, classifier)
    assert [CLASSES[best] for best in own.classes.argmax(axis=1)] == ["8", "-"]
    assert own.classes.sum(axis=1) == pytest.approx(marks.classes.sum(axis=1), abs=1e-5)
