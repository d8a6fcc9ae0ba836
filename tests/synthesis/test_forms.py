"""Synthetic scans: each machine says where a point of the sheet went."""

import cv2
import numpy as np
import pytest

from inkdigits.synthesis.forms import (
    MACHINES,
    blank_form,
    strike,
    tick,
    write_comb,
    write_line,
)
from made_forms import HAND, PEN

SHEET = (700, 500)
SPOTS = [(100, 120), (400, 150), (250, 350), (120, 600), (390, 580)]  # x, y


@pytest.mark.parametrize("machine", ["scan", "turned", "fax", "photo"])
@pytest.mark.parametrize("seed", [1, 2])
def test_spots_are_where_the_matrix_says(machine: str, seed: int) -> None:
    sheet = np.full(SHEET, 255, np.uint8)
    for spot in SPOTS:
        cv2.circle(sheet, spot, 9, 0, -1)
    taken = MACHINES[machine](sheet, np.random.default_rng(seed))
    there = cv2.perspectiveTransform(np.array([SPOTS], np.float64), taken.matrix)[0]
    for x, y in there.round().astype(int):
        assert taken.grey[y - 2 : y + 3, x - 2 : x + 3].mean() < 100
    assert (taken.grey < 100).mean() < 0.25 or machine == "photo"


@pytest.mark.parametrize("machine", MACHINES)
def test_the_same_seed_gives_the_same_picture(machine: str) -> None:
    sheet = blank_form(np.random.default_rng(3)).grey[:600, :500]
    one, other = (MACHINES[machine](sheet, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one.grey, other.grey)
    assert np.array_equal(one.matrix, other.matrix)


def test_a_space_leaves_its_box_blank_and_signs_stay_in_theirs() -> None:
    sheet = np.full((80, 400), 255, np.uint8)
    boxes = [(10.0 + 60 * place, 5.0, 70.0 + 60 * place, 75.0) for place in range(6)]
    write_comb(sheet, HAND, "40 719", boxes, np.random.default_rng(1), PEN)
    inked = [
        (sheet[:, int(left) : int(right)] < 128).any() for left, _, right, _ in boxes
    ]
    assert inked == [True, True, False, True, True, True]


def test_longer_texts_reach_further_and_stay_in_the_box() -> None:
    reach = []
    for text in ("1", "12", "123", "1234"):
        sheet = np.full((80, 400), 255, np.uint8)
        write_line(sheet, HAND, text, (10, 5, 390, 75), np.random.default_rng(1), PEN)
        columns = np.flatnonzero((sheet < 128).any(axis=0))
        reach.append(int(columns[-1]))
        assert 10 <= columns[0] <= columns[-1] < 390
    assert reach == sorted(set(reach))


def test_ticks_and_scribbles_leave_ink_in_the_middle_of_their_box() -> None:
    for draw in (tick, strike):
        sheet = np.full((100, 100), 255, np.uint8)
        draw(sheet, (30, 30, 70, 70), np.random.default_rng(2))
        assert (sheet[40:60, 40:60] < 128).any()
        assert not (sheet[:10] < 128).any()


def test_the_next_edition_moves_all_but_the_first_combs() -> None:
    old = blank_form(np.random.default_rng(1))
    new = blank_form(np.random.default_rng(1), moved_px=40)
    assert old.combs[:4] == new.combs[:4]
    moved = [
        after[0][0] - before[0][0]
        for before, after in zip(old.combs[4:], new.combs[4:], strict=True)
    ]
    assert moved
    assert np.allclose(moved, 40 * 25.4 / 200)
