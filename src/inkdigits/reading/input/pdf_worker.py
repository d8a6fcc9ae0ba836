"""Render PDF pages in a separate process: `python -I -S pdf_worker.py SITE-PACKAGES BYTES`.

PDFium is not thread-safe, and a few hundred bytes of PDF can take it gigabytes or hours.
`pdf_process` therefore starts this file, sends it requests on stdin, and kills it if it takes too
long. It imports only PDFium's bindings, so that it starts in a tenth of a second.

Requests and answers are a head (JSON) and a body (bytes), each preceded by its length.
"error" in an answer is the kind of failure.
"""

import ctypes
import json
import math
import os
import signal
import struct
import sys
import threading
import time
from functools import cache
from typing import Any

_LENGTHS = struct.Struct("<IQ")  # of the head and the body
_WHITE = 0xFFFFFFFF
# Seconds after which the process ends by itself, in case its parent is gone.
_SPARE_S = 5
# The exit status after which memory was the reason.
TOO_MUCH_MEMORY = 3
# Seconds between two looks at the memory: a process fills some 20 MB in them.
_WATCH_S = 0.01
# Bytes that may be mapped, whatever the limit: 4 GiB.
_LEAST_MAPPED_BYTES = 4 << 30


class RequestError(Exception):
    """A request that cannot be met; its text is the kind."""


class Worker:
    """One document and one of its pages, open at a time."""

    def __init__(self, pdfium: Any) -> None:
        self._pdfium = pdfium
        self._data = b""
        self._document: Any = None
        self._page: Any = None
        pdfium.FPDF_InitLibrary()

    def open(self, body: bytes, password: str | None) -> dict[str, Any]:
        """Open a document in place of the one before it."""
        self.close(b"")
        secret = None if password is None else password.encode()
        document = self._pdfium.FPDF_LoadMemDocument64(body, len(body), secret)
        if not document:
            wants_password = (
                self._pdfium.FPDF_GetLastError() == self._pdfium.FPDF_ERR_PASSWORD
            )
            raise RequestError("password" if wants_password else "broken")
        self._data, self._document = body, document  # PDFium reads from the bytes
        return {"pages": self._pdfium.FPDF_GetPageCount(document)}

    def load(self, _body: bytes, index: int) -> dict[str, Any]:
        """A page's size, in points."""
        self._close_page()
        self._page = self._pdfium.FPDF_LoadPage(self._document, index)
        if not self._page:
            raise RequestError("no page")
        width = self._pdfium.FPDF_GetPageWidthF(self._page)
        height = self._pdfium.FPDF_GetPageHeightF(self._page)
        if not (math.isfinite(width) and math.isfinite(height)):
            raise RequestError("no page")
        return {"width": width, "height": height}

    def draw(self, _body: bytes, width: int, height: int) -> bytearray:
        """The page's rows in grey, as wide and high as asked for."""
        pdfium = self._pdfium
        pixels = bytearray(width * height)
        buffer = (ctypes.c_ubyte * len(pixels)).from_buffer(pixels)
        bitmap = pdfium.FPDFBitmap_CreateEx(
            width, height, pdfium.FPDFBitmap_Gray, buffer, width
        )
        if not bitmap:
            raise RequestError("memory")
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
        flags = pdfium.FPDF_GRAYSCALE | pdfium.FPDF_ANNOT
        pdfium.FPDF_RenderPageBitmap(bitmap, self._page, 0, 0, width, height, 0, flags)
        pdfium.FPDFBitmap_Destroy(bitmap)
        self._close_page()
        del buffer
        return pixels

    def close(self, _body: bytes) -> dict[str, Any]:
        """Let the page and the document go."""
        self._close_page()
        if self._document:
            self._pdfium.FPDF_CloseDocument(self._document)
        self._document = None
        # PDFium reads from these bytes for as long as the document is open.
        self._data = b""
        return {}

    def rest(self, _body: bytes) -> dict[str, Any]:
        """The bytes of memory that are held until the next request."""
        self._close_page()
        _give_memory_back()
        return {"held": held_bytes()}

    def _close_page(self) -> None:
        if self._page:
            self._pdfium.FPDF_ClosePage(self._page)
        self._page = None

    def answer(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], Any]:
        """What a request gets: a head and a body."""
        call = getattr(self, head.pop("do"))
        try:
            given = call(body, **head)
        except RequestError as error:
            return {"error": str(error)}, b""
        except MemoryError:
            return {"error": "memory"}, b""
        return ({}, given) if isinstance(given, bytearray) else (given, b"")


