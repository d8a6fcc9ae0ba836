"""The plan of a batch: its items, listed once and kept in the output, and the numbered units they are read in.

A unit is a run of neighbouring items, and has a shard of its own. It is done when its file in `pictures/` is there, which is
written last. So whoever is killed, whenever, starts again with the units that are not done.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Any

from inkdigits.batch.items import Item, item_of
from inkdigits.batch.store import Store
from inkdigits.errors import SettingError

PLAN = "plan/plan.json"
PICTURES = "pictures"
_ITEMS_A_FILE = 10_000
_MOST_SAID = 80
_LEAST_UNITS, _MOST_IN_UNIT = 64, 500


class Plan:
    """Units 0 to `units` - 1 of at most `size` items each."""

    def __init__(self, store: Store, content: dict[str, Any]) -> None:
        self._store = store
        self.pictures = int(content["pictures"])
        self.size = int(content["shard"])
        self.settings: dict[str, Any] = content["settings"]
        self.units = -(-self.pictures // self.size)
        self._file = lru_cache(maxsize=2)(self._load)

    @classmethod
    def load(cls, store: Store) -> "Plan":
        return cls(store, json.loads(store.read(PLAN)))

    def items(self, unit: int) -> list[Item]:
        first, last = unit * self.size, min((unit + 1) * self.size, self.pictures)
        lines: list[str] = []
        for number in range(first // _ITEMS_A_FILE, (last - 1) // _ITEMS_A_FILE + 1):
            offset = number * _ITEMS_A_FILE
            lines += self._file(number)[max(first - offset, 0) : last - offset]
        return [item_of(line) for line in lines]

    def done(self) -> set[int]:
        """The units whose shards are all there."""
        names = self._store.names(PICTURES)
        return {int(name.removesuffix(".jsonl").rsplit("-", 1)[-1]) for name in names if name.startswith("pictures-")}

    def is_done(self, unit: int) -> bool:
        return self._store.exists(done_file(unit))

    def _load(self, number: int) -> list[str]:
        return self._store.read(_items_file(number)).decode().splitlines()


def done_file(unit: int) -> str:
    """The file that says that a unit is done, with a row for each of its pictures."""
    return f"{PICTURES}/pictures-{unit:06}.jsonl"


def _items_file(number: int) -> str:
    return f"plan/items-{number:05}.jsonl"


def saved_plan(store: Store, settings: dict[str, Any]) -> Plan | None:
    """The plan that an earlier start left, if it was for the same batch."""
    if not store.exists(PLAN):
        if any(name.startswith(("lines-", "errors-")) for name in store.names("")):
            raise SettingError("the output holds shards but no plan: name another --output")
        return None
    plan = Plan.load(store)
    other = [name for name, value in settings.items() if plan.settings.get(name) != value]
    if other:
        was, now = (", ".join(f"{name} {_short(values.get(name))}" for name in other) for values in (plan.settings, settings))
        raise SettingError(
            f"the output holds another batch (there: {was}; now: {now}): start with the same, or name another --output"
        )
    return plan


def _short(value: object) -> str:
    said = repr(value)
    return said if len(said) <= _MOST_SAID else f"{said[:_MOST_SAID]}…"


def make_plan(store: Store, settings: dict[str, Any], items: Iterable[Item]) -> Plan:
    """List the items into the output; the plan stands only when all of it is written."""
    pictures = 0
    listed = iter(items)
    for number in range(10**9):
        part = list(islice(listed, _ITEMS_A_FILE))
        if not part:
            break
        store.write(_items_file(number), "".join(item.line() for item in part).encode())
        pictures += len(part)
    if not pictures:
        raise SettingError("the inputs hold no pictures: check their names")
    shard = settings["shard"] or max(1, min(_MOST_IN_UNIT, -(-pictures // _LEAST_UNITS)))
    content = {"pictures": pictures, "shard": shard, "settings": settings}
    store.write(PLAN, json.dumps(content, indent=2).encode() + b"\n")
    return Plan(store, content)
