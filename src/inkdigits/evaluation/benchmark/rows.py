"""A seed's row: its accuracy, time and machine, and the test pictures it got wrong."""

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.data import Dataset
from inkdigits.errors import TrainingError
from inkdigits.evaluation.benchmark.runs import Process, facts
from inkdigits.evaluation.evaluate import evaluate
from inkdigits.evaluation.metrics import wilson

# Keras and the exported file may differ only where two digits are equally likely.
_ALIKE = 5e-4


@dataclass(frozen=True)
class Row:
    """The results of one seed.

    `process_seconds` is None if no single process did it all. `undisputed` is None if
    the data is not MNIST.
    """

    seed: int
    accuracy: float
    undisputed: float | None
    n: int
    epochs: int
    fit_seconds: float
    process_seconds: float | None
    parameters: int
    bytes: int
    load_before: float
    date: str
    command: str
    backend: str
    machine: dict[str, Any]
    versions: dict[str, str]
    settings: dict[str, Any]
    test_sha256: str
    wrong: list[int]


def row_of(folder: Path, test: Dataset, process: Process, command: str) -> Row:
    """The row of the finished run in this folder.

    The test set's answers are those of its model.onnx.
    """
    run = facts(folder)
    evaluation = evaluate(folder, test)
    said = run["results"].get("test", {}).get("accuracy", evaluation.metrics.accuracy)
    if abs(said - evaluation.metrics.accuracy) > _ALIKE:
        raise TrainingError(
            f"{folder}/model.onnx has an accuracy of {evaluation.metrics.accuracy:.2%}, "
            f"but the trained network has {said:.2%}: "
            "the export is broken, please report it"
        )
    model = folder / "model.onnx"
    fit = run["seconds"]["fit"]
    whole = (
        process.seconds
        if process.seconds is not None and process.seconds >= fit
        else None
    )  # else another process trained part of it
    return Row(
        seed=run["settings"]["seed"],
        accuracy=round(evaluation.metrics.accuracy, 6),
        undisputed=_rounded(evaluation.undisputed),
        n=len(test),
        epochs=run["results"]["epochs"],
        fit_seconds=fit,
        process_seconds=whole,
        parameters=run.get("parameters") or count_parameters(model),
        bytes=model.stat().st_size,
        load_before=process.load_before,
        date=time.strftime("%Y-%m-%d"),
        command=command,
        backend=run["backend"],
        machine=run["machine"],
        versions=run["versions"],
        settings=run["settings"],
        test_sha256=test.digest,
        wrong=[int(index) for index in np.flatnonzero(~evaluation.right)],
    )


def _rounded(value: float | None) -> float | None:
    """Six digits are enough for a share, and keep the files small."""
    if value is None:
        return None
    return round(value, 6)


def count_parameters(model: Path) -> int:
    """The number of weights in an ONNX network, without scalar constants."""
    import onnx

    graph = onnx.load(model).graph
    sizes = [
        math.prod(weight.dims)
        for weight in graph.initializer
        if weight.data_type == onnx.TensorProto.FLOAT
    ]
    return sum(size for size in sizes if size > 1)


@dataclass(frozen=True)
class Summary:
    """A summary of a recipe's rows."""

    n: int
    mean: float
    sd: float
    low: float
    high: float
    undisputed: float | None
    epochs: int
    parameters: int
    bytes: int
    fit_seconds: float
    process_seconds: float | None


def summary(rows: Sequence[dict[str, Any]]) -> Summary:
    """Means over the seeds; for times the lowest, which other work disturbs least.

    The interval is that of all answers together.
    """
    accuracies = [row["accuracy"] for row in rows]
    undisputed = [row["undisputed"] for row in rows if row["undisputed"] is not None]
    whole = [
        row["process_seconds"] for row in rows if row["process_seconds"] is not None
    ]
    n = sum(row["n"] for row in rows)
    low, high = wilson(round(sum(row["accuracy"] * row["n"] for row in rows)), n)
    return Summary(
        n=len(rows),
        mean=statistics.mean(accuracies),
        sd=statistics.stdev(accuracies) if len(rows) > 1 else 0.0,
        low=low,
        high=high,
        undisputed=statistics.mean(undisputed) if undisputed else None,
        epochs=rows[0]["epochs"],
        parameters=rows[0]["parameters"],
        bytes=rows[0]["bytes"],
        fit_seconds=min(row["fit_seconds"] for row in rows),
        process_seconds=min(whole, default=None),
    )


def as_dict(value: Row | Summary) -> dict[str, Any]:
    """As a dictionary, for a results file."""
    return asdict(value)
