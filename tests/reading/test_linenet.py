"""The line net's answers against the sum over all ways there are, written out; and the strip it sees."""

from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import pytest

from inkdigits import Reader
from inkdigits.data import drawn
from inkdigits.reading.answers import Evidence
from inkdigits.reading.linenet import NOTHING, LineNet, aligned, best_text, emissions, likelihood
from inkdigits.reading.lines import lines_of
from inkdigits.reading.numbers.patterns import parse
from inkdigits.reading.sheet import sheet_of
from inkdigits.reading.strip import HEIGHT_PX, levelled, strip_of

SIGNS = (0, 1, NOTHING)


@pytest.fixture(params=range(5))
def columns(request: pytest.FixtureRequest) -> npt.NDArray[np.float64]:
    """Six columns that see a 0, a 1 or nothing."""
    rng = np.random.default_rng(request.param)
    found = np.zeros((6, NOTHING + 1))
    found[:, SIGNS] = rng.dirichlet([0.6, 0.6, 0.8], 6)
    return found


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    kept = [sign for place, sign in enumerate(path) if place == 0 or sign != path[place - 1]]
    return tuple(sign for sign in kept if sign != NOTHING)


def all_texts(columns: npt.NDArray[np.float64]) -> dict[tuple[int, ...], float]:
    """The probability of each text: the sum over all paths that collapse to it."""
    texts: dict[tuple[int, ...], float] = {}
    for path in product(SIGNS, repeat=len(columns)):
        share = float(np.prod([columns[row, sign] for row, sign in enumerate(path)]))
        texts[collapsed(path)] = texts.get(collapsed(path), 0.0) + share
    return texts


def test_the_likelihood_is_the_sum_over_all_paths(columns: npt.NDArray[np.float64]) -> None:
    for text, share in all_texts(columns).items():
        assert np.exp(likelihood(columns, text)) == pytest.approx(share, rel=1e-6, abs=1e-12)


def test_the_best_text_is_the_likeliest_of_all(columns: npt.NDArray[np.float64]) -> None:
    texts = all_texts(columns)
    found, log = best_text(columns, width=2000)
    assert texts[tuple(found)] == pytest.approx(max(texts.values()))
    assert np.exp(log) == pytest.approx(max(texts.values()), rel=1e-3)


def test_the_best_text_fits_the_pattern(columns: npt.NDArray[np.float64]) -> None:
    texts: dict[tuple[int, ...], float] = {
        text: share for text, share in all_texts(columns).items() if len(text) == 2 and text[0] == 1
    }
    found, _ = best_text(columns, parse("1\\d"), width=2000)
    assert texts[tuple(found)] == pytest.approx(max(texts.values()))


def test_emissions_are_one_digit_or_none_between_bounds(columns: npt.NDArray[np.float64]) -> None:
    bounds = np.array([[0, 6], [1, 4], [3, 3], [5, 6]])
    digits, nothing = emissions(columns, bounds)
    for row, (first, last) in enumerate(bounds.tolist()):
        texts = all_texts(columns[first:last])
        assert nothing[row] == pytest.approx(texts.get((), 0.0))
        assert digits[row, :2].tolist() == pytest.approx([texts.get((0,), 0.0), texts.get((1,), 0.0)])


def test_digits_are_aligned_from_left_to_right_without_a_gap(columns: npt.NDArray[np.float64]) -> None:
    places = aligned(columns, [1, 0, 1])
    assert places[0][0] == 0
    assert places[-1][1] == len(columns)
    assert all(one[1] == other[0] for one, other in pairwise(places))
    assert aligned(columns, []) == []


@pytest.mark.parametrize("slope", [0.0, 0.12])
def test_a_strip_is_level_and_of_one_height_and_knows_its_place(slope: float) -> None:
    page = np.full((300, 500), 250, np.uint8)
    for place in range(5):
        digit = np.asarray(drawn.draw_digit(8, size_px=80, height=0.7))
        top = 80 + round(slope * 90 * place)
        page[top : top + 80, 20 + 90 * place : 100 + 90 * place] = digit
    sheet = sheet_of(page)
    strip = strip_of(sheet, lines_of(sheet.boxes)[0])
    rows = np.flatnonzero(strip.ink.max(axis=1) > 100)
    assert strip.ink.shape[0] == HEIGHT_PX
    assert 18 <= len(rows) <= 23
    assert strip.column(strip.sheet_x(17.0)) == pytest.approx(17.0)


def test_digits_that_touch_are_told_apart() -> None:
    """Two strokes that hang together, pushed into each other, with no gap to cut at."""
    canvas = np.full((120, 330), 250, np.uint8)
    for place, digit in enumerate((5, 2, 8, 0)):
        part = np.asarray(drawn.draw_digit(digit, size_px=100, height=0.8, stroke_px=7))
        left = 15 + place * 54
        canvas[10:110, left : left + 100] = np.minimum(canvas[10:110, left : left + 100], part)
    line = Reader().read(canvas).lines[0]
    assert line.text == "5280"
    assert [digit.digit for digit in line.digits] == [5, 2, 8, 0]
    lefts = [digit.box.left for digit in line.digits]
    assert lefts == sorted(lefts)


def test_the_bundled_nets_confidences_are_fitted_and_rise_with_what_speaks_for_an_answer() -> None:
    net = LineNet()
    sure, unsure = Evidence(0.99, -0.05, True, 0.99, 5), Evidence(0.4, -3.0, False, 0.4, 5)
    assert net.confidence(unsure) < 0.6
    assert net.confidence(sure) > 0.85
    assert net.confidence(sure) != sure.share
    confidences = [net.digit_confidence(share, line) for share, line in ((0.3, 0.2), (0.9, 0.2), (0.9, 0.9), (0.999, 0.97))]
    assert confidences == sorted(confidences)
    assert confidences[0] < confidences[-1] - 0.1
    assert confidences[-1] > 0.99


def test_a_stroke_far_taller_than_wide_has_a_strip() -> None:
    """Made six times smaller it would be no pixel wide."""
    ink, boxes = np.full((420, 2), 200, np.uint8), np.array([[0, 0, 2, 420, 840]])
    image, _ = levelled(ink, boxes, 420.0)
    assert image.shape[0] == HEIGHT_PX
    assert image.max() > 100
