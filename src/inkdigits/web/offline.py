"""GET /offline.zip: the page as `inkdigits export --format web` writes it, for whoever has it open."""

import io
import zipfile

from fastapi import FastAPI, Response
from starlette.concurrency import run_in_threadpool

from inkdigits.errors import DownloadError
from inkdigits.reading.reader import Reader
from inkdigits.web.engine import cached_folder, has_engine
from inkdigits.web.folder import page_files


def add_offline(app: FastAPI, reader: Reader) -> None:
    """Add the address; nothing is fetched for a request: the engine must be in the cache already."""

    @app.get("/offline.zip", include_in_schema=False)
    async def offline() -> Response:
        packed = await run_in_threadpool(_zip, reader)
        return Response(packed, media_type="application/zip")


def _zip(reader: Reader) -> bytes:
    engine = cached_folder()
    if not has_engine(engine):
        raise DownloadError(
            "this host has not fetched the browser's engine yet: run inkdigits export --format web DIR on it once"
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, content in page_files(reader.classifier.path, engine).items():
            archive.writestr(f"inkdigits/{path}", content)
    return out.getvalue()
