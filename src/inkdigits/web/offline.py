"""GET /offline.zip: the page as `inkdigits export --format web` writes it."""

import io
import zipfile
from collections.abc import AsyncIterator
from threading import Lock

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from inkdigits.errors import DownloadError
from inkdigits.reading.reader import Reader
from inkdigits.web.decoders import decoder_files, has_decoders
from inkdigits.web.engine import engine_folder, has_engine
from inkdigits.web.folder import page_files

_PIECE_BYTES = 64 * 1024  # so that each slow client holds one piece, not all of it


def add_offline(app: FastAPI, reader: Reader) -> None:
    """Add the endpoint.

    Requests download nothing: the engine must be in the cache already.
    """
    archive = _Archive(reader)

    @app.get("/offline.zip", include_in_schema=False)
    async def offline() -> StreamingResponse:
        """The archive in pieces, so that other requests are answered in between."""
        packed = await run_in_threadpool(archive.content)
        headers = {"content-length": str(len(packed))}
        return StreamingResponse(
            _pieces(packed), media_type="application/zip", headers=headers
        )


async def _pieces(packed: bytes) -> AsyncIterator[bytes]:
    """The archive piece by piece."""
    # Between two of them, other requests are answered.
    for start in range(0, len(packed), _PIECE_BYTES):
        end = start + _PIECE_BYTES
        yield packed[start:end]


class _Archive:
    """The packed page, created once for all clients."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = Lock()
        self._content = b""

    def content(self) -> bytes:
        """Packed when it is first asked for, then kept."""
        with self._lock:
            self._content = self._content or _pack(self._reader)
            return self._content


def _pack(reader: Reader) -> bytes:
    """The page and everything it needs, as one archive."""
    if not (has_engine() and has_decoders()):
        reason = (
            "this host has not downloaded the engine and decoders for the browser yet"
        )
        raise DownloadError(
            f"{reason}: run inkdigits export --format web DIR on it once"
        )
    files = page_files(reader.classifier.path, engine_folder(), decoder_files())
    out = io.BytesIO()
    # Weakly compressed: models and engine hardly shrink, and a user is waiting.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, content in files.items():
            archive.writestr(f"inkdigits/{path}", content)
    return out.getvalue()
