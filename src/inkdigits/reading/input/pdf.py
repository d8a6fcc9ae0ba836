"""A PDF → its pages in grey, rendered by another process within memory and time limits."""

import math
import time
from typing import TypeVar

import numpy as np

from inkdigits.errors import (
    BusyError,
    InkdigitsError,
    NotAPictureError,
    PictureTooLargeError,
)
from inkdigits.reading.input.limits import MIB, Limits, check_size
from inkdigits.reading.input.memory_budget import Share, budget
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.input.pdf_process import (
    DrawingFailedError,
    PdfFile,
    PdfProcess,
    Task,
    pool,
    site_packages,
)

T = TypeVar("T")
_POINTS_PER_INCH = 72  # by the PDF standard
_MARK = b"%PDF-"
# PDF readers look for the mark this far into the file.
_MARK_WITHIN = 1024


def is_pdf(data: bytes) -> bool:
    """Whether the bytes are a PDF file; some begin with other bytes."""
    return _MARK in data[:_MARK_WITHIN]


class PdfPages:
    """A PDF's pages; safe to use from any thread, one at a time."""

    def __init__(
        self,
        data: bytes,
        name: str,
        limits: Limits,
        dpi: int = 200,
        password: str | None = None,
    ) -> None:
        site_packages()  # says what to install where PDFium is missing
        self._file = PdfFile(data, password, limits.max_pdf_memory)
        self._name = name
        self._limits = limits
        self._dpi = dpi
        # For what others used, since it was opened.
        self._waited_s = 0.0
        # Opening has the time of a page, however little is left for the pages.
        deadline = time.monotonic() + max(limits.max_seconds, limits.max_page_seconds)
        share = budget.large.take(limits.max_pdf_memory, deadline=deadline)
        try:
            self._count = self._run(PdfProcess.open, name, share, deadline)
        finally:
            share.release()

    def __len__(self) -> int:
        return self._count

    def page(self, number: int, deadline: float = math.inf) -> Page:
        """A page by its number, from 1 on."""
        name = f"page {number:,} of {self._name}"

        def draw(process: PdfProcess, _file: PdfFile, until: float) -> Grey:
            points = process.ask({"do": "load", "index": number - 1}, until)
            height, width = self._shape(points["width"], points["height"], name)
            grey = np.empty((height, width), np.uint8)
            process.ask(
                {"do": "draw", "width": width, "height": height}, until, into=grey
            )
            return grey

        limits = self._limits
        # The process that draws may take its limit, and the page comes on top of that.
        needed = limits.max_pdf_memory + limits.max_pixels
        share = budget.large.take(needed, kept=limits.max_pixels, deadline=deadline)
        try:
            grey = self._run(draw, name, share, deadline)
        except BaseException:
            share.release()
            raise
        share.shrink(grey.size)
        return Page(grey, share=share)

    def _run(self, task: "Task[T]", name: str, share: Share, deadline: float) -> T:
        """A task on the document in its process; waiting counts apart from work."""
        self._waited_s += share.waited_s
        seconds = self._limits.max_page_seconds
        try:
            given, wait_s = pool.run(
                self._file, seconds, deadline, task, self._waited_s
            )
        except DrawingFailedError as failure:
            raise self._error(failure.kind, name) from None
        share.waited_s += wait_s
        self._waited_s += wait_s
        return given

    def close(self) -> None:
        """Let the process that rendered the pages close the document."""
        pool.close_file(self._file)

    def _shape(
        self, width_points: float, height_points: float, name: str
    ) -> tuple[int, int]:
        """Rows and columns of a page at the wanted dots per inch."""
        scale = self._dpi / _POINTS_PER_INCH
        width = math.ceil(width_points * scale)
        height = math.ceil(height_points * scale)
        check_size((width, height), f"{name} at {self._dpi} dpi", self._limits)
        return height, width

    def _error(self, kind: str, name: str) -> InkdigitsError:
        limits = self._limits
        if kind == "password":
            way = (
                "the password given is wrong"
                if self._file.password
                else "give its password"
            )
            way += " (--password, or read(password=…))"
            return NotAPictureError(f"{name} is encrypted: {way}")
        if kind == "broken":
            return NotAPictureError(
                f"{name} is a broken PDF: download the whole file again"
            )
        if kind == "no page":
            return NotAPictureError(
                f"{name} cannot be drawn: download the whole file again"
            )
        if kind == "time":
            most = f"{limits.max_page_seconds:g} s a page, {limits.max_seconds:g} s a document"
            way = "give a simpler file or raise Limits(max_page_seconds=…)"
            return PictureTooLargeError(
                f"{name} took too long to draw (at most {most}): {way}"
            )
        if kind == "memory":
            most = f"{limits.max_pdf_memory // MIB:,} MiB"
            way = "give a simpler file or raise Limits(max_pdf_memory=…)"
            return PictureTooLargeError(f"{name} took more than {most} to draw: {way}")
        if kind == "busy":
            reason = (
                f"{name} was not rendered, because other documents took all the time"
            )
            return BusyError(f"{reason}: try again later")
        reason = f"{name} cannot be rendered, because PDFium fails on it"
        return NotAPictureError(f"{reason}: give another file")
