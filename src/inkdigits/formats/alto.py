"""A page as ALTO 4 XML, which libraries and archives keep with their scans.

Boxes are in pixels of the original picture.
"""

from xml.etree import ElementTree as Xml

from inkdigits._version import __version__
from inkdigits.formats.geometry import around, on_picture, size_on_picture, words_of
from inkdigits.reading.results import Box, Line, Mark, PageReading

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def page_document(name: str, page: PageReading) -> str:
    """One page as a complete file."""
    root = Xml.Element(
        "alto",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": _INSTANCE,
            "xsi:schemaLocation": f"{NAMESPACE} {_SCHEMA}",
        },
    )
    _describe(root, name)
    width, height = size_on_picture(page)
    whole = Box(0, 0, width, height)
    size = {"WIDTH": str(width), "HEIGHT": str(height)}
    layout = Xml.SubElement(root, "Layout")
    sheet = Xml.SubElement(
        layout, "Page", {"ID": "page", "PHYSICAL_IMG_NR": str(page.number), **size}
    )
    space = Xml.SubElement(sheet, "PrintSpace", _place(whole))
    for number, line in enumerate(page.lines, 1):
        _add_line(space, line, page, number)
    # Indented, because people open these files in editors too.
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _describe(root: Xml.Element, name: str) -> None:
    """What was read, by which program."""
    description = Xml.SubElement(root, "Description")
    Xml.SubElement(description, "MeasurementUnit").text = "pixel"
    source = Xml.SubElement(description, "sourceImageInformation")
    Xml.SubElement(source, "fileName").text = name
    processing = Xml.SubElement(description, "Processing", {"ID": "reading"})
    software = Xml.SubElement(processing, "processingSoftware")
    Xml.SubElement(software, "softwareName").text = "inkdigits"
    Xml.SubElement(software, "softwareVersion").text = __version__


def _add_line(space: Xml.Element, line: Line, page: PageReading, number: int) -> None:
    """A line as a block of its own, with its words and glyphs."""
    place = _place(on_picture(line.box, page))
    block = Xml.SubElement(space, "TextBlock", {"ID": f"block_{number}", **place})
    written = Xml.SubElement(block, "TextLine", {"ID": f"line_{number}", **place})
    for index, (word, marks) in enumerate(words_of(line), 1):
        if index > 1:
            Xml.SubElement(written, "SP")
        box = around([mark.box for mark in marks]) if marks else line.box
        string = Xml.SubElement(
            written,
            "String",
            {
                "ID": f"word_{number}_{index}",
                **_place(on_picture(box, page)),
                "CONTENT": word,
                "WC": f"{line.confidence:.4f}",
            },
        )
        for glyph, mark in enumerate(marks, 1):
            _add_glyph(string, mark, page, f"glyph_{number}_{index}_{glyph}")


def _add_glyph(string: Xml.Element, mark: Mark, page: PageReading, name: str) -> None:
    attributes = {
        "ID": name,
        "CONTENT": mark.text,
        **_place(on_picture(mark.box, page)),
        "GC": f"{mark.confidence:.4f}",
    }
    Xml.SubElement(string, "Glyph", attributes)


def _place(box: Box) -> dict[str, str]:
    """A box as the attributes of an element."""
    return {
        "HPOS": str(box.left),
        "VPOS": str(box.top),
        "WIDTH": str(box.right - box.left),
        "HEIGHT": str(box.bottom - box.top),
    }
