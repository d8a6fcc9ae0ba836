"""The template editor over HTTP: /v1/template/… and its page at /editor/.

It edits a file on this machine. The template is validated before it is written, and it is written
in one piece or not at all.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from inkdigits.errors import InkdigitsError, SettingError
from inkdigits.files import write_whole
from inkdigits.forms.form import Form
from inkdigits.forms.registration.blank import PX_PER_MM, Blank
from inkdigits.forms.schema import CHECKS, COLUMN_TYPES, DATE_ORDERS, TYPES
from inkdigits.forms.template import FormTemplate
from inkdigits.forms.template_text import EditedField, edited
from inkdigits.reading.input.documents import open_pages
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.reader import Reader
from inkdigits.web.bodies import json_object, read_body
from inkdigits.web.problems import ProblemError
from inkdigits.web.service import Service

PAGES = Path(__file__).parent / "forms_pages"
# Of the pictures of pages on the screen, at which a comb's boxes can still be told apart.
_SHOWN_PX_PER_MM = 6.0
# JPEG quality of those pictures, which people look at and nothing reads.
_QUALITY = 85


class EditorDesk:
    """The template that is edited."""

    def __init__(self, path: Path, reader: Reader) -> None:
        self._path = path
        self._reader = reader
        self._tried: dict[int, bytes] = {}
        # Errors are reported when the editor starts, not when its page is opened.
        FormTemplate.load(path)

    def template(self) -> dict[str, Any]:
        text = self._path.read_text(encoding="utf-8")
        content = json.loads(text)
        form = FormTemplate.load(self._path)
        return {
            "file": str(self._path),
            "digest": _digest(text),
            "name": content["name"],
            "title": content.get("title", ""),
            "rules": content.get("rules", []),
            "pages": [
                {
                    "size": list(page.size),
                    "drawn": page.blank is None,
                    "fields": given["fields"],
                }
                for page, given in zip(form.pages, content["pages"], strict=True)
            ],
            "types": list(TYPES),
            "column_types": list(COLUMN_TYPES),
            "checks": list(CHECKS),
            "orders": list(DATE_ORDERS),
        }

    def save(self, content: dict[str, Any]) -> dict[str, Any]:
        """Write the edited template if it is valid.

        Otherwise a SettingError names the place of the error.
        """
        text = self._path.read_text(encoding="utf-8")
        if content.get("digest") != _digest(text):
            raise ProblemError(
                409,
                f"{self._path.name} was changed by another program: reload the page",
            )
        count = len(json.loads(text)["pages"])
        new = edited(text, _pages(content, count), _rules(content))
        # Only to check it: nothing is written that could not be read again.
        FormTemplate.from_json(new, self._path.name, self._path.parent)
        # A save that changes nothing leaves the file's time alone.
        if new != text:
            write_whole(self._path, new, durable=True)
        return self.template()

    def page(self, number: int) -> bytes:
        """The blank page as a picture."""
        form = FormTemplate.load(self._path)
        if not 1 <= number <= len(form.pages):
            raise SettingError(
                f"there is no page {number}: the form has {len(form.pages)}"
            )
        return _jpeg(_shown(Blank.of(form, form.pages[number - 1]).grey))

    def tried_page(self, number: int) -> bytes:
        """The filled example instead of the blank page."""
        if number not in self._tried:
            raise SettingError(f"page {number} is not in the example you tried")
        return self._tried[number]

    def tried(self, picture: bytes) -> dict[str, Any]:
        """The readings of a filled example, by the template that was saved last."""
        form = Form.load(self._path, self._reader)
        pages = []
        self._tried = {}
        with closing(open_pages(picture, self._reader.limits)) as opened:
            for number, page in opened:
                seen = form.seen_page(page)
                # Where a page was not aligned, its fields would be shown in the wrong place.
                if not seen.reason:
                    self._tried[seen.page] = _jpeg(
                        _upright(
                            page, seen.corners, form.template.pages[seen.page - 1].size
                        ),
                    )
                pages.append((number, seen))
        records = form.records(pages)
        fields: dict[str, Any] = {}
        for record in records:
            fields |= {name: each.to_dict() for name, each in record.fields.items()}
        reasons = [record.reason for record in records if record.reason]
        return {"pages": sorted(self._tried), "fields": fields, "reasons": reasons}


def add_editor(app: FastAPI, service: Service, desk: EditorDesk) -> None:
    """The addresses of an editor, and its page."""
    routes = APIRouter(prefix="/v1/template", include_in_schema=False)

    @routes.get("")
    async def template() -> Any:
        """The template and what the page must know of it."""
        content = await service.pool.run(desk.template)
        return JSONResponse(content)

    @routes.post("")
    async def save(request: Request) -> Any:
        """Write the edited template."""
        content = await json_object(request, service.bodies, "/editor/")
        saved = await service.pool.run(desk.save, content)
        return JSONResponse(saved)

    @routes.get("/page")
    async def page(number: int = 1, tried: bool = False) -> Any:
        """A page of the blank, or of the filled form that was tried."""
        picture_of = desk.tried_page if tried else desk.page
        content = await service.pool.run(picture_of, number)
        # The next try puts another picture under the same address.
        headers = {"cache-control": "no-store"}
        return Response(content, media_type="image/jpeg", headers=headers)

    @routes.post("/try")
    async def tried(request: Request) -> Any:
        """Read a filled form with the template as it stands."""
        picture = await read_body(request.scope, request.receive, service.bodies)
        reading = await service.pool.run(desk.tried, picture)
        return JSONResponse(reading)

    app.include_router(routes)
    app.mount("/forms", StaticFiles(directory=PAGES / "forms"))
    app.mount("/editor", StaticFiles(directory=PAGES / "editor", html=True))


def _pages(content: dict[str, Any], count: int) -> list[list[EditedField]]:
    given = content.get("pages")
    if not isinstance(given, list) or len(given) != count:
        raise SettingError(f"the form has {count} pages: send the fields of each")
    return [
        [_field(field) for field in page] if isinstance(page, list) else []
        for page in given
    ]


def _field(given: Any) -> EditedField:
    """One field as the page sends it, checked."""
    content = given.get("content") if isinstance(given, dict) else None
    if not isinstance(content, dict):
        raise SettingError(
            "a field is not an object with content: send what the page at /editor/ sends",
        )
    # A new field was nowhere before.
    was = given.get("was")
    was = was if isinstance(was, int) else None
    return EditedField(was, content)


def _rules(content: dict[str, Any]) -> list[str]:
    """The rules as the page sends them, checked."""
    rules = content.get("rules", [])
    is_list = isinstance(rules, list)
    if not is_list or not all(isinstance(rule, str) for rule in rules):
        raise SettingError("the rules are not a list of strings")
    return rules


def _digest(text: str) -> str:
    """A digest that shows whether another program has changed the file."""
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(grey: Grey) -> Grey:
    scale = _SHOWN_PX_PER_MM / PX_PER_MM
    return np.asarray(
        cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
        np.uint8,
    )


def _upright(page: Page, corners: Sequence[float], size: tuple[float, float]) -> Grey:
    """The page as the form has it."""
    width, height = (round(side * _SHOWN_PX_PER_MM) for side in size)
    in_picture = np.array(corners, np.float32).reshape(4, 2)
    # The page may be opened smaller than the picture is.
    here = in_picture / np.float32(page.scale)
    there = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(here, there)
    upright = cv2.warpPerspective(
        page.grey, matrix, (width, height), flags=cv2.INTER_AREA
    )
    return np.asarray(upright, np.uint8)


def _jpeg(grey: Grey) -> bytes:
    """The page as a picture for a browser."""
    done, content = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise InkdigitsError("the page cannot be shown as a picture")
    return content.tobytes()
