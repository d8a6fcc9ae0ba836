"""The state of a review: what people have said of a pile, what is open, the records as they are.

The database holds every review; all that is here is worked out from them, and kept up to date with
those that other processes add.
"""

import heapq
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from inkdigits.errors import SettingError
from inkdigits.forms.records import PersonSays, Record, Sheets, across, record_of
from inkdigits.forms.review import order
from inkdigits.forms.review.estimate import exact_interval
from inkdigits.forms.review.pile import Key, Pile
from inkdigits.forms.review.typed import as_written, warning
from inkdigits.store import FormReview, Store
from inkdigits.store.kept import TEXT, UNREADABLE, WITHDRAWN
from inkdigits.store.settling import (
    DECISION,
    disputed,
    not_withdrawn,
    settled,
    standing,
)

QUEUE, SPOT = "queue", "spot"
MODES = (QUEUE, SPOT, DECISION)
# The most characters of a reviewer's name, which is stored with every answer.
_MOST_NAME = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person sends: `text` is None where nobody can read the field.

    `id` is made by who asks, so that an answer that is sent twice counts once. `sure` keeps a text
    against a warning.
    """

    id: str
    key: Key
    text: str | None
    reviewer: str
    mode: str = QUEUE
    sure: bool = False


class Review:
    """One pile under review. `people` must agree on a field before it counts."""

    def __init__(self, pile: Pile, store: Store, people: int = 1) -> None:
        """Read the pile's records as they stand before anybody has looked."""
        self.pile = pile
        self.people = people
        self._store = store
        self._lock = threading.RLock()

        # What people have said so far, and up to which row of the store that is known.
        self._seen_to = 0
        self._ids: set[str] = set()
        self._of: dict[Key, list[FormReview]] = defaultdict(list)
        self._by: dict[str, list[FormReview]] = defaultdict(list)

        self._groups = {form.name: order.groups_of(form) for form in pile.forms}
        self._raw = [record_of(entry, pile.min_confidence) for entry in pile.entries]
        self._records = across(pile.forms, self._raw)
        # A copy: reviews change the records, and this is what they are compared with.
        self._read = list(self._records)
        self._open: dict[int, list[str]] = {}
        every_number = range(1, len(self._records) + 1)
        self._update_open(every_number)
        self._sample = order.sampled(self._accepted(), pile.id)

    def refresh(self) -> None:
        """Take in what the database has that is not known here yet."""
        with self._lock:
            fresh = self._store.reviews(self.pile.id, self._seen_to)
            changed: set[int] = set()
            for number, review in fresh:
                self._seen_to = number
                self._ids.add(review.id)
                self._of[Key(review.record, review.field)].append(review)
                self._by[review.reviewer].append(review)
                changed.add(review.record)
            if changed:
                self._update(changed)

    def upcoming(
        self,
        reviewer: str,
        mode: str = QUEUE,
        skip: Collection[Key] = (),
        count: int = 1,
    ) -> list[Key]:
        """The next fields for a person; those to be skipped come when there are no others."""
        with self._lock:
            self.refresh()
            keys = self._next(reviewer, mode, skip, count)
            return keys or self._next(reviewer, mode, (), count)

    def answer(self, answer: Answer) -> str:
        """Keep an answer; on return it is in the database.

        A warning where it was not kept, else "".
        """
        with self._lock:
            self.refresh()
            if answer.id in self._ids:
                return ""
            review = self._made(answer)
            if answer.text is not None and not answer.sure:
                seen = self.pile.sheets(answer.key).seen[answer.key.field]
                doubt = warning(self.pile.field(answer.key), review.text, seen)
                if doubt:
                    return doubt
            self._store.add_review(review)
            self.refresh()
            return ""

    def undo(self, reviewer: str, number: str) -> FormReview | None:
        """Undo and return a person's last review; None if there is none.

        `number` is the id of the taking back.
        """
        with self._lock:
            self.refresh()
            if number in self._ids:
                (again,) = (
                    review for review in self._by[reviewer] if review.id == number
                )
                return next(
                    review
                    for review in self._by[reviewer]
                    if review.id == again.withdraws
                )
            last = self._last(reviewer)
            if last is not None:
                taken = replace(
                    last,
                    id=number,
                    verdict=WITHDRAWN,
                    text="",
                    withdraws=last.id,
                    created=_now(),
                )
                self._store.add_review(taken)
                self.refresh()
            return last

    def records(self) -> list[Record]:
        """All records with what people have said so far."""
        with self._lock:
            self.refresh()
            return list(self._records)

    def record(self, key: Key) -> Record:
        """The record that a field belongs to, as it stands now."""
        with self._lock:
            self.pile.sheets(key)
            return self._records[key.record - 1]

    def first_read(self, key: Key) -> str:
        """The text of a field before anybody had looked."""
        # Asked for only because it refuses a field that is not there.
        self.pile.sheets(key)
        record = self._read[key.record - 1]
        return record[key.field].text

    def said(self, key: Key) -> list[FormReview]:
        """What people say of a field, each person's newest word."""
        with self._lock:
            reviews = self._of[key]
            newest = standing(reviews)
            return list(newest.values())

    def reviewed(self) -> list[Key]:
        """The fields that have been reviewed."""
        with self._lock:
            # A field whose reviews were all withdrawn is as good as new.
            return [key for key, reviews in self._of.items() if standing(reviews)]

    def group(self, key: Key) -> list[str]:
        """The fields that rules link to one, it among them."""
        form = self.pile.sheets(key).form
        groups = self._groups[form.name]
        group_of_field = groups[key.field]
        return [name for name, group in groups.items() if group == group_of_field]

    def progress(self, reviewer: str) -> dict[str, Any]:
        """How far the review is, for all and for one person."""
        with self._lock:
            self.refresh()
            forms = [record for record in self._records if record.fields]
            return {
                "forms": len(forms),
                "forms_done": sum(record.accepted for record in forms),
                "pages_refused": len(self._records) - len(forms),
                "open": sum(len(names) for names in self._open.values()),
                "yours": sum(
                    len(self._mine(record, reviewer)) for record in self._open
                ),
                "disagreements": len(self._disputed()),
                "answered": len(not_withdrawn(self._by[reviewer])),
                "double": self.people > 1,
                "spot": self.spot(),
            }

    def spot(self) -> dict[str, Any]:
        """What spot checks say: how many accepted fields are wrong, and the share's interval."""
        with self._lock:
            checked = wrong = 0
            for key in self._sample:
                counts = (
                    settled(self._of[key], self.people) if key in self._of else None
                )
                if counts is not None and counts.mode in (SPOT, DECISION):
                    checked += 1
                    wrong += counts.verdict != TEXT or counts.text != self.first_read(
                        key
                    )
            low, high = exact_interval(wrong, checked) if checked else (0.0, 1.0)
            return {
                "accepted": len(self._sample),
                "checked": checked,
                "wrong": wrong,
                "low": low,
                "high": high,
            }

    def _next(
        self, reviewer: str, mode: str, skip: Collection[Key], count: int
    ) -> list[Key]:
        if mode == DECISION:
            return [key for key in self._disputed() if key not in skip][:count]
        if mode == SPOT:
            return self._spot_keys(reviewer, skip, count)
        work: list[tuple[int, int, list[str]]] = []
        for number in self._open:
            names = [
                name
                for name in self._mine(number, reviewer)
                if Key(number, name) not in skip
            ]
            if names:
                work.append(
                    (order.cost_of(names, self._groups_of(number)), number, names)
                )
        # Records that are nearly done come first, so that forms are finished early.
        keys: list[Key] = []
        for _, number, names in heapq.nsmallest(count, work):
            record = self._records[number - 1]
            in_order = order.ordered(names, record, self._groups_of(number))
            keys += [Key(number, name) for name in in_order]
        return keys[:count]

    def _spot_keys(self, reviewer: str, skip: Collection[Key], count: int) -> list[Key]:
        """The next accepted fields of the sample that this person may check."""
        keys: list[Key] = []
        for key in self._sample:
            # Stopped as soon as there are enough: a pile may be large.
            if len(keys) == count:
                break
            if key not in skip and self._may_look(key, reviewer):
                keys.append(key)
        return keys

    def _mine(self, number: int, reviewer: str) -> list[str]:
        return [
            name
            for name in self._open[number]
            if self._may_look(Key(number, name), reviewer)
        ]

    def _may_look(self, key: Key, reviewer: str) -> bool:
        """Whether a person has not said anything of a field yet, and another opinion is wanted."""
        # Looking it up would make an empty entry for every field of the pile.
        if key not in self._of:
            return True
        newest = standing(self._of[key])
        return reviewer not in newest and len(newest) < self.people

    def _disputed(self) -> list[Key]:
        """The fields on which people do not agree, in the pile's order."""
        keys = [key for key, reviews in self._of.items() if disputed(reviews)]
        return sorted(keys)

    def _made(self, answer: Answer) -> FormReview:
        if answer.mode not in MODES:
            raise SettingError(
                f"the mode {answer.mode[:20]!r} is not one of {', '.join(MODES)}"
            )
        reviewer = answer.reviewer.strip()
        if not reviewer or len(reviewer) > _MOST_NAME or not reviewer.isprintable():
            raise SettingError(
                f"the reviewer's name must have 1 to {_MOST_NAME} characters"
            )
        field = self.pile.field(answer.key)
        if field.kind == "image":
            raise SettingError(
                f"{field.name} is a picture: there is nothing to read in it"
            )
        text = "" if answer.text is None else as_written(field, answer.text)
        reading = self._read[answer.key.record - 1][answer.key.field]
        return FormReview(
            answer.id,
            self.pile.id,
            answer.key.record,
            answer.key.field,
            reviewer,
            answer.mode,
            UNREADABLE if answer.text is None else TEXT,
            text,
            "",
            reading.text,
            reading.confidence,
            _now(),
        )

    def _last(self, reviewer: str) -> FormReview | None:
        """A person's last review that stands."""
        stand = not_withdrawn(self._by[reviewer])
        if not stand:
            return None
        return stand[-1]

    def _update(self, changed: Iterable[int]) -> None:
        for number in changed:
            entry = self.pile.entries[number - 1]
            if isinstance(entry, Sheets):
                self._raw[number - 1] = record_of(
                    entry,
                    self.pile.min_confidence,
                    self._settled(number, entry),
                )
        before = self._records
        self._records = across(self.pile.forms, self._raw)
        pairs = enumerate(zip(before, self._records, strict=True), 1)
        moved = {number for number, (old, new) in pairs if old is not new}
        self._update_open(moved | set(changed))

    def _settled(self, number: int, entry: Sheets) -> dict[str, PersonSays]:
        settled_fields: dict[str, PersonSays] = {}
        for name in entry.seen:
            key = Key(number, name)
            counts = settled(self._of[key], self.people) if key in self._of else None
            if counts is not None:
                settled_fields[name] = PersonSays(
                    counts.reviewer,
                    counts.text if counts.verdict == TEXT else None,
                )
        return settled_fields

    def _update_open(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            record = self._records[number - 1]
            doubtful = [each for each in record.fields.values() if not each.accepted]
            names = [each.name for each in doubtful if not each.reviewed_by]
            entry = self.pile.entries[number - 1]
            if isinstance(entry, Sheets):
                names = [
                    name for name in names if entry.form.fields[name].kind != "image"
                ]
            if names:
                self._open[number] = names
            else:
                self._open.pop(number, None)

    def _accepted(self) -> list[Key]:
        """The fields that were accepted before anybody had looked."""
        keys: list[Key] = []
        for number, (record, entry) in enumerate(
            zip(self._read, self.pile.entries, strict=True),
            1,
        ):
            if isinstance(entry, Sheets) and not record.reason:
                fields = record.fields.items()
                accepted = [name for name, each in fields if each.accepted]
                kinds = {name: entry.form.fields[name].kind for name in accepted}
                keys += [
                    Key(number, name) for name in accepted if kinds[name] != "image"
                ]
        return keys

    def _groups_of(self, number: int) -> dict[str, int]:
        """The groups of linked fields on a record's form."""
        record = self._records[number - 1]
        return self._groups[record.form]


def _now() -> datetime:
    return datetime.now(UTC)
