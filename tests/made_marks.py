"""Marks made by hand: as the network would give them on its map, and as they are decoded from it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, OTHER
from inkdigits.reading.marks.found import CENTRE, FIRST_BOX, FIRST_CLASS, STRIDE, Found
from inkdigits.reading.numbers.rows import Row, rows_of

Floats = npt.NDArray[np.float32]
# What a mark may be, with the likelihood of each: "7", or {"1": 0.6, "/": 0.4}.
Sign = str | dict[str, float]
Box = tuple[float, float, float, float]

HEIGHT_PX, WIDTH_PX, STEP_PX = 30.0, 18.0, 22.0
_NOTHING = -9.0  # log odds of a mark where there is none


def shares_of(sign: Sign, sure: float = 0.97) -> Floats:
    """The likelihood of each class; what is left goes to all of them alike."""
    likely = {sign: sure} if isinstance(sign, str) else sign
    rest = max(1 - sum(likely.values()), 0.0) / len(CLASSES)
    shares = np.full(len(CLASSES), rest, np.float32)
    for name, share in likely.items():
        shares[CLASS_OF[name]] += np.float32(share)
    return shares


def found_of(marks: Sequence[tuple[Sign, Box]], centre: float = 0.95) -> Found:
    """Marks as they are decoded."""
    boxes = np.array([box for _, box in marks], np.float32).reshape(-1, 4)
    classes = np.array([shares_of(sign) for sign, _ in marks], np.float32).reshape(
        -1, len(CLASSES)
    )
    return Found(boxes, np.full(len(marks), centre, np.float32), classes)


def map_of(found: Found, shape: tuple[int, int]) -> Floats:
    """The map (channels, rows, columns) on which the network would show these marks."""
    rows, columns = -(-shape[0] // STRIDE), -(-shape[1] // STRIDE)
    answer = np.zeros((FIRST_BOX + 4, rows, columns), np.float32)
    answer[CENTRE] = _NOTHING
    for box, centre, classes in zip(
        found.boxes, found.centre, found.classes, strict=True
    ):
        x, y = (box[0] + box[2]) / 2 / STRIDE, (box[1] + box[3]) / 2 / STRIDE
        row, column = int(y), int(x)
        answer[CENTRE, row, column] = np.log(centre / (1 - centre))
        answer[FIRST_CLASS:FIRST_BOX, row, column] = np.log(np.maximum(classes, 1e-9))
        sides = (box[2:] - box[:2]) / STRIDE
        answer[FIRST_BOX:, row, column] = (
            x - column - 0.5,
            y - row - 0.5,
            *np.log(sides),
        )
    return answer


def boxes_of(
    text: str, left: float = 20.0, top: float = 20.0
) -> list[tuple[Sign, Box]]:
    """A text's marks side by side; a space leaves a gap, small signs stand at the foot or in the middle."""
    marks: list[tuple[Sign, Box]] = []
    x = left
    for sign in text:
        if sign in ".,":
            marks.append(
                (sign, (x, top + 0.85 * HEIGHT_PX, x + 5, top + 1.1 * HEIGHT_PX))
            )
            x += 9
        elif sign in "-:=":
            marks.append(
                (sign, (x, top + 0.4 * HEIGHT_PX, x + 12, top + 0.6 * HEIGHT_PX))
            )
            x += 16
        elif sign != " ":
            marks.append((sign, (x, top, x + WIDTH_PX, top + HEIGHT_PX)))
            x += STEP_PX
        else:
            x += 0.9 * HEIGHT_PX
    return marks


def row_of(marks: Sequence[tuple[Sign, Box]]) -> Row:
    """The one row that these marks stand in."""
    (row,) = rows_of([(1.0, found_of(marks))])
    return row


def no_mark(box: Box) -> tuple[Sign, Box]:
    return OTHER, box
