"""The review of forms over HTTP: /v1/review/… and its page at /review/.

Every answer is in the database before the page is told so. Pictures of the next fields are prepared
in advance, so that reviewers do not wait for a scan to be opened.
"""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from inkdigits.batch.form_pages import load_pile
from inkdigits.errors import InkdigitsError, SettingError, StoreError
from inkdigits.forms.exporting import exported
from inkdigits.forms.review.cutouts import CutOuts
from inkdigits.forms.review.digits import DigitCutter
from inkdigits.forms.review.items import item
from inkdigits.forms.review.pile import Key
from inkdigits.forms.review.review import MODES, QUEUE, Answer, Review
from inkdigits.reading.reader import Reader
from inkdigits.store import Store
from inkdigits.web.bodies import json_object
from inkdigits.web.service import Service
from inkdigits.web.settings import ReviewSettings

PAGES = Path(__file__).parent / "forms_pages"
# Fields whose pictures are prepared in advance.
_AHEAD = 6
# Fields that a person may skip at a time.
_MOST_SKIPPED = 200
# Of the pile's digest: enough to tell its pictures from another's.
_PILE_DIGITS = 12
_ID = re.compile(r"[0-9a-f]{32}")
_MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
}


class ReviewDesk:
    """What a service holds of one review."""

    def __init__(self, settings: ReviewSettings, reader: Reader, store: Store) -> None:
        self.settings = settings
        pile = load_pile(settings.results)
        self.review = Review(pile, store, people=2 if settings.double else 1)
        self.cutouts = CutOuts(pile)
        self._cutter = DigitCutter(pile, self.cutouts, reader)
        self._store = store
        self._digits = ThreadPoolExecutor(1, thread_name_prefix="form-digits")
        self._has_digits: set[tuple[int, str]] | None = None

    def start(self) -> None:
        """Continue where an earlier start left off, and prepare the first pictures."""
        with suppress(StoreError):  # a database that does not answer now may later
            self.review.refresh()
            self.cutouts.prepare(
                self.review.upcoming(self.settings.reviewer, count=_AHEAD)
            )
            self.cut_digits(self.review.reviewed())

    def stop(self) -> None:
        self._digits.shutdown(wait=True)
        self.cutouts.stop()

    def about(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "results": settings.results,
            "double": settings.double,
            "reviewer": settings.reviewer,
            "pile": self.review.pile.id[:_PILE_DIGITS],
        }

    def shown(
        self, reviewer: str, mode: str, skip: Sequence[Key] = ()
    ) -> dict[str, Any]:
        """The next field, and the progress of the review."""
        if mode not in MODES:
            raise SettingError(f"the mode is {mode[:20]!r}: choose {', '.join(MODES)}")
        keys = self.review.upcoming(reviewer, mode, skip, _AHEAD)
        self.cutouts.prepare(keys)
        return {
            "item": item(self.review, keys[0], mode) if keys else None,
            "upcoming": [str(key) for key in keys[1:]],
            "progress": self.review.progress(reviewer),
        }

    def answer(self, content: dict[str, Any]) -> dict[str, Any]:
        """Keep what a person said of a field, and show the next one."""
        answer = _answer(content)
        warning = self.review.answer(answer)
        if warning:
            return {"kept": False, "warning": warning}
        self.cut_digits([answer.key])
        shown = self.shown(answer.reviewer, answer.mode, _skipped(content))
        return {"kept": True, **shown}

    def undo(self, content: dict[str, Any]) -> dict[str, Any]:
        reviewer = _text(content, "reviewer").strip()
        taken = self.review.undo(reviewer, _number(content))
        if taken is None:
            return {
                "undone": False,
                "item": None,
                "progress": self.review.progress(reviewer),
            }
        shown = item(self.review, Key(taken.record, taken.field), taken.mode)
        return {
            "undone": True,
            "item": shown,
            "progress": self.review.progress(reviewer),
        }

    def export(self, kind: str) -> Response:
        """The reviewed records as a file to download."""
        if kind not in _MEDIA:
            raise SettingError(f"format is {kind[:20]}: choose {', '.join(_MEDIA)}")
        stem = Path(self.settings.results).stem
        name = f"{stem}-reviewed.{kind}"
        records = self.review.records()
        content = exported(records, self.review.pile.forms, Path(name))
        disposition = f'attachment; filename="{_plain(name)}"'
        headers = {"content-disposition": disposition}
        return Response(content, media_type=_MEDIA[kind], headers=headers)

    def cut_digits(self, keys: Sequence[Key]) -> None:
        """Keep the digits of reviewed fields, to learn from.

        What a kill prevents, the next start does.
        """
        self._digits.submit(self._cut_digits, list(keys))

    def _cut_digits(self, keys: list[Key]) -> None:
        """Keep the digits of reviewed fields, to learn from."""
        for key in keys:
            # The review itself is kept, whatever becomes of its digits.
            with suppress(InkdigitsError):
                if self._has_digits is None:
                    pile = self.review.pile.id
                    self._has_digits = self._store.fields_with_digits(pile)
                field = (key.record, key.field)
                if field not in self._has_digits:
                    self._store.add_digits(self._cutter.digits(key))
                    self._has_digits.add(field)


