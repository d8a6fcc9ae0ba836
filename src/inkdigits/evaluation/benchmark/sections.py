"""The page's sections: Markdown made from results, each naming its source."""

from collections.abc import Sequence
from typing import Any

from inkdigits.evaluation.benchmark import speed
from inkdigits.evaluation.benchmark.anchors import ANCHORS
from inkdigits.evaluation.benchmark.pairs import pairs
from inkdigits.evaluation.suites import SPOILED_FRAMING, WAYS

Results = dict[str, Any]


def _table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    dashes = ["---"] * len(head)
    lines = []
    for cells in [head, dashes, *rows]:
        lines.append(f"| {' | '.join(cells)} |\n")
    return "".join(lines)


def accuracy_section(recipes: Results) -> str:
    head = [
        "recipe",
        "test accuracy",
        "n",
        "without the 15 disputed labels",
        "95 % interval",
        "epochs",
        "parameters",
        "file size",
        "training",
        "whole process",
    ]
    rows = [_accuracy_row(name, entry) for name, entry in recipes.items()]
    if not rows:
        return "## Accuracy\n\nNot measured yet: `make bench-accuracy`.\n"
    return (
        "## Accuracy\n\n"
        + _table(head, rows)
        + f"\n`make bench-accuracy`. {_where(recipes)} Accuracy is the "
        "mean ± standard deviation over the "
        "seeds. Times are the lowest over the seeds; "
        f"some were measured on a busy machine (load before a run up to {_load(recipes):.1f}). "
        "To compare speeds, see *Speed*. The time of `distilled` does not include its teacher. "
        "The whole process is timed only if it was not interrupted and trained every "
        "network itself.\n"
    )


def _load(recipes: Results) -> float:
    """The highest load of the machine before any of the trainings."""
    loads = [row["load_before"] for row in _rows(recipes)]
    return max(loads)


def _accuracy_row(name: str, entry: Results) -> list[str]:
    """The cells of one recipe."""
    s = entry["summary"]
    undisputed = f"{s['undisputed']:.3%}" if s["undisputed"] is not None else ""
    spread = f" ± {s['sd']:.3%}" if s["n"] > 1 else ""
    seeds = f"{s['n']} seeds" if s["n"] > 1 else "1 seed"
    settings = entry["rows"][0]["settings"]
    return [
        name,
        f"**{s['mean']:.3%}**{spread}",
        seeds,
        undisputed,
        f"{s['low']:.2%} to {s['high']:.2%}",
        epochs_shown(settings),
        f"{s['parameters']:,}",
        f"{s['bytes'] / 1e6:.2f} MB",
        seconds_shown(s["fit_seconds"]) + _cores(entry),
        seconds_shown(s["process_seconds"]),
    ]


def epochs_shown(settings: dict[str, Any], *, with_unit: bool = False) -> str:
    """The number of epochs as text, such as "3 × 14 over half the data".

    Each member of an ensemble has its own epochs, and some recipes draw half of the
    data for each epoch.
    """
    nets = f"{settings['members']} × " if settings["recipe"] == "ensemble" else ""
    unit = " epoch" + "s" * (settings["epochs"] > 1) if with_unit else ""
    half = " over half the data" if settings.get("focus") else ""
    return f"{nets}{settings['epochs']}{unit}{half}"


def _cores(entry: Results) -> str:
    """A note if only one core was used, as when trainings run in parallel."""
    return (
        " (1 core)" if {row["machine"]["cores"] for row in entry["rows"]} == {1} else ""
    )


def seconds_shown(value: float | None) -> str:
    """Seconds or minutes, as precise as anyone compares them."""
    if value is None:
        return "–"
    # Nobody compares tenths of a second of a training that takes minutes.
    return f"{value:.1f} s" if value < 100 else f"{value / 60:.1f} min"


def _where(recipes: Results) -> str:
    whole = all(
        row["n"] == 10_000 and row["settings"]["limit"] is None
        for row in _rows(recipes)
    )
    return f"Measured on {measured_on(recipes)}." + (
        "" if whole else " **Not all rows were trained on the whole data set.**"
    )


