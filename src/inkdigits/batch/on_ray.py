"""The Ray engine: Ray Data streams the units through actors.

Actors load the networks once, on this machine or on a cluster.

Ray holds back what the actors cannot take yet, starts more of them while units wait and nodes are
free, and gives a dead node's units to others. Every node must reach inputs, output and model by the
same names: a shared folder or a remote store.
"""

import logging
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inkdigits.batch.settings import How
from inkdigits.batch.unit import Done, UnitReader, done_before
from inkdigits.batch.workers import MOST_DEATHS
from inkdigits.batch.workers import read_units as read_guarded
from inkdigits.errors import DataError, InkdigitsError, MissingExtraError

_FIELDS = ("unit", "pictures", "lines", "errors", "began", "ended")
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}
# Bytes of memory for objects: what Ray itself asks for at least.
_LEAST_STORE_BYTES = 100 * 1024 * 1024
# Seconds to wait for a cluster's address to answer, before Ray tries for minutes.
_KNOCK_S = 10.0


def read_units(
    output: str,
    how: How,
    units: Iterable[int],
    workers: int | None,
    address: str | None,
) -> Iterator[Done]:
    """Each unit as it is done, in any order.

    `workers` is the most actors; a cluster given by `address` is left running.
    """
    left = list(units)
    if not left:
        return
    ray = _ray()
    _connect(ray, workers, address)
    try:
        for row in _stream(ray, output, how, left, workers).iter_rows():
            if row["failed"]:
                raise DataError(row["failed"])
            yield Done(**{name: row[name] for name in _FIELDS})
    except ray.exceptions.RayError as error:
        reason = next(
            (line for line in reversed(str(error).splitlines()) if line.strip()),
            type(error).__name__,
        )
        raise DataError(
            f"Ray could not finish ({reason.strip()[:200]}): run the same command to resume"
        ) from None
    finally:
        ray.shutdown()


def _ray() -> Any:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError:
        raise MissingExtraError("--engine ray", "cluster") from None
    return ray


def _connect(ray: Any, workers: int | None, address: str | None) -> None:
    """To the cluster at an address, or to a Ray of our own on this machine."""
    quiet = {"log_to_driver": False, "logging_level": "error"}
    try:
        if address is not None:
            _knock(address)
            where: dict[str, Any] = {"address": address}
        else:
            # "local" says so: without it, Ray joins whatever cluster it finds running here.
            where = {
                "address": "local",
                "num_cpus": workers,
                "include_dashboard": False,
                "object_store_memory": _LEAST_STORE_BYTES,
            }
        with _hushed():
            ray.init(**where, **quiet)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        reason = (
            str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        )
        raise DataError(
            f"there is no Ray cluster at {address} ({reason}): check --address"
        ) from None


@contextmanager
def _hushed() -> Iterator[None]:
    """Silence Ray's processes, which print their log level to stderr.

    No setting of Python's logging can prevent it.
    """
    stderr = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nothing)


def _knock(address: str) -> None:
    """Ray itself takes minutes to say that nobody is there."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_KNOCK_S).close()


def _stream(
    ray: Any, output: str, how: How, units: list[int], workers: int | None
) -> Any:
    """The units as a Ray data set that is read while it is taken from."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    for logger in ("ray", "ray.data"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    most = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
    listed = ray.data.from_items(
        [{"unit": unit} for unit in units], override_num_blocks=len(units)
    )
    pool = ray.data.ActorPoolStrategy(min_size=1, max_size=most, initial_size=most)
    return listed.map_batches(
        _Actor,
        fn_constructor_args=(output, how, str(Path.cwd())),
        compute=pool,
        batch_size=1,
        num_cpus=1,
        zero_copy_batch=True,
    )


class _Actor:
    """Reads units.

    One that a worker died in before is read by a guarded process, which finds the picture that
    kills.
    """

    def __init__(self, output: str, how: How, folder: str) -> None:
        """Load the models once, for all units that this actor reads."""
        # Relative names mean the same here as in the driver.
        os.chdir(folder)
        self._output = output
        self._units = UnitReader(output, how)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        import numpy as np

        rows = [self._read(int(unit)) for unit in batch["unit"]]
        return {
            name: np.array([row[name] for row in rows]) for name in (*_FIELDS, "failed")
        }

    def _read(self, unit: int) -> dict[str, Any]:
        """What a unit came to, as a row; an error is told, not raised."""
        try:
            done = self._once(unit)
            failed = ""
        except InkdigitsError as error:
            # Raised, it would end the batch for all other units too.
            done = Done(unit, 0, 0, 0)
            failed = str(error)
        row: dict[str, Any] = {name: getattr(done, name) for name in _FIELDS}
        row["failed"] = failed
        return row

    def _once(self, unit: int) -> Done:
        store = self._units.store
        if self._units.plan.is_done(unit):
            return done_before(store, unit)
        begun = f"plan/begun-{unit:06}"
        tries = int(store.read(begun)) if store.exists(begun) else 0
        store.write(begun, str(tries + 1).encode())
        guarded = tries >= MOST_DEATHS - 1
        done = (
            next(read_guarded(self._output, self._units.how, [unit], 1))
            if guarded
            else self._units.read(unit)
        )
        store.remove(begun)
        return done
