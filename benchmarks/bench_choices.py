"""The experiments by which the settings of the recipes were chosen.

    make bench-choices                                           everything not measured yet
    python benchmarks/bench_choices.py "narrower, sevens" …      some of them
    python benchmarks/bench_choices.py --held chance …           held out at random, not by writers

Networks are trained on 50,000 of MNIST's 60,000 training pictures and evaluated on the other
10,000. The test set is not used. There are two figures: the number of errors on the 10,000 (noise
of ±5), and the mean log loss after temperature scaling, each with one view and with five, shifted
by one pixel. The writers of MNIST's test set are different from those of the 60,000, and so are the
10,000 held out by writers: two runs of 5,000 in the order of the file, where a writer's digits are
contiguous (tests/data/test_loading.py). The benchmark resumes after a kill; the runs are in
runs/choices. The figures: benchmarks/results/choices.json, shown in
docs/decisions/015-recipes-at-the-record.md
"""

import argparse
import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset, load, split_validation
from inkdigits.machine import cores
from inkdigits.synthesis.augment import STRENGTHS
from inkdigits.training import recipes, run
from inkdigits.training.calibration import best_temperature, tempered
from inkdigits.training.fit import Silent
from inkdigits.training.learner import as_input
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.recipes import distilled
from inkdigits.training.samples import Targets
from results_file import RESULTS, save

Shares = npt.NDArray[np.float32]

RUNS, SAID, MODEL = Path("runs/choices"), "said.npy", "model.onnx"
_SHARE, _SPLIT_SEED = 1 / 6, 7
_ROWS_OF_WRITERS = (25_000, 30_000), (55_000, 60_000)
HELD = ("writers", "chance")
_BATCH = 500
_LOOKS = (
    (0, 0),
    (-1, 0),
    (1, 0),
    (0, -1),
    (0, 1),
)  # pixels down and right; first the picture as it is
_BEST = recipes.settings_for("best")
_NARROWER = replace(_BEST, filters=(32, 64, 128), epochs=12, dropout=0.3)
_EVENLY = replace(_NARROWER, focus=0.0, epochs=6)
_TAUGHT = recipes.settings_for("distilled")  # by fives, sevens and wide
_WITHOUT = replace(_TAUGHT, dropout=0.0)
CHOICES = {
    "best": _BEST,
    "best, threes": replace(_BEST, shape="threes"),
    "narrower": _NARROWER,
    "narrower, seed 2": replace(_NARROWER, seed=2),
    "narrower, batch 256, rate 0.003": replace(
        _NARROWER, batch_size=256, learning_rate=0.003
    ),
    "narrower, rate 0.004": replace(_NARROWER, learning_rate=0.004),
    "narrower, label smoothing 0.1": replace(_NARROWER, label_smoothing=0.1),
    "narrower, sevens": replace(_NARROWER, shape="sevens"),
    "narrower, wide": replace(_NARROWER, shape="wide"),
    "narrower, threes": replace(_NARROWER, shape="threes"),
    "narrower, threes, seed 2": replace(_NARROWER, shape="threes", seed=2),
    "bends of 0.8 px": _NARROWER,
    "all of it a quarter more": _NARROWER,
    "half by other pens": _NARROWER,
    "no focus": _EVENLY,
    "no focus, sevens": replace(_EVENLY, shape="sevens"),
    "no focus, wide": replace(_EVENLY, shape="wide"),
    "distilled": _TAUGHT,
    "distilled, no dropout": _WITHOUT,
    "distilled, no dropout, all of it a quarter more": _WITHOUT,
    "distilled, no dropout, 28 epochs": replace(_WITHOUT, epochs=28),
    "distilled, no dropout, wider": replace(_WITHOUT, filters=(40, 80, 160)),
    "distilled, no dropout, sevens": replace(_WITHOUT, shape="sevens"),
    "distilled, no dropout, wide": replace(_WITHOUT, shape="wide"),
}
_ELASTIC = STRENGTHS["elastic"]
_QUARTER_MORE = replace(
    _ELASTIC, rotate_deg=15, scale=0.15, shear=0.25, shift_px=2.5, bend_px=0.75
)
STRENGTH = {  # instead of `elastic`
    "bends of 0.8 px": replace(_ELASTIC, bend_px=0.8),
    "all of it a quarter more": _QUARTER_MORE,
    "half by other pens": replace(_ELASTIC, other_pens=0.5),
    "distilled, no dropout, all of it a quarter more": _QUARTER_MORE,
}
TAUGHT_BY = "fives, sevens, wide"
TOGETHER = {
    "two seeds of fives": ("narrower", "narrower, seed 2"),
    "two seeds of threes": ("narrower, threes", "narrower, threes, seed 2"),
    "threes, fives": ("narrower, threes", "narrower"),
    "threes, fives, fives": ("narrower, threes", "narrower", "narrower, seed 2"),
    "threes, fives, threes": (
        "narrower, threes",
        "narrower, seed 2",
        "narrower, threes, seed 2",
    ),
    TAUGHT_BY: ("narrower", "narrower, sevens", "narrower, wide"),
    "two of threes, two of fives, sevens, wide": (
        "narrower, threes",
        "narrower, threes, seed 2",
        "narrower",
        "narrower, seed 2",
        "narrower, sevens",
        "narrower, wide",
    ),
    "best, its threes": ("best", "best, threes"),
    "best, its threes, a narrower threes": ("best", "best, threes", "narrower, threes"),
    "fives, sevens, wide, no focus": ("no focus", "no focus, sevens", "no focus, wide"),
    "fives, sevens, wide, taught by those": (
        "distilled, no dropout",
        "distilled, no dropout, sevens",
        "distilled, no dropout, wide",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of: {'; '.join(CHOICES)}"
    )
    parser.add_argument(
        "--held", choices=HELD, default=HELD[0], help="what is held out"
    )
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in CHOICES]
    if unknown:
        parser.error(f"there is no choice {unknown[0]!r}: {'; '.join(CHOICES)}")
    Choices(asked.held).measure(asked.names or list(CHOICES))


