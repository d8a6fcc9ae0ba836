"""Request bodies: bounded in size, time and memory."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Receive, Scope

from inkdigits.errors import SettingError
from inkdigits.web.problems import ClientGoneError, ProblemError, busy

# Files of one form, and its other fields.
_MOST_FILES = 64
_MOST_FIELDS = 16  # of a form, in addition to its files
_SMALL = 64 * 1024  # bytes of a small body
CLOSE = {"connection": "close"}  # what is still coming is thrown away
HELD = "inkdigits.held"  # the key of a Held in the scope of a request
HeaderList = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Part:
    """The memory for the bodies of all connections, and how much of it is used."""

    most: int
    held: int = 0


@dataclass(slots=True)
class Memory:
    """What a worker has for bodies; large ones cannot keep small ones out."""

    large: Part
    small: Part

    @classmethod
    def of(cls, large: int, small: int) -> "Memory":
        """Room for so many bytes of large bodies, and so many of small ones."""
        for_large = Part(large)
        for_small = Part(small)
        return cls(for_large, for_small)


@dataclass(slots=True)
class Held:
    """What one request holds of that memory, from its first byte until it is answered."""

    memory: Memory
    part: Part | None = None
    count: int = 0

    def grow_to(self, count: int) -> None:
        """Take more; a 503 where others hold too much."""
        if count <= self.count:
            return
        room = self.memory.small if count <= _SMALL else self.memory.large
        more = count - (self.count if room is self.part else 0)
        if room.held + more > room.most:
            raise busy("too many large pictures are under way", CLOSE)
        if room is not self.part:
            self.release()
        room.held += more
        self.part, self.count = room, count

    def has_grown_to(self, count: int) -> bool:
        """Whether it could take more."""
        try:
            self.grow_to(count)
        except ProblemError:
            return False
        return True

    def release(self) -> None:
        """Give the memory back; a second call does nothing."""
        if self.part is not None:
            self.part.held -= self.count
        self.part = None
        self.count = 0


@dataclass(slots=True)
class BodyLimits:
    """How large a body may be, and how long it may take to arrive."""

    max_bytes: int
    receive_s: float


@dataclass(slots=True)
class Form:
    """The files and the other fields of a multipart form."""

    files: list[tuple[str, bytes]]
    fields: dict[str, str]


def header(headers: HeaderList, name: bytes) -> bytes:
    """A header's value, or nothing."""
    for key, value in headers:
        if key == name:
            return value
    return b""


def has_large_body(headers: HeaderList) -> bool:
    """Whether a body follows that can be refused before it arrives."""
    claim = header(headers, b"content-length")
    return bool(header(headers, b"transfer-encoding")) or (
        claim.isdigit() and int(claim) > _SMALL
    )


def is_form(headers: HeaderList) -> bool:
    """Whether the body is a form as HTML pages send it."""
    return header(headers, b"content-type").lower().startswith(b"multipart/form-data")


async def read_body(scope: Scope, receive: Receive, limits: BodyLimits) -> bytes:
    """The whole body; raises if it is too large, too slow or incomplete."""
    _check_claim(scope["headers"], limits.max_bytes)
    message = await _next_part(_deadline(limits), receive, limits)
    if not message.get("more_body"):
        body: bytes = _checked(message["body"], limits.max_bytes)
        scope[HELD].grow_to(len(body))
        return body
    parts = [message["body"]]
    async for piece in _rest(receive, limits, scope[HELD], len(parts[0])):
        parts.append(piece)
    return b"".join(parts)


async def json_object(
    request: Request, limits: "BodyLimits", page: str
) -> dict[str, Any]:
    """A body that is a JSON object, as one of our own pages sends it."""
    body = await read_body(request.scope, request.receive, limits)
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise SettingError(
            f"the body is not a JSON object: send what the page at {page} sends"
        )
    return content


def _checked(body: bytes, max_bytes: int) -> bytes:
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def _check_claim(headers: HeaderList, max_bytes: int) -> None:
    """Refuse a body by its Content-Length, before any of it has arrived."""
    claim = header(headers, b"content-length")
    if not claim.isdigit():
        return
    if int(claim) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> ProblemError:
    way = "send smaller pictures, or fewer at a time"
    return ProblemError(
        413, f"the request has more than {max_bytes:,} bytes: {way}", CLOSE
    )


def _deadline(limits: BodyLimits) -> float:
    """The time by which the whole body must have arrived."""
    return asyncio.get_running_loop().time() + limits.receive_s


def _too_slow(limits: BodyLimits) -> ProblemError:
    way = "send it faster, or send a smaller picture"
    return ProblemError(
        408, f"the body did not arrive within {limits.receive_s:g} s: {way}", CLOSE
    )


async def _rest(
    receive: Receive,
    limits: BodyLimits,
    held: Held,
    seen: int,
) -> AsyncGenerator[bytes, None]:
    """What comes after the first part, which `seen` counts."""
    deadline = _deadline(limits)
    more = True
    while more:
        message = await _next_part(deadline, receive, limits)
        seen += len(message["body"])
        if seen > limits.max_bytes:
            raise _too_large(limits.max_bytes)
        held.grow_to(seen)
        more = message.get("more_body", False)
        yield message["body"]


async def _next_part(deadline: float, receive: Receive, limits: BodyLimits) -> Any:
    try:
        async with asyncio.timeout_at(deadline):
            message = await receive()
    except TimeoutError:
        raise _too_slow(limits) from None
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return message


class _InMemory(MultiPartParser):
    spool_max_size = 2**40


async def read_form(scope: Scope, receive: Receive, limits: BodyLimits) -> Form:
    """The files and fields of a multipart body; a broken form is a 400."""
    headers = scope["headers"]
    _check_claim(headers, limits.max_bytes)
    stream = _rest(receive, limits, scope[HELD], 0)
    parser = _InMemory(
        Headers(raw=headers),
        stream,
        max_files=_MOST_FILES,
        max_fields=_MOST_FIELDS,
        max_part_size=_SMALL,
    )
    try:
        form = await parser.parse()
        return await _form_of(form)
    except (
        MultiPartException,
        KeyError,
        ValueError,
        AttributeError,
        LookupError,
    ) as error:
        said = getattr(error, "message", "") or "its parts cannot be separated"
        way = "send multipart/form-data with a boundary"
        raise ProblemError(400, f"the form is broken ({said}): {way}", CLOSE) from None
    finally:
        await stream.aclose()
        for (
            file
        ) in parser._files_to_close_on_error:  # parts that never ended are in no form
            file.close()


async def _form_of(form: FormData) -> Form:
    """The files and fields of a form, apart."""
    files = []
    fields = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            files.append((value.filename or "picture", content))
            # An open file holds a copy of the content.
            await value.close()
        else:
            fields[name] = value
    return Form(files, fields)
