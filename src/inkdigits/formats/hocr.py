"""A Reading as hOCR: HTML that says where each line and digit stands."""

from html import escape

from inkdigits.formats.exporter import Exporter
from inkdigits.reading.results import Box, Digit, Line, PageReading, Reading

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
    return "".join(_page(name, page) for page in found.pages)


def _page(name: str, page: PageReading) -> str:
    title = escape(f'image "{name}"; bbox 0 0 {page.width} {page.height}; ppageno {page.number - 1}')
    lines = "".join(_line(line) for line in page.lines)
    return f'<div class="ocr_page" title="{title}">\n{lines}</div>\n'


def _line(line: Line) -> str:
    digits = "".join(_digit(digit) for digit in line.digits if digit.digit is not None)
    title = f"{_bbox(line.box)}; x_wconf {round(100 * line.confidence)}"
    word = f'<span class="ocrx_word" title="{title}">{digits}</span>'
    return f'<span class="ocr_line" title="{_bbox(line.box)}">{word}</span>\n'


def _digit(digit: Digit) -> str:
    title = f"x_bboxes {_sides(digit.box)}; x_confs {100 * digit.confidence:.2f}"
    return f'<span class="ocrx_cinfo" title="{title}">{digit.digit}</span>'


def _bbox(box: Box) -> str:
    return f"bbox {_sides(box)}"


def _sides(box: Box) -> str:
    return f"{box.left} {box.top} {box.right} {box.bottom}"


READING = Exporter(_HEAD, reading, "</body>\n</html>\n")