def measured_on(recipes: Results) -> str:
    """The machines and the versions of all rows."""
    places = sorted({_place(row["machine"]) for row in _rows(recipes)})
    packages = sorted(
        {_versions(row["versions"], row["backend"]) for row in _rows(recipes)}
    )
    return f"{'; '.join(places)}; {'; '.join(packages)}"


def _rows(recipes: Results) -> list[dict[str, Any]]:
    """The rows of all recipes."""
    rows = []
    for entry in recipes.values():
        rows += entry["rows"]
    return rows


def _place(machine: dict[str, Any]) -> str:
    """A machine in words."""
    cores = machine["cores"]
    plural = "s" if cores > 1 else ""
    return f"{machine['cpu']}, {cores} core{plural}, Python {machine['python']}"


def _versions(versions: dict[str, str], backend: str) -> str:
    """The versions of Keras and its backend."""
    # A backend's CPU-only build is a package with another name.
    candidates = ("keras", f"{backend}-cpu", backend)
    installed = [name for name in candidates if name in versions]
    return " on ".join(f"{name} {versions[name]}" for name in installed)


def anchors_section() -> str:
    rows = [
        [
            f"[{anchor.name}]({anchor.source})",
            anchor.about,
            f"{anchor.accuracy:.3%} ± {anchor.sd:.3%}",
            anchor.runs,
            f"{anchor.parameters:,}",
        ]
        for anchor in ANCHORS
    ]
    return (
        "## Published results\n\n"
        + _table(["model", "method", "accuracy", "runs", "parameters"], rows)
        + (
            "\nHigher published figures (99.87 to 99.91 %) are the best of many combinations "
            "chosen on the test set itself.\n"
        )
    )


def pairs_section(recipes: Results) -> str:
    compared = pairs(recipes)
    if not compared:
        return ""
    rows = [
        [
            pair.better,
            pair.worse,
            str(pair.seeds),
            f"{pair.only_better:.1f}",
            f"{pair.only_worse:.1f}",
            f"{pair.clear} of {pair.seeds}",
            f"{pair.p:.2g}",
        ]
        for pair in compared
    ]
    head = [
        "better",
        "worse",
        "common seeds",
        "only the better is right",
        "only the worse is right",
        "significant (p < 0.05)",
        "median p",
    ]
    return (
        "## Pairwise comparison\n\n"
        + _table(head, rows)
        + (
            "\nNumber of test pictures that only one of the two reads correctly, as "
            "a mean over the seeds, with McNemar's exact test for each seed.\n"
        )
    )


def speed_section(raced: Results) -> str:
    if not raced.get("summary"):
        return "## Speed\n\nNot measured yet: `make bench-speed`.\n"
    peer = raced["peer"]
    place = raced["machine"]
    rows = [
        [
            name,
            f"{s['accuracy']:.2%}",
            f"{s['fit']:.2f} s",
            _ratio(s["fit_ratio"], name),
            f"{s['process']:.2f} s",
            _ratio(s["process_ratio"], name),
        ]
        for name, s in raced["summary"].items()
    ]
    means = ", ".join(f"{mean:.2%}" for mean in peer["means"])
    # Shown on the page: load makes all figures worse, and not all equally.
    busy = max(
        row[name]["load_before"] for row in raced["rounds"] for name in raced["summary"]
    )
    return (
        "## Speed\n\n"
        + _table(
            [
                "recipe",
                "accuracy",
                "training",
                "speedup",
                "whole process",
                "speedup",
            ],
            rows,
        )
        + (
            f"\n`make bench-speed`: {len(raced['rounds'])} interleaved rounds, "
            "each training run in its own process. Times are medians. A speedup is the median "
            "of the ratios within each round (lowest to highest). Training time includes "
            "building, tracing and compiling. The whole process is "
            "from the start of Python to its end, "
            f"including saving the model. {peer['recipe']} trains for {peer['epochs']} epochs, "
            f"the fewest whose mean over {len(peer['by_epoch'])} seeds "
            f"reaches {peer['mark']:.1%} (by epoch: "
            f"{means}). Measured on {place['cpu']}, {place['cores']} cores; "
            f"load before a run at most {busy:g}.\n"
        )
    )


def _ratio(values: list[float], name: str) -> str:
    """The median with its range; the peer's own is 1."""
    return (
        "1"
        if name == speed.PEER
        else f"**{values[0]:.1f}** ({values[1]:.1f} to {values[2]:.1f})"
    )


