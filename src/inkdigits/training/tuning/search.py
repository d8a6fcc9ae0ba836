"""A search from its settings to its folder.

The folder has the trials, the best run trained in full, trials.csv and tune.json.
"""

import json
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from inkdigits.errors import TrainingError
from inkdigits.files import write_whole
from inkdigits.machine import machine, versions
from inkdigits.training import by_name
from inkdigits.training import run as runs
from inkdigits.training.artefacts import write_json
from inkdigits.training.fit import Listener, Silent
from inkdigits.training.settings import Settings
from inkdigits.training.tuning import optuna_engine
from inkdigits.training.tuning.plan import TunePlan
from inkdigits.training.tuning.space import (
    Choices,
    Params,
    Space,
    own_params,
    settings_with,
)
from inkdigits.training.tuning.trials import Trial, as_csv, best_of, parts

SEARCH_FILE = "tune.json"


class Watcher(Protocol):
    """Is told of the trials whenever one more is finished."""

    def trials(self, trials: list[Trial], wanted: int) -> None:
        """All trials so far, and how many are wanted."""


@dataclass(frozen=True)
class Tuned:
    """A search's folder, its trials, the best of them, and the best run.

    `own` is the trial with the recipe's own settings.
    """

    folder: Path
    trials: list[Trial]
    best: Trial
    own: Trial | None
    run: runs.RunResult | None
    settings: Settings

    def sentence(self) -> str:
        """Whether the search found better settings than the initial ones."""
        best = self.best
        accuracy = f"{best.accuracy:.2%}"
        if self.own is None:
            said = f"best validation accuracy {accuracy} (trial {best.number})"
            return f"{said}; the initial settings were not trained to the end"
        verdict = "does not beat"
        if best.accuracy > self.own.accuracy:
            verdict = "beats"
        return (
            f"trial {best.number} {verdict} the initial settings on validation: "
            f"{accuracy} against {self.own.accuracy:.2%}"
        )


def tune(
    settings: Settings,
    space: Space,
    plan: TunePlan,
    *,
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    watcher: Watcher,
    listener: Listener | None = None,
) -> Tuned:
    """Search, or resume the search in `output`, then train the best in full.

    The test set is evaluated once, for the best run.
    """
    folder = (
        Path(output)
        if output is not None
        else Path("runs") / f"tune-{settings.recipe}-{time.strftime('%Y%m%d-%H%M%S')}"
    )
    _begin(folder, settings, space, plan)
    search = _by_ray if plan.engine == "ray" else _by_optuna
    trials = search(folder, settings, space, plan, data_dir, watcher)
    best = best_of(trials)
    if best is None:
        raise TrainingError(
            f"no trial in {folder} was trained to the end: "
            "give more --trials or --minutes, the search resumes"
        )
    write_whole(folder / "trials.csv", as_csv(trials))
    result = _train_best(
        folder / "best",
        settings_with(settings, best.params),
        data_dir,
        listener or Silent(),
    )
    tuned = Tuned(folder, trials, best, _own(trials, settings, space), result, settings)
    _end(tuned, plan)
    return tuned


def _begin(folder: Path, settings: Settings, space: Space, plan: TunePlan) -> None:
    """Record what is searched, before the first trial.

    Resuming with a different search is then noticed.
    """
    asked = {
        "settings": settings.as_dict(),
        "engine": plan.engine,
        "space": space_as_dict(space),
    }
    file = folder / SEARCH_FILE
    if file.exists():
        try:
            before = json.loads(file.read_text())
        except (OSError, ValueError):
            raise TrainingError(
                f"{file} cannot be read: name another --output"
            ) from None
        changed = [
            name
            for name in asked
            if before.get(name) != json.loads(json.dumps(asked[name]))
        ]
        # Trials of one search say nothing of another: they are never mixed.
        if changed:
            raise TrainingError(
                f"{folder} holds a search with another {changed[0]}: "
                "name another --output, or continue with the same settings"
            )
        return
    if folder.exists() and any(folder.iterdir()):
        raise TrainingError(f"{folder} contains something else: name another --output")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"{folder} cannot be made ({error.strerror}): name another --output"
        ) from None
    write_json(file, {"state": "searching", **asked})


def space_as_dict(space: Space) -> dict[str, Any]:
    return {
        name: {"choices": list(range_.values)}
        if isinstance(range_, Choices)
        else asdict(range_)
        for name, range_ in space.items()
    }


