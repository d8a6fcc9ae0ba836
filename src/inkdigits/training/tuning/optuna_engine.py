"""Optuna, with its trials in a database.

A killed search can resume, and several processes or machines can share one.
"""

import math
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inkdigits.data import Dataset
from inkdigits.errors import MissingExtraError, SettingError
from inkdigits.training.settings import Settings
from inkdigits.training.tuning.space import (
    Choices,
    Params,
    Space,
    own_params,
    settings_with,
)
from inkdigits.training.tuning.trials import Trial, epochs_of

# Seconds between a trial's heartbeats, and without one until it counts as dead.
_BEAT_S, _GRACE_S = 15, 120
_WAIT_S = 0.5  # between checks whether others have finished the last trials
_REPEATS = 50  # known settings drawn in a row, after which the space is exhausted
_STARTUP_TRIALS = 8  # drawn at random, before the sampler has something to learn from
PRUNERS = ("median", "hyperband", "none")
_TIMES_TO_OPEN = 4  # attempts, a second apart
Tell = Callable[[list[Trial]], None]


def optuna_module() -> Any:
    try:
        import optuna
    except ImportError:
        raise MissingExtraError("tuning", "train") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def open_study(storage: str, name: str, seed: int, pruner: str) -> Any:
    """The study of that name in that database, created if it does not exist yet."""
    optuna = optuna_module()
    options = (
        {"connect_args": {"timeout": 60}}
        if storage.startswith("sqlite")
        else {"pool_pre_ping": True}
    )
    for left in reversed(range(_TIMES_TO_OPEN)):
        try:
            database = optuna.storages.RDBStorage(storage, options)
            study = optuna.create_study(
                storage=database,
                study_name=name,
                direction="maximize",
                load_if_exists=True,
                pruner=_pruner(optuna, pruner),
            )
            break
        # SQLAlchemy and each database driver raise classes of their own.
        except Exception as error:  # noqa: BLE001
            if not left:
                reason = str(error).splitlines()[0][:140]
                way = (
                    f"--storage {_without_password(storage)} cannot be opened ({reason}): "
                    "give a database URL"
                )
                raise SettingError(way) from None
            # Two searches that begin at once create the same tables. One of them fails,
            # waits, and then finds the tables of the other.
            time.sleep(1.0)
    # A resumed search must not draw the same settings again: the seed changes with the
    # number of trials.
    drawn = (
        seed * 1_000_003 + len(study.get_trials(deepcopy=False)) * 7919 + os.getpid()
    ) % 2**32
    study.sampler = optuna.samplers.TPESampler(
        seed=drawn, n_startup_trials=_STARTUP_TRIALS, constant_liar=True
    )
    return study


def _without_password(url: str) -> str:
    """A database URL without its user and password."""
    scheme, _, rest = url.rpartition("://")
    if not scheme:
        return url
    host = rest.rpartition("@")[2]
    return f"{scheme}://{host}"


def _pruner(optuna: Any, name: str) -> Any:
    """The pruner of this name, which stops trials early."""
    pruners = optuna.pruners
    if name == "median":
        # The first trials run to their end: there is nothing yet to compare them with.
        return pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2)
    if name == "hyperband":
        return pruners.HyperbandPruner(min_resource=2)
    if name == "none":
        return pruners.NopPruner()
    raise SettingError(f"--pruner is {name!r}: choose {', '.join(PRUNERS)}")


def work(
    study: Any,
    base: Settings,
    space: Space,
    data: tuple[Dataset, Dataset],
    wanted: int,
    until: float,
    tell: Tell,
    alive: Callable[[], bool] = lambda: True,
) -> None:
    """Run trials until `wanted` are finished or `time.time()` reaches `until`.

    Trials that other workers finish count too.
    """
    optuna = optuna_module()
    states = optuna.trial.TrialState
    _ask_for_own(study, base, space)
    repeats = 0
    while alive() and time.time() < until and repeats < _REPEATS:
        fail_the_dead(study)
        trials = study.get_trials(deepcopy=False)
        finished = sum(
            trial.state in (states.COMPLETE, states.PRUNED) for trial in trials
        )
        if finished >= wanted:
            return
        if finished + sum(trial.state == states.RUNNING for trial in trials) >= wanted:
            time.sleep(_WAIT_S)
            continue
        trial = study.ask()
        trial.set_user_attr("worker", _me())
        settings = settings_with(base, suggest(trial, space))
        repeated = _is_repeated(study, trial, states)
        repeats = repeats + 1 if repeated else 0
        if repeated or _place(study, trial, states) >= wanted:
            study.tell(trial, state=states.FAIL)
            continue
        try:
            with _Beating(trial):
                _run(study, trial, settings, data, optuna, alive)
        except optuna.exceptions.UpdateFinishedTrialError:
            # This process slept so long that it counted as dead: another has the trial.
            continue
        tell(trials_of(study))


def _is_repeated(study: Any, trial: Any, states: Any) -> bool:
    """Whether an earlier trial has the same settings.

    This happens if there are few to choose from.
    """
    return any(
        earlier.number < trial.number
        and earlier.state != states.FAIL
        and earlier.params == trial.params
        for earlier in study.get_trials(deepcopy=False)
    )


