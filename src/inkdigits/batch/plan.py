"""The plan of a batch: its items, and the numbered units they are read in.

It is made once and stored in the output.

A unit is a run of neighbouring items, and has a shard of its own. It is done when its file in
`pictures/`, which is written last, exists. After a kill at any time, a restart continues with the
units that are not done.

The plan holds the digest of each of its files: otherwise pictures missing from a truncated file
would go unnoticed.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Any

from inkdigits.batch.items import Item, item_of
from inkdigits.batch.store import Store
from inkdigits.errors import DataError, SettingError

PLAN = "plan/plan.json"
PICTURES = "pictures"
# Items in a file of the plan, so that a worker reads a small part of it.
_ITEMS_A_FILE = 10_000
# Characters of a setting that a message repeats.
_MOST_SAID = 80
# Units that a small input is split into, so that all workers have some; and pictures of a unit in a
# large one, for what is lost at a kill is a unit.
_LEAST_UNITS, _MOST_IN_UNIT = 64, 500
_DONE_FILE = re.compile(r"pictures-([0-9]{6,})\.jsonl")


class Plan:
    """Units 0 to `units` - 1 of at most `size` items each."""

    def __init__(self, store: Store, content: dict[str, Any]) -> None:
        """Take a plan as its file holds it."""
        self._store = store
        self.pictures = int(content["pictures"])
        self.size = int(content["shard"])
        # The last unit may hold fewer pictures than the others.
        self.units = -(-self.pictures // self.size)
        self.settings: dict[str, Any] = content["settings"]
        self._digests: list[str] = content["items_sha256"]
        # A unit's items are asked for again soon after; a plan may have millions.
        remember = lru_cache(maxsize=2)
        self._file = remember(self._load)

    @classmethod
    def load(cls, store: Store) -> "Plan":
        """The plan in the output; a broken one is an error that says so."""
        try:
            content = json.loads(store.read(PLAN))
            _check(content)
        except (ValueError, KeyError, TypeError, FileNotFoundError):
            raise DataError(
                f"{PLAN} in the output is broken, or of another version: "
                "name another --output, or delete this one to start over"
            ) from None
        return cls(store, content)

    def verify(self) -> None:
        """Look at every file of the plan."""
        for number in range(len(self._digests)):
            self._load(number)

    def items(self, unit: int) -> list[Item]:
        """The pictures of a unit, which may stand in more than one file of the plan."""
        first = unit * self.size
        last = min(first + self.size, self.pictures)
        first_file = first // _ITEMS_A_FILE
        last_file = (last - 1) // _ITEMS_A_FILE
        lines: list[str] = []
        for number in range(first_file, last_file + 1):
            offset = number * _ITEMS_A_FILE
            # A slice beyond the end of a file is cut there by Python itself.
            lines += self._file(number)[max(first - offset, 0) : last - offset]
        return [item_of(line) for line in lines]

    def done(self) -> set[int]:
        """The units whose shards are all there."""
        units = set()
        for name in self._store.names(PICTURES):
            match = _DONE_FILE.fullmatch(name)
            if match is None:
                continue
            unit = int(match[1])
            # An earlier plan of the same folder may have had more units.
            if unit < self.units:
                units.add(unit)
        return units

    def is_done(self, unit: int) -> bool:
        """Whether a unit's last file was written."""
        return self._store.exists(done_file(unit))

    def _load(self, number: int) -> list[str]:
        name = _items_file(number)
        try:
            content = self._store.read(name)
        except FileNotFoundError:
            content = b""
        if hashlib.sha256(content).hexdigest() != self._digests[number]:
            raise DataError(
                f"{name} in the output is missing or damaged, "
                "so pictures would be left out: "
                "name another --output, or delete this one to start over"
            )
        return content.decode().splitlines()


def _check(content: dict[str, Any]) -> None:
    """Parse a plan; ValueError, KeyError or TypeError if `make_plan` did not write it."""
    pictures = content["pictures"]
    size = content["shard"]
    files = len(content["items_sha256"])
    whole = (
        isinstance(pictures, int)
        and isinstance(size, int)
        and isinstance(content["settings"], dict)
    )
    if (
        not whole
        or size < 1
        or not 0 < pictures <= files * _ITEMS_A_FILE
        or pictures <= (files - 1) * _ITEMS_A_FILE
    ):
        raise ValueError("not a plan")


def done_file(unit: int) -> str:
    """The file that says that a unit is done, with a row for each of its pictures."""
    return f"{PICTURES}/pictures-{unit:06}.jsonl"


def shards_file(unit: int) -> str:
    """The file with the digest of each file of a unit, its done file's among them."""
    return f"plan/shards-{unit:06}.json"


def _items_file(number: int) -> str:
    return f"plan/items-{number:05}.jsonl"


def saved_plan(store: Store, settings: dict[str, Any]) -> Plan | None:
    """The plan that an earlier start left, if it was for the same batch."""
    if not store.exists(PLAN):
        if any(name.startswith(("lines-", "errors-")) for name in store.names("")):
            raise SettingError(
                "the output contains shards but no plan: name another --output"
            )
        return None
    plan = Plan.load(store)
    changed = [
        name for name, value in settings.items() if plan.settings.get(name) != value
    ]
    if changed:
        was, now = (
            ", ".join(f"{name} {_short(values.get(name))}" for name in changed)
            for values in (plan.settings, settings)
        )
        raise SettingError(
            f"the output contains another batch (there: {was}; now: {now}): "
            "start with the same, or name another --output"
        )
    plan.verify()
    return plan


def _short(value: object) -> str:
    """A value as messages show it, cut where it is long."""
    shown = repr(value)
    if len(shown) <= _MOST_SAID:
        return shown
    beginning = shown[:_MOST_SAID]
    return f"{beginning}…"


def make_plan(store: Store, settings: dict[str, Any], items: Iterable[Item]) -> Plan:
    """List the items into the output; the plan stands only when all of it is written."""
    pictures = 0
    digests = []
    listed = iter(items)
    for number in range(10**9):
        items_of_file = list(islice(listed, _ITEMS_A_FILE))
        if not items_of_file:
            break
        lines = "".join(item.line() for item in items_of_file).encode()
        store.write(_items_file(number), lines)
        digests.append(hashlib.sha256(lines).hexdigest())
        pictures += len(items_of_file)
    if not pictures:
        raise SettingError("the inputs contain no pictures: check their names")
    # Enough units to share out, and small enough to lose little in a kill; rounded up.
    shard = settings["shard"] or max(
        1, min(_MOST_IN_UNIT, -(-pictures // _LEAST_UNITS))
    )
    content = {
        "pictures": pictures,
        "shard": shard,
        "settings": settings,
        "items_sha256": digests,
    }
    # Written last: without it the output holds no plan, whatever else is there.
    store.write(PLAN, json.dumps(content, indent=2).encode() + b"\n")
    return Plan(store, content)
