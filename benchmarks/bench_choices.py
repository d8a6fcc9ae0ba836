"""What the recipes' settings are chosen by: trainings on 50,000 of MNIST's 60,000, judged by the other 10,000.

    make bench-choices                                           all that is not measured yet
    python benchmarks/bench_choices.py "narrower, sevens" …    some of them

The test set is not opened. Two figures each: how many of the 10,000 are wrong (noise of ±5), and the mean log loss after one
temperature; by one look, and by five a pixel apart. Killed, it goes on; trainings lie in runs/choices. The last figures:
benchmarks/results/choices.json, shown in docs/design-notes.md
"""

import argparse
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset, load, split_validation
from inkdigits.machine import cores
from inkdigits.training import distilled, recipes, run
from inkdigits.training.calibration import best_temperature, tempered
from inkdigits.training.fit import Silent
from inkdigits.training.learner import as_input
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.samples import Targets
from results_file import RESULTS, save

Shares = npt.NDArray[np.float32]

RUNS, SAID, MODEL = Path("runs/choices"), "said.npy", "model.onnx"
HELD_SHARE, SPLIT_SEED = 1 / 6, 7
_BATCH = 500
_LOOKS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))  # pixels down and right; first the picture as it is
_BEST = recipes.settings_for("best")
_NARROWER = replace(_BEST, filters=(32, 64, 128), epochs=12, dropout=0.3)
_EVENLY = replace(_NARROWER, focus=0.0, epochs=6)
_TAUGHT = recipes.settings_for("distilled")  # by what "three shapes" say
CHOICES = {
    "best": _BEST,
    "narrower": _NARROWER,
    "narrower, seed 2": replace(_NARROWER, seed=2),
    "narrower, batch 256, rate 0.003": replace(_NARROWER, batch_size=256, learning_rate=0.003),
    "narrower, rate 0.004": replace(_NARROWER, learning_rate=0.004),
    "narrower, label smoothing 0.1": replace(_NARROWER, label_smoothing=0.1),
    "narrower, sevens": replace(_NARROWER, shape="sevens"),
    "narrower, wide": replace(_NARROWER, shape="wide"),
    "narrower, threes": replace(_NARROWER, shape="threes"),
    "no focus": _EVENLY,
    "no focus, seed 2": replace(_EVENLY, seed=2),
    "no focus, sevens": replace(_EVENLY, shape="sevens"),
    "no focus, wide": replace(_EVENLY, shape="wide"),
    "distilled": _TAUGHT,
    "distilled, 28 epochs": replace(_TAUGHT, epochs=28),
    "distilled, wider": replace(_TAUGHT, filters=(40, 80, 160)),
    "distilled, no dropout": replace(_TAUGHT, dropout=0.0),
}
TOGETHER = {
    "two seeds of one shape": ("narrower", "narrower, seed 2"),
    "three shapes": ("narrower", "narrower, sevens", "narrower, wide"),
    "three shapes, no focus": ("no focus", "no focus, sevens", "no focus, wide"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {'; '.join(CHOICES)}")
    names = parser.parse_args().names
    unknown = [name for name in names if name not in CHOICES]
    if unknown:
        parser.error(f"there is no choice {unknown[0]!r}: {'; '.join(CHOICES)}")
    data = split_validation(load("mnist", split="train"), HELD_SHARE, SPLIT_SEED)
    for name in names or CHOICES:
        settings = CHOICES[name].as_dict()
        if _known().get(name, {}).get("settings") != settings:
            _keep(name, {**learned(name, *data), "settings": settings})
    held = data[1]
    for name, parts in TOGETHER.items():
        if all((_folder(part) / SAID).exists() for part in parts):
            _keep(name, figures(np.mean([np.load(_folder(part) / SAID) for part in parts], axis=0), held))


def _folder(name: str) -> Path:
    return RUNS / name.replace(", ", "-").replace(" ", "-")


def _known() -> dict[str, Any]:
    file = RESULTS / "choices.json"
    found: dict[str, Any] = json.loads(file.read_text())["choices"] if file.exists() else {}
    return found


def _keep(name: str, row: dict[str, Any]) -> None:
    looks = [f"by {look} {row[look]['wrong']} wrong, log loss {row[look]['log_loss']:.4f}" for look in ("one", "five")]
    print(f"{name}: {'; '.join(looks)}", flush=True)
    save("choices", {"command": "make bench-choices", "choices": {**_known(), name: row}})


def taught(*data: Dataset) -> Targets:
    """What three shapes say, on the average; they learn first where they have not."""
    names = TOGETHER["three shapes"]
    for name in names:
        if not (_folder(name) / MODEL).exists():
            learned(name, *data)
    teachers = [distilled.shares_of(_folder(name) / MODEL) for name in names]
    return lambda images: np.mean([says(images) for says in teachers], axis=0)


def learned(name: str, training: Dataset, held: Dataset) -> dict[str, Any]:
    """Trained, or gone on with; the net, and what it says of the pictures held out, lie in its folder then."""
    settings, folder = CHOICES[name], _folder(name)
    targets = taught(training, held) if settings.recipe == "distilled" else None
    print(f"-- {name}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    load_before = round(os.getloadavg()[0], 1)
    model, progress = run.learn(folder, settings, (training, None, None), Tells(), targets=targets)
    ground = np.pad(held.images, ((0, 0), (1, 1), (1, 1)))
    looks = [ground[:, 1 - down :, 1 - right :][:, :28, :28] for down, right in _LOOKS]
    said = np.stack([model.predict(as_input(look), batch_size=_BATCH, verbose=0) for look in looks])
    np.save(folder / SAID, said)
    save_onnx(model, folder / MODEL, {})
    return {
        **figures(said, held), "epochs": settings.epochs, "parameters": int(model.count_params()),
        "seconds": round(progress.fit_seconds, 1), "cores": cores(), "load_before": load_before,
        "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip


def figures(said: Shares, held: Dataset) -> dict[str, Any]:
    """By the first look, and by the mean of all."""
    return {"n": len(held), "one": _figures(said[0], held), "five": _figures(said.mean(axis=0), held)}


def _figures(shares: Shares, held: Dataset) -> dict[str, Any]:
    sure = tempered(shares, best_temperature(shares, held.labels))[np.arange(len(held)), held.labels]
    return {"wrong": int((shares.argmax(axis=1) != held.labels).sum()), "log_loss": round(float(-np.log(sure).mean()), 5)}


class Tells(Silent):
    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        print(f"   epoch {epoch}  loss {row['loss']:.4f}", flush=True)


if __name__ == "__main__":
    main()