def add_review(app: FastAPI, service: Service, desk: ReviewDesk) -> None:
    """The addresses of a review, and its page."""
    routes = APIRouter(prefix="/v1/review", include_in_schema=False)

    @routes.get("")
    async def about() -> Any:
        """What the page needs to know about the pile."""
        return JSONResponse(desk.about())

    @routes.get("/next")
    async def following(reviewer: str, mode: str = QUEUE, skip: str = "") -> Any:
        """The next field to review."""
        keys = skip.split(",") if skip else []
        skipped = _keys(keys)
        # On a thread, because the whole pile may have to be searched.
        shown = await service.keeper.run(desk.shown, reviewer, mode, skipped)
        return JSONResponse(shown)

    @routes.get("/progress")
    async def progress(reviewer: str) -> Any:
        """The progress of all reviewers, and of this one."""
        counts = await service.keeper.run(desk.review.progress, reviewer)
        return JSONResponse(counts)

    @routes.get("/picture")
    async def picture(key: str, wide: bool = False) -> Any:
        content = await service.pool.run(desk.cutouts.picture, Key.parse(key), wide)
        # The address contains the pile, for which a key always shows the same picture.
        return Response(
            content,
            media_type="image/jpeg",
            headers={"cache-control": "private, max-age=3600"},
        )

    @routes.post("/answer")
    async def answer(request: Request) -> Any:
        """Store an answer; return the next field."""
        content = await _content(request, service)
        shown = await service.keeper.run(desk.answer, content)
        return JSONResponse(shown)

    @routes.post("/undo")
    async def undo(request: Request) -> Any:
        """Withdraw a person's last answer."""
        content = await _content(request, service)
        shown = await service.keeper.run(desk.undo, content)
        return JSONResponse(shown)

    @routes.get("/export")
    async def export(format: str = "xlsx") -> Any:  # noqa: A002
        """The records as they are now."""
        return await service.pool.run(desk.export, format)

    app.include_router(routes)
    app.mount("/review", StaticFiles(directory=PAGES / "review", html=True))
    app.mount("/forms", StaticFiles(directory=PAGES / "forms"))


async def _content(request: Request, service: Service) -> dict[str, Any]:
    """The JSON object that the page sent."""
    bodies = service.bodies
    return await json_object(request, bodies, "/review/")


def _answer(content: dict[str, Any]) -> Answer:
    text = content.get("text")
    if text is not None and not isinstance(text, str):
        raise SettingError(
            "text is neither a string nor null: null says that nobody can read it"
        )
    return Answer(
        _number(content),
        Key.parse(_text(content, "key")),
        text,
        _text(content, "reviewer").strip(),
        str(content.get("mode", QUEUE)),
        content.get("sure") is True,
    )


def _number(content: dict[str, Any]) -> str:
    """The id that the page made for what it sends."""
    number = content.get("id")
    if not isinstance(number, str) or not _ID.fullmatch(number):
        raise SettingError(
            "id is missing or wrong: make 32 hexadecimal digits, new ones for each answer",
        )
    return number


def _text(content: dict[str, Any], name: str) -> str:
    """A text that must be among what the page sent."""
    value = content.get(name)
    if isinstance(value, str):
        return value
    raise SettingError(f"{name} is missing: send what the page at /review/ sends")


def _skipped(content: dict[str, Any]) -> list[Key]:
    """The fields that a person wants to see later."""
    given = content.get("skip", [])
    if not isinstance(given, list):
        return []
    texts = [text for text in given if isinstance(text, str)]
    return _keys(texts)


def _keys(texts: Sequence[str]) -> list[Key]:
    """Keys as the page writes them, and no more than so many."""
    considered = texts[:_MOST_SKIPPED]
    return [Key.parse(text) for text in considered]


def _plain(name: str) -> str:
    """A file's name that is safe in a header."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)
