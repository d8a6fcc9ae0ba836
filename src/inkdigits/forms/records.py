"""Pages of a pile → records.

A record has the pages that belong together, every field's value, and whether it can be
accepted.
"""

import base64
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from inkdigits.forms.evidence import Evidence, value_in
from inkdigits.forms.joint import Solved, solve
from inkdigits.forms.pages import SeenPage
from inkdigits.forms.template import Field, FormTemplate
from inkdigits.forms.texts import Text
from inkdigits.forms.values import FieldValue, plain
from inkdigits.reading.results import Box

UNSURE = "unsure"
UNREADABLE = "nobody can read it"


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """When two pictures show the same sheet."""

    # Correlation of where ink is: two scans of one sheet have 0.997 or more; with one
    # digit written differently it is 0.992.
    same_ink: float = 0.995
    # In the fingerprint's unit, about half a digit. Sheets with less ink may look
    # alike.
    least_ink: int = 300


RECORDS = RecordSettings()


@dataclass(frozen=True, slots=True)
class FieldReading:
    """A field of a record.

    `text` is what is written ("" if blank), and `value` is its value. `reason` says why
    it is not accepted. `box` is in pixels of the page's picture; `page` is the page of
    the form.
    """

    name: str
    text: str
    value: FieldValue
    confidence: float
    accepted: bool
    reason: str
    box: Box
    page: int
    picture: str = field(default="", repr=False)  # of an image field, PNG in base64
    reviewed_by: str = ""  # the person whose reading this is

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "value": plain(self.value),
            "confidence": self.confidence,
            "accepted": self.accepted,
            "reason": self.reason,
            "box": [self.box.left, self.box.top, self.box.right, self.box.bottom],
            "page": self.page,
            "reviewed_by": self.reviewed_by,
        }


@dataclass(frozen=True, slots=True)
class PersonSays:
    """A person's reading of a field: its text, or None if nobody can read it."""

    reviewer: str
    text: str | None


@dataclass(frozen=True)
class Source:
    """Where a page comes from: a file, and the number of the page in it."""

    file: str
    page: int = 1

    def __str__(self) -> str:
        """The file, and the page unless it is the first."""
        if self.page == 1:
            return self.file
        return f"{self.file}, page {self.page}"


@dataclass(frozen=True)
class Record:
    """One filled form.

    `reason` says what is wrong with the form as a whole. A record is accepted if there
    is no such reason and all of its fields are accepted.
    """

    form: str
    sources: tuple[Source, ...]
    fields: Mapping[str, FieldReading]
    id: str = ""
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """Whether nothing on the form needs a review."""
        if self.reason:
            return False
        return all(reading.accepted for reading in self.fields.values())

    def __getitem__(self, name: str) -> FieldReading:
        """The reading of a field."""
        return self.fields[name]

    def to_dict(self) -> dict[str, Any]:
        return {
            "form": self.form,
            "id": self.id,
            "sources": [
                {"file": source.file, "page": source.page} for source in self.sources
            ],
            "accepted": self.accepted,
            "reason": self.reason,
            "fields": {name: each.to_dict() for name, each in self.fields.items()},
        }


@dataclass
class Sheets:
    """The pages of one filled form as they turn up."""

    form: FormTemplate
    id: str = ""
    pages: dict[int, tuple[Source, SeenPage]] = field(default_factory=dict)

    @property
    def seen(self) -> dict[str, Evidence]:
        """What was seen in each field, page by page."""
        return {
            name: each
            for number in sorted(self.pages)
            for name, each in self.pages[number][1].fields.items()
        }


def records_of(
    forms: Sequence[FormTemplate],
    pages: Iterable[tuple[Source, SeenPage]],
    min_confidence: float | None = None,
) -> list[Record]:
    """A record for each filled form.

    A page that belongs to no form, or appears twice, has a record of its own with a
    reason.
    """
    entries = gathered(forms, pages)
    return across(forms, [record_of(entry, min_confidence) for entry in entries])


def gathered(
    forms: Sequence[FormTemplate], pages: Iterable[tuple[Source, SeenPage]]
) -> list[Record | Sheets]:
    """Pages that belong together, and a record for each page that cannot be read."""
    return list(_grouped({form.name: form for form in forms}, pages, _Twice()))


def across(forms: Sequence[FormTemplate], records: Sequence[Record]) -> list[Record]:
    """The records, each with a reason if it conflicts with others."""
    by_name = {form.name: form for form in forms}
    once = _once_each(records)
    return _unique(by_name, once)


class _Twice:
    """Pages seen so far, to recognise the same sheet."""

    def __init__(self, settings: RecordSettings = RECORDS) -> None:
        self._settings = settings
        self._seen: dict[
            tuple[str, int, str],
            list[tuple[Source, np.ndarray[Any, np.dtype[np.float32]]]],
        ] = {}

    def before(self, source: Source, page: SeenPage) -> Source | None:
        """Where the same sheet was seen already."""
        ink = np.frombuffer(
            zlib.decompress(base64.b64decode(page.ink)), np.uint8
        ).astype(np.float32)
        if ink.sum() < self._settings.least_ink:
            return None
        spread = ink - ink.mean()
        spread /= max(float(np.linalg.norm(spread)), 1e-6)
        known = self._seen.setdefault((page.form, page.page, page.id), [])
        if known:
            alike = np.stack([each for _, each in known]) @ spread
            if alike.max() >= self._settings.same_ink:
                return known[int(alike.argmax())][0]
        known.append((source, spread))
        return None


