"""What a reading left behind for people to look at."""

from collections.abc import Callable
from dataclasses import dataclass

from inkdigits.errors import SettingError
from inkdigits.forms.records import Record, Sheets, Source
from inkdigits.forms.template import Field, FormTemplate
from inkdigits.reading.input.pages import Page


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A field of a record; records count from 1 in the order of the export."""

    record: int
    field: str

    def __str__(self) -> str:
        """As the page names a field; `parse` reads it."""
        return f"{self.record}:{self.field}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """The key that `str` wrote."""
        number, colon, field = text.partition(":")
        if not colon or not number.isascii() or not number.isdecimal():
            raise SettingError(
                f"{text[:60]!r} does not name a field: give it as 12:points_1"
            )
        return cls(int(number), field)


@dataclass(frozen=True)
class Pile:
    """All pages that were read, and what was seen on them.

    `id` changes with anything that was read, so that a review belongs to exactly what was shown.
    `open_page` gives the picture of a page again.
    """

    id: str
    forms: tuple[FormTemplate, ...]
    entries: tuple[Record | Sheets, ...]
    min_confidence: float | None
    open_page: Callable[[Source], Page]

    def sheets(self, key: Key) -> Sheets:
        """The filled form that a field is on; SettingError if there is none."""
        # A page that was loaded long ago may ask for something that no longer exists.
        if 1 <= key.record <= len(self.entries):
            entry = self.entries[key.record - 1]
            if isinstance(entry, Sheets) and key.field in entry.seen:
                return entry
        asked_for = str(key)[:60]
        raise SettingError(
            f"there is no field {asked_for} in this pile: reload the page"
        )

    def field(self, key: Key) -> Field:
        """A field as its form describes it."""
        form = self.sheets(key).form
        return form.fields[key.field]