def spoiling_section(found: Results) -> str:
    models: Results = found.get("models", {})
    done = {
        name: {row["way"]: row for row in model["rows"]}
        for name, model in models.items()
        if model["rows"]
    }
    if not done:
        return "## Corruptions\n\nNot measured yet: `make bench-corruptions`.\n"
    ways = list(next(iter(done.values())))
    rows = [
        [
            way,
            *(
                f"{by_way[way]['mean']:.2%}" if way in by_way else "–"
                for by_way in done.values()
            ),
        ]
        for way in ways
    ]
    rows.append(
        [
            "**mean of the sixteen**",
            *(_mean_spoiled(by_way) for by_way in done.values()),
        ]
    )
    counts = ", ".join(sorted({f"{models[name]['n']:,}" for name in done}))
    return (
        "## Corruptions\n\n"
        + _table(["corruption", *done], rows)
        + (
            f"\n`make bench-corruptions`: accuracy on MNIST's test set ({counts} pictures) "
            "under each corruption, as a mean over five severities, for the first seed of each "
            "recipe and for the bundled model. Corrupted pictures are framed again by all of "
            "their ink. No recipe was trained or chosen on them."
            + _framed_before([name for name in done if _is_framed_before(models[name])])
            + "\n\n"
            + "\n".join(_strengths(name, by_way) for name, by_way in done.items())
        )
    )


def _is_framed_before(model: Results) -> bool:
    return model.get("framing") != SPOILED_FRAMING


def _framed_before(names: Sequence[str]) -> str:
    """Which models' figures are by another framing, and cannot be compared."""
    if not names:
        return ""
    return (
        f" The figures of {', '.join(names)} are by an earlier framing "
        "([why](../docs/decisions/028-one-framing.md))."
    )


def _mean_spoiled(rows: Results) -> str:
    """The mean over all sixteen corruptions; a dash if some are missing."""
    if len(rows) != len(WAYS):
        return "–"
    means = [row["mean"] for way, row in rows.items() if way != "none"]
    mean = sum(means) / len(means)
    return f"**{mean:.2%}**"


def _strengths(name: str, rows: Results) -> str:
    """A collapsed table for one model, with one row per corruption."""
    lines = [
        [way, *(f"{share:.1%}" for share in row["accuracies"])]
        for way, row in rows.items()
        if way != "none"
    ]
    table = _table([name, *(str(strength) for strength in range(1, 6))], lines)
    return f"<details><summary>{name}, by severity</summary>\n\n{table}\n</details>\n"


def backends_section(found: Results) -> str:
    if not found.get("rows"):
        return "## Backends\n\nNot measured yet: `inkdigits benchmark --backends`.\n"
    rows = [
        [
            row["recipe"],
            _versions(row["versions"], row["backend"]),
            f"{row['losses'][0]:.3f} → {row['losses'][-1]:.3f}",
            f"{row['difference']:.1e}",
        ]
        for row in found["rows"]
    ]
    return (
        "## Backends\n\n"
        + _table(
            [
                "recipe",
                "backend",
                "loss, first and last epoch",
                "largest difference between ONNX and Keras",
            ],
            rows,
        )
        + (
            "\n`inkdigits benchmark --backends` trains each recipe unchanged on every installed "
            "backend, for a few steps on a small data set. "
            "`tests/evaluation/test_backends.py` checks it.\n"
        )
    )


def gpu_section(found: Results) -> str:
    if not found.get("rows"):
        return (
            "## On a GPU\n\nNot measured: no machine with a GPU was available. "
            "`make bench-gpu` runs the recipes if JAX or torch finds one.\n"
        )
    rows = [
        [
            row["recipe"],
            row["backend"],
            row["gpu"],
            f"{row['accuracy']:.2%}",
            f"{row['fit_seconds']:.1f} s",
            seconds_shown(row["process_seconds"]),
        ]
        for row in found["rows"]
    ]
    return (
        "## On a GPU\n\n"
        + _table(
            ["recipe", "backend", "GPU", "accuracy", "training", "whole process"], rows
        )
        + "\n`make bench-gpu`.\n"
    )
