"""A Reading as hOCR: HTML that says where each line, word and mark stands."""

from html import escape

from inkdigits.formats.exporter import Exporter
from inkdigits.formats.geometry import around, words_of
from inkdigits.reading.results import Box, Line, Mark, PageReading, Reading

_HEAD = """<!DOCTYPE html>
<html lang="zxx">
<head>
<meta charset="utf-8">
<title>inkdigits</title>
<meta name="ocr-system" content="inkdigits">
<meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word ocrx_cinfo">
</head>
<body>
"""


def reading(name: str, found: Reading, alone: bool = False) -> str:
    """A reading's pages, to stand between head and foot."""
    pages = [_page(name, page) for page in found.pages]
    return "".join(pages)


def _page(name: str, page: PageReading) -> str:
    """A page as hOCR."""
    title = escape(
        f'image "{name}"; bbox 0 0 {page.width} {page.height}; ppageno {page.number - 1}'
    )
    lines = "".join(_line(line) for line in page.lines)
    return f'<div class="ocr_page" title="{title}">\n{lines}</div>\n'


def _line(line: Line) -> str:
    """A line with its words and their confidence."""
    percent = round(100 * line.confidence)
    words = []
    for written, marks in words_of(line):
        box = _bbox(around([mark.box for mark in marks]) if marks else line.box)
        # Only lines have a confidence of their own; their words share it.
        title = f"{box}; x_wconf {percent}"
        # A corrected text may have no marks.
        inner = "".join(_mark(mark) for mark in marks) or escape(written)
        word = f'<span class="ocrx_word" title="{title}">{inner}</span>'
        words.append(word)
    text = " ".join(words)
    return f'<span class="ocr_line" title="{_bbox(line.box)}">{text}</span>\n'


def _mark(mark: Mark) -> str:
    """A mark as hOCR's character, with its box and confidence."""
    percent = 100 * mark.confidence
    title = f"x_bboxes {_sides(mark.box)}; x_confs {percent:.2f}"
    text = escape(mark.text)
    return f'<span class="ocrx_cinfo" title="{title}">{text}</span>'


def _bbox(box: Box) -> str:
    return f"bbox {_sides(box)}"


def _sides(box: Box) -> str:
    """Left, top, right and bottom, as hOCR's titles list them."""
    sides = (box.left, box.top, box.right, box.bottom)
    return " ".join(str(side) for side in sides)


READING = Exporter(_HEAD, reading, "</body>\n</html>\n")