def _by_optuna(
    folder: Path,
    settings: Settings,
    space: Space,
    plan: TunePlan,
    data_dir: str | Path | None,
    watcher: Watcher,
) -> list[Trial]:
    storage = plan.storage or f"sqlite:///{folder.resolve()}/study.db"
    name = plan.study or folder.resolve().name
    until = time.time() + 60 * plan.minutes if plan.minutes else float("inf")
    study = optuna_engine.open_study(storage, name, settings.seed, plan.pruner)
    watcher.trials(optuna_engine.trials_of(study), plan.trials)
    job = (storage, name, settings, space, plan, data_dir, until)
    # A fork would copy TensorFlow's threads, which hang in the copy.
    context = multiprocessing.get_context("spawn")
    others = [
        context.Process(target=_other_worker, args=(*job, os.getpid()), daemon=True)
        for _ in range(plan.jobs - 1)
    ]
    for process in others:
        process.start()
    # This process is one of the workers: it searches too, and reports all trials.
    try:
        data = parts(settings, data_dir)
        optuna_engine.work(
            study,
            settings,
            space,
            data,
            plan.trials,
            until,
            lambda trials: watcher.trials(trials, plan.trials),
        )
    finally:
        for process in others:
            # When the time is up, workers have a minute to stop at their next epoch.
            process.join(None if time.time() < until else 60)
    return optuna_engine.trials_of(study)


def _other_worker(
    storage: str,
    name: str,
    settings: Settings,
    space: Space,
    plan: TunePlan,
    data_dir: str | Path | None,
    until: float,
    parent: int,
) -> None:
    study = optuna_engine.open_study(storage, name, settings.seed, plan.pruner)
    data = parts(settings, data_dir)
    optuna_engine.work(
        study,
        settings,
        space,
        data,
        plan.trials,
        until,
        lambda _: None,
        _child_of(parent),
    )


def _child_of(parent: int) -> Callable[[], bool]:
    """Whether the parent still lives; if not, a worker stops at its next epoch."""
    # A process whose parent has died gets another one.
    return lambda: os.getppid() == parent


def _by_ray(
    folder: Path,
    settings: Settings,
    space: Space,
    plan: TunePlan,
    data_dir: str | Path | None,
    watcher: Watcher,
) -> list[Trial]:
    from inkdigits.training.tuning import ray_engine

    return ray_engine.search(
        folder,
        settings,
        space,
        plan,
        data_dir,
        lambda trials: watcher.trials(trials, plan.trials),
    )


def _own(trials: list[Trial], settings: Settings, space: Space) -> Trial | None:
    params: Params | None = own_params(settings, space)
    return next(
        (
            trial
            for trial in trials
            if trial.state == "complete" and trial.params == params
        ),
        None,
    )


def _train_best(
    folder: Path, settings: Settings, data_dir: str | Path | None, listener: Listener
) -> runs.RunResult | None:
    """Train the best settings: resume a killed run, leave a finished one as it is.

    An older best run with other settings is moved aside.
    """
    if (folder / runs.RUN_FILE).exists():
        before = runs.read_run(folder)
        if before["settings"] == settings.as_dict():
            return (
                None
                if before["state"] == "finished"
                else by_name.resume(folder, listener=listener, data_dir=data_dir)
            )
        # Other settings won meanwhile: the run that was trained before is kept next to it.
        folder.replace(
            folder.with_name(f"best-before-{time.strftime('%Y%m%d-%H%M%S')}")
        )
    return by_name.train(settings, output=folder, data_dir=data_dir, listener=listener)


def _end(tuned: Tuned, plan: TunePlan) -> None:
    """Record in the search's file how it ended."""
    file = tuned.folder / SEARCH_FILE
    content = json.loads(file.read_text())
    finished = [trial for trial in tuned.trials if trial.finished]
    states = [trial.state for trial in tuned.trials]
    packages = ("inkdigits", "keras", "tensorflow-cpu", "optuna", "ray", "numpy")
    content |= {
        "state": "finished" if len(finished) >= plan.trials else "stopped",
        "trials": {state: states.count(state) for state in sorted(set(states))},
        "best": asdict(tuned.best),
        "own": asdict(tuned.own) if tuned.own else None,
        "sentence": tuned.sentence(),
        "machine": machine(),
        "versions": versions(packages),
    }
    write_json(file, content)
