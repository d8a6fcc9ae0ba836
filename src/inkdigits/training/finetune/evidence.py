"""Accuracy before and after on every available data set: reported, but not used to choose."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inkdigits.data import load
from inkdigits.data.catalog import SETS
from inkdigits.data.loading import is_here
from inkdigits.machine import cores
from inkdigits.reading.classifier import Classifier

_FRAMED = (
    "mnist",
    "pendigits",
    "optdigits",
    "unipen",
    "swiss",
    "usps",
    "ardis",
    "semeion",
)


@dataclass(frozen=True, slots=True)
class Change:
    """The accuracy on a data set's test pictures, before and after."""

    name: str
    n: int
    before: float
    after: float


def changes(
    before: Path, after: Path, data_dir: Path | None, without: str = ""
) -> list[Change]:
    """The change on each set's test split, without the user's own source."""
    listed = []
    models = [
        Classifier(path, cores())
        for path in ((before, after) if before != after else (before,))
    ]
    for name in _FRAMED:
        if name == without or not is_here(SETS[name], data_dir):
            continue
        test = load(name, split="test", data_dir=data_dir)
        right = [
            float(
                (
                    model.scores(test.images).probabilities.argmax(axis=1)
                    == test.labels
                ).mean()
            )
            for model in models
        ]
        listed.append(Change(f"{name} test", len(test), right[0], right[-1]))
    return listed


def table(rows: list[Change]) -> list[str]:
    width = max(len(row.name) for row in rows)
    head = f"{'on':{width}}  {'n':>7}  {'before':>8}  {'after':>8}"
    return [
        head,
        *(
            f"{row.name:{width}}  {row.n:>7,}  {row.before:>8.2%}  {row.after:>8.2%}"
            for row in rows
        ),
    ]


def as_rows(rows: list[Change]) -> list[dict[str, float | int | str]]:
    """As dictionaries, for a JSON file."""
    listed: list[dict[str, float | int | str]] = []
    for row in rows:
        facts: dict[str, float | int | str] = {
            "name": row.name,
            "n": row.n,
            "before": row.before,
            "after": row.after,
        }
        listed.append(facts)
    return listed


def share_right(wrong: int, n: int) -> float:
    """The share of right answers; NaN if there are none."""
    if not n:
        return float("nan")
    share = 1 - wrong / n
    return float(np.round(share, 6))
