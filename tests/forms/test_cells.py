"""Boxes of a comb: each stroke belongs to one box, specks to none."""

import math
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigits.forms.cells import (
    CELLS,
    CROSSED_OUT,
    Cell,
    comb_cells,
    has_ink,
    is_blank,
    see_cells,
    see_line,
)
from inkdigits.forms.one_hand import HAND as HAND_SETTINGS
from inkdigits.reading.classifier import BOXED, BUNDLED
from inkdigits.reading.glyphs import frame
from inkdigits.reading.reader import Reader
from inkdigits.synthesis.canvas import draw
from inkdigits.synthesis.forms import write_comb
from inkdigits.synthesis.variants import four_with_loop
from made_forms import HAND, PEN, Grey
from made_strokes import NINE

PITCH, HIGH = 63, 71
EDGES = [10 + PITCH * place for place in range(6)]


def paper() -> Grey:
    return np.full((HIGH, EDGES[-1] + 10), 255, np.uint8)


def written(text: str) -> Grey:
    sheet = paper()
    boxes = [(float(left), 2.0, float(left + PITCH), HIGH - 2.0) for left in EDGES[:-1]]
    write_comb(sheet, HAND, text, boxes, np.random.default_rng(5), PEN)
    return sheet


def test_written_digits_come_back_from_their_boxes(reader: Reader) -> None:
    cells = comb_cells(written("4 071"), EDGES)
    assert [cell.glyph is None for cell in cells] == [False, True, False, False, False]
    seen = see_cells(reader, cells)
    assert seen[1] is None
    texts = [max(each.place, key=lambda choice: choice[1])[0] for each in seen if each]
    assert texts == list("4071")
    for each in seen:
        if each is not None:
            total = sum(math.exp(log) for _, log in each.place)
            assert total == pytest.approx(1, abs=1e-6)
            # No digit is impossible, whatever the networks and the other digits say.
            least = CELLS.floor / 10 * HAND_SETTINGS.floor
            assert min(log for _, log in each.place) >= math.log(least)


def test_a_stroke_that_a_fax_machine_broke_is_read(reader: Reader) -> None:
    """Every piece of the 1 is as short as a speck, and nothing but specks lies beside it."""
    sheet = paper()
    middle = EDGES[1] + PITCH // 2
    for top in range(10, 60, 10):
        sheet[top : top + 5, middle : middle + 3] = 0
    for left, top in ((EDGES[0] + 10, 12), (EDGES[0] + 40, 50), (EDGES[3] + 20, 30)):
        sheet[top : top + 3, left : left + 3] = 0
    cells = comb_cells(sheet, EDGES)
    assert [cell.glyph is not None for cell in cells] == [False, True, *[False] * 3]
    seen = see_cells(reader, cells)[1]
    assert seen is not None
    assert max(seen.place, key=lambda choice: choice[1])[0] == "1"


def test_specks_beside_a_digit_do_not_make_it_smaller() -> None:
    clean = written("40712")
    speckled = clean.copy()
    for left in EDGES[:-1]:
        for x, y in ((left + 3, 3), (left + PITCH - 6, HIGH - 6)):
            # A speck that touches a digit is a part of it.
            if clean[max(0, y - 12) : y + 15, max(0, x - 12) : x + 15].min() > 200:
                speckled[y : y + 3, x : x + 3] = 0
    assert (speckled != clean).any()
    for before, after in zip(
        comb_cells(clean, EDGES), comb_cells(speckled, EDGES), strict=True
    ):
        assert before.box == after.box


def test_a_digit_in_doubt_is_what_those_like_it_are(reader: Reader) -> None:
    """A 4 that closes like a 9, by somebody whose other such digits are surely 4."""
    cells = comb_cells(written("44449"), EDGES)
    doubtful = np.full(10, -9.0, np.float32)
    doubtful[[4, 9]] = -6.5, -0.01
    # As the row network might say it, louder than the digit network.
    cells[0] = replace(cells[0], by_row=doubtful)
    alone = see_cells(reader, cells[:1])
    among = see_cells(reader, cells)
    assert all(each is not None for each in (*alone, *among))
    shares = [dict(each.place)["4"] for each in (alone[0], among[0]) if each]
    assert shares[0] < math.log(0.7)
    assert shares[1] > math.log(0.97)


def test_a_stroke_belongs_to_the_box_it_lies_most_in() -> None:
    sheet = paper()
    middle = EDGES[2]
    sheet[20:50, middle - 30 : middle + 8] = 40
    cells = comb_cells(sheet, EDGES)
    assert [cell.glyph is not None for cell in cells] == [False, True, *[False] * 3]
    # In equal parts, each box keeps its own.
    sheet = paper()
    sheet[20:50, middle - 15 : middle + 15] = 40
    cells = comb_cells(sheet, EDGES)
    assert [place for place, cell in enumerate(cells) if cell.glyph is not None] == [
        1,
        2,
    ]


def test_a_line_through_boxes_crosses_all_of_them_out() -> None:
    sheet = written("40719")
    sheet[34:38, EDGES[1] + 5 : EDGES[4] - 5] = 30
    reasons = [cell.reason for cell in comb_cells(sheet, EDGES)]
    assert reasons[1:4] == [CROSSED_OUT] * 3


def test_a_filled_box_is_crossed_out() -> None:
    sheet = paper()
    sheet[5:65, EDGES[0] + 3 : EDGES[1] - 3] = 20
    assert comb_cells(sheet, EDGES)[0] == Cell(reason=CROSSED_OUT)


def test_specks_are_no_ink() -> None:
    sheet = paper()
    sheet[::9, ::9] = 0
    assert is_blank(sheet)
    assert not has_ink(np.zeros((5, 5), bool))
    sheet[20:60, 30:36] = 0
    assert not is_blank(sheet)


def test_bare_paper_has_no_number(reader: Reader) -> None:
    assert see_line(reader, paper(), None).reason == "no number found in it"


def test_in_a_box_a_loop_with_a_bar_across_its_stem_is_a_four(reader: Reader) -> None:
    four = four_with_loop([NINE])
    assert four is not None
    for strokes, digit in ((four, 4), ([NINE], 9)):
        glyphs = [
            frame(draw(strokes, np.random.default_rng([8, seed]))) for seed in range(40)
        ]
        answers = reader.predict_in_boxes(np.stack(glyphs))
        assert np.mean([answer.digit == digit for answer in answers]) > 0.9


def test_a_network_of_ones_own_reads_the_boxes_too(tmp_path: Path) -> None:
    own = shutil.copy(BUNDLED, tmp_path / "own.onnx")
    mine = Reader(own)
    assert mine.boxed is mine.classifier
    assert Reader().boxed.path == BOXED
    assert pickle.loads(pickle.dumps(Reader())).boxed.path == BOXED  # noqa: S301
