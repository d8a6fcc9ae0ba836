"""Results as tables, files, pictures and notebook output.

This implements what `inkdigits.reading.presented` declares.
"""

import base64
import io
from html import escape
from pathlib import Path
from typing import Any

from inkdigits.errors import InkdigitsError, SettingError
from inkdigits.formats.columns import rows_of
from inkdigits.formats.csv import READING as CSV
from inkdigits.formats.drawing import crop, draw, save
from inkdigits.formats.json import part_object, prediction_object, reading_object
from inkdigits.frames import frame_of
from inkdigits.reading.results import Line, Prediction, Reading
from inkdigits.reading.wording import counted, percent

__all__ = ["crop", "draw", "html", "png", "save", "to_csv", "to_dict", "to_frame"]

# A notebook stores its pictures in its file, so they are no larger than a screen.
_PREVIEW_PX = 1000
_PREVIEW_ROWS = 20  # lines of a reading that a notebook shows


def to_dict(result: Any) -> dict[str, Any]:
    """The result as plain numbers, strings, lists and dicts."""
    if isinstance(result, Prediction):
        return prediction_object(_name(result), result)
    if isinstance(result, Reading):
        return reading_object(_name(result), result)
    # Anything else is a part of a reading.
    return part_object(result)


def to_csv(reading: Reading, path: str | Path | None = None) -> str:
    """The reading as CSV: a header row, then one row per number."""
    text = CSV.head + CSV.one(_name(reading), reading, True) + CSV.foot
    if path is not None:
        try:
            Path(path).write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise SettingError(
                f"{path} cannot be written ({error.strerror or error}): name another file"
            ) from None
    return text


def to_frame(reading: Reading) -> Any:
    return frame_of(list(rows_of(_name(reading), reading)))


def png(result: Prediction | Reading) -> bytes | None:
    """The first page, drawn at screen size at most; None if its picture is gone."""
    try:
        drawn = draw(result)
    except (InkdigitsError, OSError):
        return None
    drawn.thumbnail((_PREVIEW_PX, _PREVIEW_PX))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def html(result: Prediction | Reading) -> str:
    """The drawn picture, and what was read as text."""
    picture = png(result)
    image = "" if picture is None else _image(picture, repr(result))
    text = (
        f"<p>{escape(repr(result))}</p>"
        if isinstance(result, Prediction)
        else _table(result)
    )
    return f"<div>{image}{text}</div>"


def _image(picture: bytes, alternative: str) -> str:
    data = base64.b64encode(picture).decode()
    return (
        f'<img src="data:image/png;base64,{data}" alt="{escape(alternative)}" '
        'style="max-width: 100%">'
    )


def _table(reading: Reading) -> str:
    """The first lines of a reading as an HTML table."""
    if not reading.lines:
        return f"<p>no numbers on {counted(len(reading.pages), 'page')}</p>"
    head = "".join(
        f"<th>{name}</th>" for name in ("page", "number", "value", "confidence", "")
    )
    lines = [(page.number, line) for page in reading.pages for line in page.lines]
    rows = "".join(_table_row(number, line) for number, line in lines[:_PREVIEW_ROWS])
    more = len(lines) - _PREVIEW_ROWS
    rest = f"<p>and {counted(more, 'number')} more</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{rest}"


def _table_row(page: int, line: Line) -> str:
    value = "" if line.value is None else escape(str(line.value))
    doubtful = "" if line.accepted else "doubtful"
    cells = (str(page), escape(line.text), value, percent(line.confidence), doubtful)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _name(result: Prediction | Reading) -> str:
    return result.picture.name if result.picture else ""
