"""Models on MNIST with sixteen corruptions: corruptions.json, one row for each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inkdigits.data import load
from inkdigits.evaluation.benchmark import kept
from inkdigits.evaluation.benchmark.accuracy import Plan
from inkdigits.evaluation.benchmark.entries import Entry
from inkdigits.evaluation.benchmark.runs import Listener
from inkdigits.evaluation.scoring import digest
from inkdigits.evaluation.suites import SPOILED_FRAMING, WAYS, right_share, spoiled
from inkdigits.machine import cores, machine, versions
from inkdigits.reading.classifier import Classifier, resolve_model

FILE = "corruptions.json"


def measure_spoiling(chosen: Sequence[Entry], plan: Plan, listener: Listener) -> Path:
    """Measure each recipe's first seed and the bundled model; return the file.

    Corrupted pictures are made once for all models.
    """
    path = plan.output / FILE
    models = {entry.name: plan.runs / f"{entry.name}-1" for entry in chosen}
    there = {
        name: resolve_model(folder)
        for name, folder in models.items()
        if (folder / "model.onnx").exists()
    }
    for name in models.keys() - there.keys():
        listener.said(
            f"{name} has no model at {models[name]}: inkdigits benchmark {name} trains it"
        )
    there["bundled"] = resolve_model("bundled")
    content = {**kept.load(path), "machine": machine(), "versions": versions()}
    by_model: dict[str, Any] = content.setdefault("models", {})
    for name, model in there.items():
        _begin(by_model, name, model, plan)
    for way in WAYS:
        _measure(way, there, by_model, plan, listener)
        kept.save(path, content)
    return path


def _begin(found: dict[str, Any], name: str, model: Path, plan: Plan) -> None:
    """Drop rows of another model file, number of pictures or way of framing."""
    facts = {
        "sha256": digest(model),
        "limit": plan.limit,
        "framing": SPOILED_FRAMING,
    }
    earlier = found.get(name, {})
    same = all(earlier.get(key) == value for key, value in facts.items())
    if plan.fresh or not same:
        found[name] = {**facts, "rows": []}


def _measure(
    way: str,
    models: Mapping[str, Path],
    found: dict[str, Any],
    plan: Plan,
    listener: Listener,
) -> None:
    """Corrupt the test set in one way, and measure the models without a row for it."""
    lacking = {
        name: model
        for name, model in models.items()
        if way not in [row["way"] for row in found[name]["rows"]]
    }
    if not lacking:
        return
    listener.began(f"{way}: {', '.join(lacking)}")
    test = load("mnist", split="test", data_dir=plan.data_dir).first(plan.limit)
    nets = {name: Classifier(model, cores()) for name, model in lacking.items()}
    shares: dict[str, list[float]] = {name: [] for name in nets}
    # Each strength is drawn once and shown to every model.
    for glyphs in spoiled(test.images, way):
        for name, net in nets.items():
            shares[name].append(round(right_share(net, glyphs, test.labels), 5))
    for name, values in shares.items():
        found[name]["n"] = len(test)
        found[name]["rows"].append(
            {
                "way": way,
                "mean": round(sum(values) / len(values), 5),
                "accuracies": values,
            }
        )
        listener.said(
            f"{way:14} {name:14} " + " ".join(f"{value:7.2%}" for value in values)
        )
