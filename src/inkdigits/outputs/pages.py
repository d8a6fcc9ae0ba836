"""Formats with a file for each page, in a folder: ALTO and PAGE XML."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from inkdigits.files import write_whole
from inkdigits.formats import alto, page_xml
from inkdigits.formats.overlay import OverlayNames
from inkdigits.outputs.writer import unwritable_is_said
from inkdigits.reading.results import PageReading, Reading

PAGE_DOCUMENTS: dict[str, Callable[[str, PageReading], str]] = {
    "alto": alto.page_document,
    "page": page_xml.page_document,
}
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


class PagesFolder:
    """A folder with one file per page: `scan.png.xml`, `report.pdf-2.xml`."""

    def __init__(self, folder: Path, kind: str) -> None:
        """Make the folder now: it may be refused before hours of reading."""
        self._folder = folder
        self._document = PAGE_DOCUMENTS[kind]
        self._names = OverlayNames()
        with unwritable_is_said(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, found: Reading) -> None:
        stem = self._names.stem(Path("stdin" if name == "-" else name))
        for page in found.pages:
            several = f"-{page.number}" if len(found.pages) > 1 else ""
            with unwritable_is_said(self._folder):
                write_whole(
                    self._folder / f"{stem}{several}.xml",
                    _DECLARATION + self._document(name, page),
                )

    def __enter__(self) -> "PagesFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Each file is whole already."""
