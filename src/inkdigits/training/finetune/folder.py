"""The folder of a fine-tuned run: models, history, picture, card and run.json."""

import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from inkdigits.data import Dataset
from inkdigits.errors import TrainingError
from inkdigits.files import write_whole
from inkdigits.machine import machine, versions
from inkdigits.training import artefacts, curves
from inkdigits.training.backend import load_keras_module
from inkdigits.training.finetune import card
from inkdigits.training.finetune.adapt import Adapted, Plan
from inkdigits.training.finetune.evidence import as_rows
from inkdigits.training.finetune.memory import Memory
from inkdigits.training.finetune.result import FineTuned
from inkdigits.training.finetune.start import Start
from inkdigits.training.run import make_folder

KIND = "fine-tuned"


def make(output: str | Path | None) -> Path:
    path = Path(output) if output is not None else new_folder()
    make_folder(path)
    return path


def new_folder() -> Path:
    """The folder of a fine-tuned run for which none is named."""
    return Path("runs") / f"finetuned-{time.strftime('%Y%m%d-%H%M%S')}"


def save(path: Path, model: Any, onnx_file: Path, facts: dict[str, Any]) -> None:
    """Save the Keras files of the network, and the ONNX file as it was measured."""
    try:
        artefacts.save_models(path, model, facts)
        # Copied, so that it is the very file that was measured.
        shutil.copyfile(onnx_file, path / "model.onnx")
    except OSError as error:
        raise TrainingError(
            f"{path} could not be written ({error.strerror or error}): name another --output"
        ) from None


def describe(
    result: FineTuned,
    start: Start,
    own: Dataset,
    memory: Memory,
    adapted: Adapted,
    plan: Plan,
    facts: dict[str, Any],
    turns: int,
) -> None:
    """Write history.csv, curves.png, card.md, and run.json last."""
    run = {
        "state": "finished",
        "kind": KIND,
        "settings": {"recipe": KIND, **asdict(plan)},
        "from": start.name,
        "command": f"inkdigits train --from {start.name} --data {own.name} --seed {plan.seed} "
        "--output "
        f"{result.folder}",
        "better": result.verdict.better,
        "verdict": {
            **asdict(result.verdict),
            "sentence": result.verdict.sentence(),
            "turns": turns,
        },
        "mix": adapted.mix,
        "changes": as_rows(result.changes),
        "doubted": [doubt.as_dict() for doubt in result.doubted],
        "left_out": [asdict(file) for file in result.unusable],
        "data": {
            "training": {"name": own.name, "n": len(own), "sha256": own.digest},
            "practised": list(memory.sets),
            "practised_n": len(memory.images),
        },
        "calibration": {
            name: facts[name]
            for name in ("temperature", "sureness", "threshold")
            if name in facts
        },
        "seconds": {"fit": result.seconds},
        "history": adapted.history,
        "machine": machine(),
        "versions": versions(),
        "backend": load_keras_module().backend.backend(),
    }
    write_whole(result.folder / "history.csv", artefacts.history_csv(adapted.history))
    write_whole(
        result.folder / "curves.png",
        curves.draw(adapted.history, f"{start.name}, {KIND}"),
    )
    write_whole(result.folder / "card.md", card.write(run))
    artefacts.write_json(result.folder / "run.json", run)