def _grouped(
    forms: Mapping[str, FormTemplate],
    pages: Iterable[tuple[Source, SeenPage]],
    twice: _Twice,
) -> Iterator[Record | Sheets]:
    """Group pages by id, and those without one by their order."""
    by_id: dict[tuple[str, str], Sheets] = {}
    order: list[Record | Sheets] = []
    current: Sheets | None = None
    for source, page in pages:
        if page.reason:
            order.append(Record(page.form, (source,), {}, page.id, page.reason))
            continue
        # A sheet that went through the scanner twice must not count twice.
        before = twice.before(source, page)
        if before is not None:
            order.append(
                Record(page.form, (source,), {}, page.id, f"the same sheet as {before}")
            )
            continue
        form = forms[page.form]
        sheets = by_id.get((page.form, page.id)) if page.id else current
        if sheets is None or sheets.form is not form or page.page in sheets.pages:
            sheets = Sheets(form, page.id)
            order.append(sheets)
            if page.id:
                by_id[page.form, page.id] = sheets
        sheets.pages[page.page] = (source, page)
        # Without an id, the page after a form's last one begins the next form.
        if not page.id:
            current = sheets if len(sheets.pages) < len(form.pages) else None
    yield from order


def record_of(
    entry: Record | Sheets,
    min_confidence: float | None = None,
    said: Mapping[str, PersonSays] | None = None,
) -> Record:
    """The record of a filled form.

    What a person says about a field is certain, and rules use it.
    """
    if isinstance(entry, Record):
        return entry
    said = said or {}
    form = entry.form
    accept_from = form.accept_from if min_confidence is None else min_confidence
    missing = [page.number for page in form.pages if page.number not in entry.pages]
    reason = f"page {', '.join(map(str, missing))} is missing" if missing else ""
    seen = entry.seen
    certain = {name: _certain(said[name]) for name in seen if name in said}
    solved = solve(form.fields, {**seen, **certain}, form.rules)
    fields = {}
    for name in form.fields:
        if name in seen:
            reading = _reading(form.fields[name], seen[name], solved[name], accept_from)
            fields[name] = (
                _as_said(form.fields[name], reading, said[name])
                if name in said
                else reading
            )
    sources = tuple(entry.pages[number][0] for number in sorted(entry.pages))
    return Record(form.name, sources, fields, entry.id, reason)


def _certain(said: PersonSays) -> Evidence:
    """What a person says, as evidence in place of what was seen."""
    if said.text is None:
        return Evidence(reason=UNREADABLE)
    return Evidence(
        (Text(said.text, 0.0),) if said.text else (), said.text, blank=not said.text
    )


def _as_said(field: Field, reading: FieldReading, said: PersonSays) -> FieldReading:
    """The field as a person reads it.

    Rules that do not hold do not overrule the person.
    """
    if said.text is None:
        return replace(
            reading, accepted=False, reason=UNREADABLE, reviewed_by=said.reviewer
        )
    value = value_in(field, said.text)
    return replace(
        reading,
        text=said.text,
        value=value,
        confidence=1.0,
        accepted=True,
        reason="",
        reviewed_by=said.reviewer,
    )


def _reading(
    field: Field, seen: Evidence, solved: Solved, accept_from: float
) -> FieldReading:
    reason = solved.reason or (UNSURE if solved.confidence < accept_from else "")
    return FieldReading(
        field.name,
        solved.text,
        value_in(field, solved.text),
        round(solved.confidence, 6),
        not reason,
        reason,
        Box(*seen.box),
        field.page,
        seen.picture,
    )


def _once_each(records: Sequence[Record]) -> list[Record]:
    """Records that share an id get a reason: a person must say which one counts.

    A sheet is printed only once per id.
    """
    count = Counter(
        (record.form, record.id) for record in records if record.id and record.fields
    )
    return [
        replace(
            record,
            reason=record.reason
            or f"{count[record.form, record.id]} records have the id {record.id}",
        )
        if count[record.form, record.id] > 1 and record.fields
        else record
        for record in records
    ]


def _unique(
    forms: Mapping[str, FormTemplate], records: Sequence[Record]
) -> list[Record]:
    """Fields that must differ between records are not accepted where they do not."""
    made = list(records)
    for form in forms.values():
        for rule in form.unique:
            keys = [_key(record, form, rule.names) for record in made]
            count = Counter(key for key in keys if key is not None)
            for place, key in enumerate(keys):
                if key is not None and count[key] > 1:
                    made[place] = _doubted(
                        made[place],
                        rule.names,
                        f"{rule.text} does not hold: {count[key]} records have it",
                    )
    return made


def _key(
    record: Record, form: FormTemplate, names: Sequence[str]
) -> tuple[str, ...] | None:
    if record.form != form.name or any(name not in record.fields for name in names):
        return None
    texts = tuple(record.fields[name].text for name in names)
    return texts if any(texts) else None


def _doubted(record: Record, names: Sequence[str], reason: str) -> Record:
    fields = dict(record.fields)
    for name in names:
        if fields[name].accepted:
            fields[name] = replace(fields[name], accepted=False, reason=reason)
    return replace(record, fields=fields)