def held_out(how: str) -> tuple[Dataset, Dataset]:
    """What is learned from, and what is held out: by people, or by chance."""
    known = load("mnist", split="train")
    if how == "chance":
        return split_validation(known, _SHARE, _SPLIT_SEED)
    held = np.concatenate([np.arange(*row) for row in _ROWS_OF_WRITERS])
    return known.take(np.setdiff1d(np.arange(len(known)), held)), known.take(held)


class Choices:
    """The choices on one way to hold out; their trainings lie in a folder each."""

    def __init__(self, held: str) -> None:
        self._held, self._runs = held, RUNS / held
        self._training, self._out = held_out(held)

    def measure(self, names: list[str]) -> None:
        for name in names:
            if self._known().get(name, {}).get("settings") != _settings(name):
                self._measure(name)
        for name, parts in TOGETHER.items():
            if all((self._folder(part) / SAID).exists() for part in parts):
                self._keep(
                    name,
                    figures(
                        np.mean(
                            [np.load(self._folder(part) / SAID) for part in parts],
                            axis=0,
                        ),
                        self._out,
                    ),
                )

    def _measure(self, name: str) -> None:
        self._keep(name, {**self._learned(name), "settings": _settings(name)})

    def _folder(self, name: str) -> Path:
        return self._runs / name.replace(", ", "-").replace(" ", "-")

    def _known(self) -> dict[str, Any]:
        rows: dict[str, Any] = _all_known().get(self._held, {})
        return rows

    def _keep(self, name: str, row: dict[str, Any]) -> None:
        looks = [
            f"by {look} {row[look]['wrong']} wrong, log loss {row[look]['log_loss']:.4f}"
            for look in ("one", "five")
        ]
        print(f"{name}: {'; '.join(looks)}", flush=True)
        rows, order = {**self._known(), name: row}, [*CHOICES, *TOGETHER]
        known = {
            **_all_known(),
            self._held: {one: rows[one] for one in order if one in rows},
        }
        save(
            "choices",
            {
                "command": "make bench-choices",
                "held": {held: known[held] for held in HELD if held in known},
            },
        )

    def _taught(self) -> Targets:
        """What its teachers say, on the average; they learn first where they have not."""
        folders = [self._folder(name) for name in TOGETHER[TAUGHT_BY]]
        for name, folder in zip(TOGETHER[TAUGHT_BY], folders, strict=True):
            if not (folder / MODEL).exists():
                self._measure(name)
        teachers = [distilled.shares_of(folder / MODEL) for folder in folders]
        return lambda images: np.mean([says(images) for says in teachers], axis=0)

    def _learned(self, name: str) -> dict[str, Any]:
        """Trained, or gone on with; the net, and what it says of the pictures held out, lie in its folder then."""
        settings, folder = CHOICES[name], self._folder(name)
        targets = self._taught() if settings.recipe == "distilled" else None
        print(f"-- {name}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        load_before = round(os.getloadavg()[0], 1)
        STRENGTHS["elastic"] = STRENGTH.get(name, _ELASTIC)
        recipe = recipes.recipe(settings.recipe)
        data = (self._training, None, None)
        model, progress = run.learn(
            recipe, folder, settings, data, Tells(), targets=targets
        )
        ground = np.pad(self._out.images, ((0, 0), (1, 1), (1, 1)))
        looks = [
            ground[:, 1 - down :, 1 - right :][:, :28, :28] for down, right in _LOOKS
        ]
        said = np.stack(
            [
                model.predict(as_input(look), batch_size=_BATCH, verbose=0)
                for look in looks
            ]
        )
        np.save(folder / SAID, said)
        save_onnx(model, folder / MODEL, {})
        return {
            **figures(said, self._out), "epochs": settings.epochs, "parameters": int(model.count_params()),
            "seconds": round(progress.fit_seconds, 1), "cores": cores(), "load_before": load_before,
            "date": time.strftime("%Y-%m-%d"),
        }  # fmt: skip


def _settings(name: str) -> dict[str, Any]:
    return CHOICES[name].as_dict() | (
        {"strength": asdict(STRENGTH[name])} if name in STRENGTH else {}
    )


def _all_known() -> dict[str, Any]:
    file = RESULTS / "choices.json"
    found: dict[str, Any] = (
        json.loads(file.read_text())["held"] if file.exists() else {}
    )
    return found


def figures(said: Shares, held: Dataset) -> dict[str, Any]:
    """By the first look, and by the mean of all."""
    return {
        "n": len(held),
        "one": _figures(said[0], held),
        "five": _figures(said.mean(axis=0), held),
    }


def _figures(shares: Shares, held: Dataset) -> dict[str, Any]:
    sure = tempered(shares, best_temperature(shares, held.labels))[
        np.arange(len(held)), held.labels
    ]
    return {
        "wrong": int((shares.argmax(axis=1) != held.labels).sum()),
        "log_loss": round(float(-np.log(sure).mean()), 5),
    }


class Tells(Silent):
    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        print(f"   epoch {epoch}  loss {row['loss']:.4f}", flush=True)


if __name__ == "__main__":
    main()
