"""The settings of the browser's reader, as JSON.

Every number comes from the Python module that the browser's code was ported from.
"""

import json
from dataclasses import asdict
from typing import Any

from inkdigits._version import __version__
from inkdigits.reading import digit, glyphs, reader, saliency
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.input import documents
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.marks import (
    alphabet,
    closeup,
    edges,
    found,
    naming,
    pyramid,
    whole,
)
from inkdigits.reading.marks import glyphs as marks_glyphs
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers import (
    columns,
    confidence,
    lines,
    loose_ink,
    pages,
    rows,
    strips,
    together,
    values,
    writing,
)
from inkdigits.reading.numbers.row_network import RowNetworks
from inkdigits.reading.options import ReadOptions


def browser_settings(
    classifier: Classifier,
    marks: MarksNetwork,
    glyph_network: GlyphNetwork,
    row_networks: RowNetworks,
    *,
    has_own_digits: bool,
) -> dict[str, Any]:
    """The content of model/model.json."""
    name, shape = classifier.takes
    fitted = classifier.settings
    return {
        "name": classifier.path.name,
        "version": __version__,
        "input": name,
        "shape": shape,
        "refuses": classifier.refuses,
        "temperature": fitted.temperature,
        "sureness": fitted.sureness,
        "threshold": fitted.threshold,
        "enough_px": {"predict": reader._ENOUGH_PX, "read": documents._ENOUGH_PX},
        "saliency": {"patch_px": saliency._PATCH_PX, "step_px": saliency._STEP_PX},
        "marks": marks_settings(
            marks, glyph_network, row_networks, has_own_digits=has_own_digits
        ),
    }


def document_settings() -> str:
    """A module of JavaScript with what a document may cost, and how finely its pages are drawn."""
    limits = Limits()
    settings = {
        "most_pixels": limits.max_pixels,
        "most_side": limits.max_side,
        "most_aspect": limits.max_aspect,
        "most_pages": limits.max_pages,
        "dots_per_inch": ReadOptions().dpi,
    }
    return f"export const SETTINGS = {json.dumps(settings)};\n"


def marks_settings(
    marks: MarksNetwork,
    glyph_network: GlyphNetwork,
    row_networks: RowNetworks,
    *,
    has_own_digits: bool = False,
) -> dict[str, Any]:
    """Everything between the marks network's map and a line."""
    return {
        "classes": alphabet.CLASSES,
        "digits": len(alphabet.DIGITS),
        "stride": found.STRIDE,
        "multiple": found.MULTIPLE,
        "page_px": edges.PAGE_PX,
        "line_weights": marks.confidence.weights,
        "line_sign_weights": marks.confidence.sign_weights,
        "line_least": marks.confidence.least,
        "line_threshold": marks.threshold,
        "alternatives": lines.ALTERNATIVES,
        "currency": values._CURRENCY,
        "last_of_century": values._LAST_OF_CENTURY,
        "pyramid": asdict(pyramid.PYRAMID),
        "peaks": asdict(found.PEAKS),
        "rows": asdict(rows.ROWS),
        "writing": asdict(writing.SETTINGS),
        "loose_ink": asdict(loose_ink.LOOSE_INK),
        "least_ink": confidence._LEAST_INK,
        "most_log": confidence._MOST_LOG,
        "strips": asdict(strips.STRIPS),
        "columns": asdict(columns.COLUMNS),
        "mark_shape": asdict(together.SHAPE),
        "together": asdict(row_networks.together),
        "row_networks": [
            {"high_px": network.high_px, "temperature": network.temperature}
            for network in (row_networks.quick, row_networks.closer)
        ],
        "turns": asdict(pages.TURNS),
        "alone": asdict(pages.ALONE),
        "digit": asdict(digit.SETTINGS),
        "glyphs": asdict(marks_glyphs.GLYPHS),
        "closeup": asdict(closeup.CLOSEUP),
        "naming": asdict(naming.NAMING),
        "whole": asdict(whole.WHOLE),
        "temperature": glyph_network.temperature,
        "existence": glyph_network.existence,
        "joint": asdict(glyph_network.joint),
        "own_digits": has_own_digits,
        "framing": {
            "inner_px": glyphs.INNER_PX,
            "faintest": glyphs._FAINTEST,
            "thin_share": glyphs._THIN_SHARE,
            "wanted_share": glyphs._WANTED_SHARE,
        },
        "forms": {
            "number": without_layout(writing._FORMS.pattern),
            "thousands": writing._THOUSANDS.pattern,
            "closed": writing._CLOSED.pattern,
            "time": values._TIME.pattern,
            "date": values._DATE.pattern,
            "integer": values._INTEGER.pattern,
            "spaced": values._SPACED.pattern,
            "no_cents": values._NO_CENTS.pattern,
            "one_sign": values._ONE_SIGN.pattern,
            "grouped": values._GROUPED.pattern,
            "grouped_decimal": values._GROUPED_DECIMAL.pattern,
        },
    }


def without_layout(pattern: str) -> str:
    """A verbose pattern (re.VERBOSE) as JavaScript takes it: without its comments and blanks."""
    kept: list[str] = []
    in_class = in_comment = escaped = False
    for sign in pattern:
        if in_comment:
            in_comment = sign != "\n"
        elif escaped:
            kept.append(sign if sign == " " else f"\\{sign}")
            escaped = False
        elif sign == "\\":
            escaped = True
        elif in_class or not (sign.isspace() or sign == "#"):
            in_class = sign == "[" or (in_class and sign != "]")
            kept.append(sign)
        else:
            in_comment = sign == "#"
    return "".join(kept)