def _place(study: Any, trial: Any, states: Any) -> int:
    """How many earlier trials have not failed.

    Of workers that ask at the same time, only as many as wanted continue.
    """
    return sum(
        earlier.number < trial.number
        and earlier.state in (states.COMPLETE, states.PRUNED, states.RUNNING)
        for earlier in study.get_trials(deepcopy=False)
    )


def _ask_for_own(study: Any, base: Settings, space: Space) -> None:
    """Try the recipe's own settings too, to compare the best trial with them."""
    params = own_params(base, space)
    if params is None:
        return
    # Another worker of the same search may have asked already.
    study.enqueue_trial(params, user_attrs={"own": True}, skip_if_exists=True)


def _run(
    study: Any,
    trial: Any,
    settings: Settings,
    data: tuple[Dataset, Dataset],
    optuna: Any,
    alive: Callable[[], bool],
) -> None:
    states = optuna.trial.TrialState
    row: dict[str, float] = {}
    for epoch, row in enumerate(epochs_of(settings, *data), start=1):
        if not alive():
            return
        if not math.isfinite(row["loss"]):
            break
        trial.report(row["val_accuracy"], epoch)
        _keep(trial, row, epoch)
        if epoch < settings.epochs and trial.should_prune():
            study.tell(trial, state=states.PRUNED, skip_if_finished=True)
            return
    study.tell(
        trial,
        row["val_accuracy"] if math.isfinite(row["loss"]) else 0.0,
        skip_if_finished=True,
    )


def _keep(trial: Any, row: dict[str, float], epoch: int) -> None:
    """Record a trial's progress."""
    # Seconds add up over its epochs.
    before = trial.user_attrs.get("seconds", 0.0)
    seconds = round(before + row["seconds"], 3)
    trial.set_user_attr("val_loss", row["val_loss"])
    trial.set_user_attr("epochs", epoch)
    trial.set_user_attr("seconds", seconds)


class _Beating:
    """Sends heartbeats while a trial runs, so that other machines know it is alive."""

    def __init__(self, trial: Any) -> None:
        """Prepare a thread that sends this trial's heartbeats."""
        self._trial = trial
        self._over = threading.Event()
        # A daemon, because it must not keep a worker alive.
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def _beat(self) -> None:
        while not self._over.wait(_BEAT_S):
            try:
                self._trial.set_user_attr("beat", time.time())
            except optuna_module().exceptions.UpdateFinishedTrialError:
                return

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def suggest(trial: Any, space: Space) -> Params:
    params: Params = {}
    for name, range_ in space.items():
        if isinstance(range_, Choices):
            params[name] = trial.suggest_categorical(name, list(range_.values))
        elif range_.whole:
            params[name] = trial.suggest_int(
                name, int(range_.low), int(range_.high), log=range_.log
            )
        else:
            params[name] = trial.suggest_float(
                name, range_.low, range_.high, log=range_.log
            )
    return params


def fail_the_dead(study: Any) -> None:
    """Fail the trials of dead processes, and queue their settings again."""
    states = optuna_module().trial.TrialState
    for trial in study.get_trials(deepcopy=False, states=(states.RUNNING,)):
        if not (_is_dead(trial.user_attrs.get("worker", "")) or _is_silent(trial)):
            continue
        try:
            study.tell(trial.number, state=states.FAIL)
        except (
            ValueError,
            optuna_module().exceptions.UpdateFinishedTrialError,
        ):  # another worker was quicker
            continue
        known = trial.params or trial.system_attrs.get("fixed_params", {})
        if known:
            study.enqueue_trial(known, user_attrs={"again": trial.number})


def _is_silent(trial: Any) -> bool:
    """Whether there was no heartbeat for long, as from dead workers elsewhere."""
    heard = max(
        trial.user_attrs.get("beat", 0.0),
        trial.datetime_start.timestamp() if trial.datetime_start else 0.0,
    )
    return bool(time.time() - heard > _GRACE_S)


def _me() -> str:
    """A name of this process that no other will ever have."""
    host = socket.gethostname()
    pid = os.getpid()
    # Process ids are reused; together with the start time they are unique.
    return f"{host} {pid} {_started(pid)}"


def _is_dead(worker: str) -> bool:
    """Whether the worker is a process of this machine that has ended."""
    host, _, process = worker.partition(" ")
    if host != socket.gethostname():
        return False
    pid, _, started = process.partition(" ")
    # A later process may have been given the same number.
    return _started(int(pid)) != started


def _started(pid: int) -> str:
    """When a process started, to tell it from a later one with the same id."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except OSError:
        return "gone"
    return ""


def trials_of(study: Any) -> list[Trial]:
    """All trials by number, except those that wait or failed."""
    states = {"COMPLETE": "complete", "PRUNED": "pruned", "RUNNING": "running"}
    trials = []
    for trial in study.get_trials(deepcopy=False):
        if trial.state.name in states:
            attrs = trial.user_attrs
            last = trial.intermediate_values.get(
                max(trial.intermediate_values, default=0), math.nan
            )
            trials.append(
                Trial(
                    trial.number,
                    states[trial.state.name],
                    last,
                    attrs.get("val_loss", math.nan),
                    attrs.get("epochs", 0),
                    attrs.get("seconds", 0.0),
                    dict(trial.params),
                )
            )
    return trials
