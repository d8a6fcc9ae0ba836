"""Where things stand on the picture as it was given, for programs that open it themselves."""

from collections.abc import Iterator

from inkdigits.reading.results import Box, Line, Mark, PageReading


def size_on_picture(page: PageReading) -> tuple[int, int]:
    """Width and height before the page was turned."""
    lies_on_its_side = _quarters(page) % 2
    if lies_on_its_side:
        return page.height, page.width
    return page.width, page.height


def on_picture(box: Box, page: PageReading) -> Box:
    """The box before the page was turned upright."""
    width, height = size_on_picture(page)
    match _quarters(page):
        case 1:
            return Box(width - box.bottom, box.left, width - box.top, box.right)
        case 2:
            return Box(
                width - box.right,
                height - box.bottom,
                width - box.left,
                height - box.top,
            )
        case 3:
            return Box(box.top, height - box.right, box.bottom, height - box.left)
        case _:
            return box


def _quarters(page: PageReading) -> int:
    """How many quarters against the clock set it upright."""
    return round(page.turned_deg / 90) % 4


def words_of(line: Line) -> Iterator[tuple[str, list[Mark]]]:
    """The line's words with their marks; those that belong to no number are left out."""
    written = iter(mark for mark in line.marks if mark.text)
    for word in line.text.split():
        # The word comes first: zip takes no mark after its last sign.
        yield word, [mark for _, mark in zip(word, written, strict=False)]


def around(boxes: list[Box]) -> Box:
    """The smallest box around all of them."""
    left = min(box.left for box in boxes)
    top = min(box.top for box in boxes)
    right = max(box.right for box in boxes)
    bottom = max(box.bottom for box in boxes)
    return Box(left, top, right, bottom)
