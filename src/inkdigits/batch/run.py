"""A batch from beginning to end, or from where it was killed to the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from inkdigits.batch.inputs import items_of
from inkdigits.batch.plan import Plan, done_file, make_plan, saved_plan
from inkdigits.batch.settings import Settings
from inkdigits.batch.single_file import write_single_file
from inkdigits.batch.store import Store, open_store
from inkdigits.batch.tables import need_arrow
from inkdigits.batch.unit import Done, damaged_file, done_before
from inkdigits.errors import DataError, SettingError
from inkdigits.reading.input.url import is_remote

# What a kill may leave half written; the next start removes it.
_PARTS = (
    ".lines-*",
    ".errors-*",
    ".numbers.*",
    ".errors.*",
    "plan/.items-*",
    "plan/.plan.json.*",
    "plan/.begun-*",
    "plan/.shards-*",
    "pictures/.pictures-*",
)


@dataclass(frozen=True, slots=True)
class Summary:
    """All that is in the output.

    `read_now` and `seconds` are of this start alone, from its first picture to its last.
    """

    pictures: int
    lines: int
    errors: int
    read_now: int
    seconds: float


class Listener(Protocol):
    """Is told how a batch goes on."""

    def planned(self, pictures: int, done: int) -> None:
        """So many pictures in all, so many of them read by earlier starts."""
        ...

    def read(self, pictures: int) -> None:
        """So many more."""
        ...

    def damaged(self, file: str) -> None:
        """A file of an earlier start is missing or damaged and is read again."""
        ...


def run(settings: Settings, listener: Listener | None = None) -> Summary:
    """Read what the inputs hold into the output, each picture once.

    Pictures whose output exists are not read again.
    """
    if settings.how.format == "parquet":
        need_arrow()
    # Two batches into one output would read pictures twice, and undo each other's files.
    with _alone(settings.output):
        store = open_store(settings.output)
        plan = _plan(store, settings)
        done = [
            done_before(store, unit) for unit in _whole_units(store, plan, listener)
        ]
        if listener:
            listener.planned(plan.pictures, sum(unit.pictures for unit in done))
        finished = {unit.unit for unit in done}
        fresh = []
        for unit in _engine(settings)(
            unit for unit in range(plan.units) if unit not in finished
        ):
            fresh.append(unit)
            if listener:
                listener.read(unit.pictures)
        # Only what is there and whole is put together, or counted as done.
        _verify(store, plan)
        if settings.single_file:
            write_single_file(store, plan, settings.how.format)
    return _summary(done, fresh)


def _whole_units(store: Store, plan: Plan, listener: Listener | None) -> list[int]:
    """The units that earlier starts finished.

    A unit with a lost or changed file counts as not done.
    """
    whole = []
    for unit in sorted(plan.done()):
        damaged = damaged_file(store, unit)
        if damaged is None:
            whole.append(unit)
            continue
        store.remove(done_file(unit))  # the workers, too, must see that it is not done
        if listener:
            listener.damaged(damaged)
    return whole


def _verify(store: Store, plan: Plan) -> None:
    """Verify at the end that all shards are present and unchanged."""
    plan.verify()
    done = plan.done()
    for unit in range(plan.units):
        damaged = damaged_file(store, unit) if unit in done else done_file(unit)
        if damaged is not None:
            raise DataError(
                f"{damaged} in the output is missing or damaged: "
                "run the same command to read it again"
            )


def _plan(store: Store, settings: Settings) -> Plan:
    """The plan of an earlier start, or a new one of what the inputs hold now."""
    fingerprint = settings.fingerprint()
    plan = saved_plan(store, fingerprint)
    if plan:
        return plan
    items = items_of(settings.inputs, settings.how.column)
    return make_plan(store, fingerprint, items)


def _engine(settings: Settings) -> Callable[[Iterator[int]], Iterator[Done]]:
    if settings.engine == "ray":
        from inkdigits.batch import on_ray

        return lambda units: on_ray.read_units(
            settings.output, settings.how, units, settings.workers, settings.address
        )
    from inkdigits.batch import workers

    return lambda units: workers.read_units(
        settings.output, settings.how, units, settings.worker_count
    )


def _summary(done: list[Done], fresh: list[Done]) -> Summary:
    """Counts of all units; seconds of the fresh ones alone."""
    both = [*done, *fresh]
    # Workers run side by side: from the first start to the last end.
    seconds = (
        max(unit.ended for unit in fresh) - min(unit.began for unit in fresh)
        if fresh
        else 0.0
    )
    return Summary(
        sum(unit.pictures for unit in both),
        sum(unit.lines for unit in both),
        sum(unit.errors for unit in both),
        sum(unit.pictures for unit in fresh),
        seconds,
    )


@contextmanager
def _alone(output: str) -> Iterator[None]:
    """Lock a local output folder for one batch, and remove half-written files.

    A remote folder has no lock.
    """
    if is_remote(output):
        yield
        return
    folder = Path(output)
    try:
        (folder / "plan").mkdir(parents=True, exist_ok=True)
        lock = (folder / "plan" / "lock").open("w")
    except OSError as error:
        raise SettingError(
            f"{output} cannot be written ({error.strerror or error}): name another --output"
        ) from None
    with lock:
        _lock(lock.fileno(), output)
        for name in _PARTS:
            for unfinished in folder.glob(name):
                unfinished.unlink(missing_ok=True)
        yield


def _lock(handle: int, output: str) -> None:
    """The system lets go of it with the process, however that ends."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SettingError(
            f"another batch is writing to {output}: wait for it, or name another --output"
        ) from None
