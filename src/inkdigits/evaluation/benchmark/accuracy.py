"""Accuracy of the recipes over several seeds: recipes.json, one row per seed."""

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from inkdigits.data import Dataset, load
from inkdigits.errors import SettingError
from inkdigits.evaluation.benchmark import kept
from inkdigits.evaluation.benchmark.entries import SEEDS, Entry
from inkdigits.evaluation.benchmark.rows import Row, as_dict, row_of, summary
from inkdigits.evaluation.benchmark.runs import Listener, Place, finish
from inkdigits.machine import cores
from inkdigits.training.settings import Settings

FILE = "recipes.json"


@dataclass(frozen=True)
class Plan:
    """Where runs and results go, and what differs from the recipes' own settings."""

    output: Path = Path("benchmarks/results")
    runs: Path = Path("runs/bench")
    data: str | None = None
    data_dir: Path | None = None
    epochs: int | None = None
    limit: int | None = None
    fresh: bool = False

    @property
    def others(self) -> dict[str, Any]:
        """The settings that were asked for instead of the recipe's own."""
        given = {
            "data": self.data,
            "epochs": self.epochs,
            "limit": self.limit,
        }
        return {name: value for name, value in given.items() if value is not None}

    def test_set(self) -> Dataset:
        """The test set, which is evaluated once per seed."""
        name = self.data or "mnist"
        return load(name, split="test", data_dir=self.data_dir)


def measure_recipes(
    chosen: Sequence[Entry],
    plan: Plan,
    listener: Listener,
    *,
    seeds: int = SEEDS,
    jobs: int = 1,
) -> Path:
    """Measure every recipe with `seeds` seeds, and return the path of recipes.json.

    Seeds that the file already holds are not run again. With several jobs, that many
    trainings run in parallel, each on its share of the cores.
    """
    if seeds < 1:
        raise SettingError(f"--seeds is {seeds}: give a positive number")
    places = _places(jobs)
    path = plan.output / FILE
    content = kept.load(path)
    by_recipe: dict[str, Any] = content.setdefault("recipes", {})
    for entry in chosen:
        _check_settings(entry, by_recipe, plan, path)
    test = plan.test_set()  # last: it may have to be downloaded
    for entry in chosen:
        missing = [
            seed
            for seed in range(1, seeds + 1)
            if plan.fresh or seed not in _seeds(by_recipe, entry)
        ]
        for row in _side_by_side(entry, missing, plan, test, listener, places):
            _keep(by_recipe, entry, row)
            kept.save(path, content)
            listener.said(said(entry.name, row))
    return path


def _places(jobs: int) -> list[Place]:
    """Split the cores between the jobs; a single job gets all of them."""
    if not 1 <= jobs <= cores():
        raise SettingError(
            f"--jobs is {jobs}: give a number from 1 to the number of cores, {cores()}"
        )
    if jobs == 1:
        return [Place()]
    if not hasattr(os, "sched_getaffinity"):
        raise SettingError(
            f"--jobs is {jobs}: this system cannot limit a training run to some of the cores, "
            "leave it out"
        )
    mine = sorted(os.sched_getaffinity(0))
    return [Place(cores=frozenset(mine[job::jobs])) for job in range(jobs)]


def _side_by_side(
    entry: Entry,
    seeds: Sequence[int],
    plan: Plan,
    test: Dataset,
    listener: Listener,
    places: Sequence[Place],
) -> Iterator[Row]:
    """Yield one row per seed, as each finishes.

    If one fails or is stopped, the trainings that run in parallel are ended too.
    """
    free: SimpleQueue[Place] = SimpleQueue()
    for place in places:
        free.put(place)

    def train(seed: int) -> Row:
        """Train one seed, at the first place that is free."""
        place = free.get()
        try:
            # Epochs of several seeds arrive mixed, so each must name its seed.
            told = _Named(listener, seed) if len(places) > 1 else listener
            told.began(f"{entry.name}, seed {seed}")
            row = one_seed(entry, seed, plan, test, told, place)
        finally:
            free.put(place)
        return row

    with ThreadPoolExecutor(len(places)) as pool:
        coming = [pool.submit(train, seed) for seed in seeds]
        try:
            for done in as_completed(coming):
                yield done.result()
        except BaseException:
            for waiting in coming:
                waiting.cancel()
            for place in places:
                place.close()
            raise


class _Named:
    """Names the seed of each epoch, where several trainings run in parallel."""

    def __init__(self, listener: Listener, seed: int) -> None:
        """Name the seed of each epoch; everything else is passed on unchanged."""
        self._listener = listener
        self._seed = seed
        self.began = listener.began
        self.said = listener.said

    def epoch(self, line: str) -> None:
        """Pass on an epoch's line, with its seed in front."""
        named = f"seed {self._seed}, {line}"
        self._listener.epoch(named)


def one_seed(
    entry: Entry,
    seed: int,
    plan: Plan,
    test: Dataset,
    listener: Listener,
    place: Place | None = None,
) -> Row:
    folder = plan.runs / f"{entry.name}-{seed}"
    if plan.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    options = entry.options(seed, **plan.others)
    line = entry.command(options)
    process = finish(
        line,
        entry.settings(seed, **plan.others),
        folder,
        listener,
        plan.data_dir,
        place=place,
    )
    return row_of(folder, test, process, " ".join(line))


def said(name: str, row: Row) -> str:
    whole = (
        f", {row.process_seconds:.1f} s as a process"
        if row.process_seconds is not None
        else ""
    )
    disputed = (
        f" ({row.undisputed:.2%} without the disputed labels)"
        if row.undisputed is not None
        else ""
    )
    return (
        f"{name}, seed {row.seed}: {row.accuracy:.2%}{disputed}, {row.epochs} epochs, "
        f"{row.fit_seconds:.1f} s of fit{whole}"
    )


def _seeds(found: dict[str, Any], entry: Entry) -> set[int]:
    """The seeds that a recipe was trained with so far."""
    rows = _rows(found, entry)
    return {row["seed"] for row in rows}


def _rows(found: dict[str, Any], entry: Entry) -> list[dict[str, Any]]:
    """The rows of a recipe so far."""
    of_recipe = found.get(entry.name, {})
    rows: list[dict[str, Any]] = of_recipe.get("rows", [])
    return rows


def _keep(found: dict[str, Any], entry: Entry, row: Row) -> None:
    rows = [one for one in _rows(found, entry) if one["seed"] != row.seed]
    rows = sorted([*rows, as_dict(row)], key=lambda one: one["seed"])
    found[entry.name] = {
        "recipe": entry.recipe,
        "about": entry.about,
        "summary": as_dict(summary(rows)),
        "rows": rows,
    }


def _check_settings(
    entry: Entry, found: dict[str, Any], plan: Plan, path: Path
) -> None:
    """Refuse to mix rows of different settings, or to drop them without `fresh`."""
    rows = _rows(found, entry)
    if plan.fresh:
        found.pop(entry.name, None)
        return
    for row in rows:
        wanted = entry.settings(row["seed"], **plan.others).as_dict()
        had = {**Settings().as_dict(), **row["settings"]}
        differs = [name for name in wanted if had[name] != wanted[name]]
        if differs:
            name = differs[0]
            raise SettingError(
                f"{path} has rows of {entry.name} with {name} {had[name]}, "
                f"but {wanted[name]} was requested: "
                "measure again with --fresh, or name another --output"
            )
