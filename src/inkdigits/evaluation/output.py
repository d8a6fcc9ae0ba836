"""The files of an evaluation: metrics.json, tables, pictures, report.html."""

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from inkdigits.csv_cells import rows_as_csv
from inkdigits.data.sheets import RIGHT, WRONG, sheet
from inkdigits.errors import DataError
from inkdigits.evaluation import plots, report
from inkdigits.evaluation.evaluate import Evaluation
from inkdigits.files import write_whole

# Pictures on each sheet.
_SAMPLES, _MISTAKES = 60, 100


def write_evaluation(
    evaluation: Evaluation,
    folder: Path,
    *,
    command: str = "",
    history: list[Any] | None = None,
) -> Path:
    """Write the files to `folder`, each whole or not at all.

    Returns the report's path.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        content = {**evaluation.as_dict(), "command": command}
        write_whole(
            folder / "metrics.json", json.dumps(_finite(content), indent=2) + "\n"
        )
        write_whole(folder / "per_class.csv", _per_class(evaluation))
        write_whole(folder / "mistakes.csv", _mistakes(evaluation))
        for name, picture in _sheets(evaluation).items():
            write_whole(folder / name, png(picture))
        for name, drawn in plots.draw(evaluation.metrics).items():
            write_whole(folder / name, drawn)
        return write_whole(
            folder / "report.html", report.render(evaluation, command, history)
        )
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written ({error.strerror or error}): name another --output"
        ) from None


def png(picture: Image.Image) -> bytes:
    """A picture as the bytes of a small file."""
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _finite(value: Any) -> Any:
    """Replace NaN and infinity, which JSON does not have, by null."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _sheets(evaluation: Evaluation) -> dict[str, Image.Image]:
    """Contact sheets: random samples, and the worst mistakes if there are any."""
    count = min(_SAMPLES, len(evaluation.data))
    some = np.sort(
        np.random.default_rng(0).choice(len(evaluation.data), count, replace=False)
    )
    worst = evaluation.worst(_MISTAKES)
    sheets = {"samples.png": _sheet(evaluation, some)}
    if len(worst):
        sheets["mistakes.png"] = _sheet(evaluation, worst)
    return sheets


def _sheet(evaluation: Evaluation, indices: Any) -> Image.Image:
    """Each glyph with its true and its predicted digit.

    Wrong ones are marked by colour and by (x).
    """
    captions, colours = [], []
    for index in indices:
        true = int(evaluation.data.labels[index])
        said = int(evaluation.predicted[index])
        sure = f"{evaluation.scored.confidence[index]:.0%}"
        captions.append(
            f"{true} read {sure}" if true == said else f"{true} as {said} (x) {sure}"
        )
        colours.append(RIGHT if true == said else WRONG)
    return sheet(evaluation.data.images[indices], captions, colours=colours)


def _per_class(evaluation: Evaluation) -> str:
    """Figures of each digit as CSV."""
    rows: list[tuple[object, ...]] = [("digit", "precision", "recall", "f1", "n")]
    for figures in evaluation.metrics.classes:
        row = (
            figures.digit,
            f"{figures.precision:.6f}",
            f"{figures.recall:.6f}",
            f"{figures.f1:.6f}",
            figures.n,
        )
        rows.append(row)
    return rows_as_csv(rows)


def _mistakes(evaluation: Evaluation) -> str:
    sources = evaluation.data.sources
    rows = [
        (
            index,
            sources[index] if sources else "",
            evaluation.data.labels[index],
            evaluation.predicted[index],
            f"{evaluation.scored.confidence[index]:.6f}",
        )
        for index in evaluation.worst(len(evaluation.data)).tolist()
    ]
    return rows_as_csv([("index", "file", "true", "predicted", "confidence"), *rows])
