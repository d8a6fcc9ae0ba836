"""Form: a template that reads filled forms."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from inkdigits.errors import InkdigitsError, SettingError
from inkdigits.forms.pages import FormPageReader, SeenPage
from inkdigits.forms.records import Record, records_of
from inkdigits.forms.records import Source as From
from inkdigits.forms.template import FormTemplate
from inkdigits.reading.input.documents import each_page
from inkdigits.reading.input.pages import Page
from inkdigits.reading.input.sources import Source, name_of
from inkdigits.reading.reader import Reader


class Form:
    """A form's template, ready to read: `Form.load("exam.form.json").read("scan.png")`."""

    def __init__(self, template: FormTemplate, reader: Reader | None = None) -> None:
        """Create a form that is read with the bundled networks or with another reader."""
        self.template = template
        self._reader = reader or Reader()
        # What reads piles of several forms reads one as well.
        self._pages = FormPageReader([template], self._reader)

    @classmethod
    def load(cls, path: str | Path, reader: Reader | None = None) -> "Form":
        """Load the form that a template file describes."""
        template = FormTemplate.load(path)
        return cls(template, reader)

    def read(self, source: Source, dpi: int = 200) -> Record:
        """Read one filled form from a picture, or from a document that has all of its pages.

        A page of another form gives a record without fields, with the reason.
        """
        records = self.read_all(source, dpi)
        if len(records) != 1:
            raise SettingError(
                f"{name_of(source)} holds {len(records)} filled forms: read it with read_all"
            )
        return records[0]

    def read_all(self, source: Source, dpi: int = 200) -> list[Record]:
        """Read all filled forms in a document, in order."""
        return records_of([self.template], self._seen(source, dpi))

    def seen_page(self, page: Page) -> SeenPage:
        """Read one page, before pages are combined into records."""
        return self._pages.read(page)

    def records(self, pages: Iterable[tuple[int, SeenPage]]) -> list[Record]:
        """Combine pages that were read, each with its number in the document, into records."""
        return records_of(
            [self.template], ((From("", number), seen) for number, seen in pages)
        )

    def _seen(self, source: Source, dpi: int) -> Iterator[tuple[From, SeenPage]]:
        name = name_of(source)
        for numbered in each_page(source, self._reader.limits, dpi=dpi):
            if isinstance(numbered.page, InkdigitsError):
                if numbered.count == 1:
                    raise numbered.page
                yield From(name, numbered.number), SeenPage(reason=str(numbered.page))
            else:
                yield From(name, numbered.number), self._pages.read(numbered.page)
