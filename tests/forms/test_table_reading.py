"""A table on a picture: straightened where it leans, each cell with its own number."""

from dataclasses import replace

import cv2
import numpy as np

from inkdigits.forms.table_reading import read_table
from inkdigits.reading.input.pages import Page
from inkdigits.reading.reader import Reader
from inkdigits.synthesis.forms import write_comb
from made_forms import HAND, PEN, Grey

TEXTS = [
    ["12", "407", "35"],
    ["8", "23", "1940"],
    ["650", "", "71"],
    ["94", "816", "3"],
    ["27", "5", "268"],
    ["308", "49", "67"],
]
WIDE, HIGH, LEFT, TOP = 230, 100, 160, 120


def sheet() -> Grey:
    page = np.full((900, 1000), 245, np.uint8)
    rng = np.random.default_rng(5)
    for row, cells in enumerate(TEXTS):
        for column, text in enumerate(cells):
            end = LEFT + (column + 1) * WIDE - 30
            top = TOP + row * HIGH + 10.0
            boxes = [
                (end - 44.0 * (len(text) - place), top, end - 44.0 * (len(text) - place - 1), top + 80)
                for place in range(len(text))
            ]  # fmt: skip
            write_comb(page, HAND, text, boxes, rng, PEN)
    return page


def from_aside(page: Grey) -> tuple[Grey, np.ndarray]:
    height, width = page.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    off = np.array([[50, 0], [-30, 70], [0, 20], [-10, -10]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, corners + off)
    seen = cv2.warpPerspective(page, matrix, (width, height + 60), borderValue=(245,))
    return np.asarray(seen, np.uint8), matrix


def test_a_page_seen_from_aside_has_its_rows_and_columns(reader: Reader) -> None:
    straight = sheet()
    seen, matrix = from_aside(straight)
    reading = reader.read(seen).pages[0]
    table = read_table(reader, reading, lambda: Page(seen))
    assert [[cell.text for cell in row] for row in table.rows] == TEXTS
    # A cell's box is where it stands on the picture that was given.
    for row, cells in enumerate(table.rows):
        for column, cell in enumerate(cells):
            if cell.box is None:
                continue
            right = LEFT + (column + 1) * WIDE - 30
            middle = np.array([[[right - 40.0, TOP + row * HIGH + 50.0]]])
            x, y = cv2.perspectiveTransform(middle, matrix)[0, 0]
            assert cell.box.left - 90 < x < cell.box.right + 60
            assert cell.box.top - 20 < y < cell.box.bottom + 20


def test_a_straight_page_is_read_once(reader: Reader) -> None:
    page = sheet()
    reading = reader.read(page).pages[0]
    table = read_table(reader, reading, lambda: Page(page))
    assert [[cell.text for cell in row] for row in table.rows] == TEXTS


def test_a_page_without_lines_is_an_empty_table(reader: Reader) -> None:
    blank = np.full((300, 300), 240, np.uint8)

    def never() -> Page:
        raise AssertionError("the page is not needed")

    reading = reader.read(blank).pages[0]
    assert read_table(reader, reading, never).rows == ()


def test_a_cell_that_was_missed_on_the_page_is_looked_at_again(reader: Reader) -> None:
    page = sheet()
    reading = reader.read(page).pages[0]
    others = tuple(line for line in reading.lines if line.text != "3")
    assert len(others) == len(reading.lines) - 1
    table = read_table(reader, replace(reading, lines=others), lambda: Page(page))
    assert [[cell.text for cell in row] for row in table.rows] == TEXTS


def test_rules_around_an_empty_cell_are_no_digit(reader: Reader) -> None:
    page = sheet()
    for row in range(len(TEXTS) + 1):
        y = TOP + row * HIGH
        cv2.line(page, (LEFT, y), (LEFT + 3 * WIDE, y), 90, 2)
    for column in range(4):
        x = LEFT + column * WIDE
        cv2.line(page, (x, TOP), (x, TOP + len(TEXTS) * HIGH), 90, 2)
    reading = reader.read(page).pages[0]
    table = read_table(reader, reading, lambda: Page(page))
    empty = table.rows[2][1]
    assert (empty.text, empty.accepted) == ("", True)


def test_specks_of_a_fax_do_not_hide_a_missed_digit(reader: Reader) -> None:
    page = sheet()
    reading = reader.read(page).pages[0]
    others = tuple(line for line in reading.lines if line.text != "3")
    specks = np.random.default_rng(2).random(page.shape) < 0.002
    page[cv2.dilate(specks.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0] = 20
    table = read_table(reader, replace(reading, lines=others), lambda: Page(page))
    assert table.rows[3][2].text == "3"
    # Between two rows that are not empty, the specks alone are nothing.
    empty = table.rows[2][1]
    assert (empty.text, empty.accepted) == ("", True)


def test_a_cell_with_a_scribble_is_not_surely_empty(reader: Reader) -> None:
    page = sheet()
    reading = reader.read(page).pages[0]
    scribble = np.array([[430, 340], [470, 390], [440, 395], [500, 345], [530, 390]])
    cv2.polylines(
        page, [scribble.astype(np.int32)], isClosed=False, color=20, thickness=3
    )
    table = read_table(reader, reading, lambda: Page(page))
    cell = table.rows[2][1]
    assert not cell.accepted
    assert cell.reason == "unsure"