class MemoryWatch:
    """Ends the process where it holds too much memory while it answers a request.

    A limit set by the system would not do: where PDFium is refused memory for a picture on a page,
    it leaves the picture out and says nothing.
    """

    def __init__(self, most_bytes: int) -> None:
        """Watch this process from a thread, for as long as it lives."""
        self._most_bytes = most_bytes
        self._answering = threading.Event()
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()

    def __enter__(self) -> None:
        self._answering.set()

    def __exit__(self, *_: object) -> None:
        self._answering.clear()

    def _watch(self) -> None:
        while True:
            self._answering.wait()
            if held_bytes() > self._most_bytes:
                os._exit(TOO_MUCH_MEMORY)
            time.sleep(_WATCH_S)


def serve(worker: Worker, watch: MemoryWatch, requests: int, answers: int) -> None:
    """Answer what comes in at one file until it ends; after each request's seconds, end at once."""
    while (lengths := _read(requests, _LENGTHS.size)) is not None:
        head_bytes, body_bytes = _LENGTHS.unpack(lengths)
        head = json.loads(_read(requests, head_bytes) or b"{}")
        body = _read(requests, body_bytes) or b""
        seconds = head.pop("seconds")
        if hasattr(signal, "setitimer") and math.isfinite(seconds):
            signal.setitimer(signal.ITIMER_REAL, seconds + _SPARE_S)
        with watch:
            answer, given = worker.answer(head, body)
        del body
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        encoded = json.dumps(answer).encode()
        _write(answers, _LENGTHS.pack(len(encoded), len(given)) + encoded)
        _write(answers, given)
        del answer, given  # a page has millions of pixels


def _read(file: int, count: int) -> bytes | None:
    """So many bytes, or None where the file has ended."""
    content = bytearray()
    while len(content) < count:
        # A pipe may give less than it is asked for.
        missing = count - len(content)
        piece = os.read(file, min(missing, 1 << 20))
        if not piece:
            return None
        content += piece
    return bytes(content)


def _write(file: int, content: Any) -> None:
    """Write all of it: a pipe may take less at a time."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def held_bytes() -> int:
    """Bytes of memory that this process holds; other systems than Linux say the most it held."""
    file = _statm()
    if file is None:
        return _peak_bytes()
    resident_pages = os.pread(file, 100, 0).split()[1]
    return int(resident_pages) * os.sysconf("SC_PAGE_SIZE")


@cache
def _statm() -> int | None:
    """The file in which Linux says how much memory this process holds.

    It is opened once, because it is read a hundred times a second.
    """
    return os.open("/proc/self/statm", os.O_RDONLY) if sys.platform == "linux" else None


def _peak_bytes() -> int:
    """The most that was ever held; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes, but for Linux


def _limit_process(most_bytes: int) -> None:
    """A far limit behind the watch, no files, and the first to go where memory runs out."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    far = max(_LEAST_MAPPED_BYTES, 4 * most_bytes)
    for kind, most in (("RLIMIT_AS", far), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, kind), (most, most))
        except (
            ValueError,
            OSError,
        ):  # a lower limit is set already, or the system knows none
            continue
    try:
        with open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - pathlib takes time
            score.write("1000")
    except OSError:
        return


def _give_memory_back() -> None:
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def main(site_packages: str, most_bytes: str) -> None:
    """Serve stdin on stdout; what PDFium itself prints goes nowhere."""
    sys.path.append(site_packages)
    # Ctrl-C is for the parent process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests = os.dup(0)
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    # Loaded now, so that what it prints at its start goes nowhere too.
    import pypdfium2_raw

    most = int(most_bytes)
    _limit_process(most)
    worker = Worker(pypdfium2_raw)
    watch = MemoryWatch(most)
    serve(worker, watch, requests, answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
