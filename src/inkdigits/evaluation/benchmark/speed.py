"""Recipes interleaved with the classic one, each in its own process: speed.json."""

import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inkdigits.errors import SettingError, TrainingError
from inkdigits.evaluation.benchmark import kept
from inkdigits.evaluation.benchmark.accuracy import Plan
from inkdigits.evaluation.benchmark.entries import SEEDS, Entry, chosen
from inkdigits.evaluation.benchmark.epochs import by_epoch, fewest
from inkdigits.evaluation.benchmark.runs import Listener, facts, finish
from inkdigits.machine import machine, versions

FILE = "speed.json"
PEER = "classic"  # the recipe to compare with
MARK = 0.99  # the accuracy that both must reach
ROUNDS = 5  # interleaved, as machines are not equally fast at all times


def measure_speed(
    others: Sequence[Entry],
    plan: Plan,
    listener: Listener,
    *,
    rounds: int = ROUNDS,
    seeds: int = SEEDS,
    mark: float = MARK,
) -> Path:
    """Measure how fast recipes are compared with the classic one; return the file.

    First find the fewest epochs at which the classic recipe's mean reaches `mark`. Then
    train it and the others in rounds.
    """
    if rounds < 1 or not others:
        raise SettingError(
            f"--speed needs at least one round and one recipe other than {PEER}: "
            f"got {rounds} and {len(others)}"
        )
    path = plan.output / FILE
    content = {} if plan.fresh else kept.load(path)
    content.setdefault(
        "peer", {"recipe": PEER, "mark": mark, "epochs": None, "by_epoch": []}
    )
    content.setdefault("rounds", [])
    _find_epochs(content, plan, listener, path, seeds)
    [peer] = chosen([PEER])
    raced = [
        Entry(PEER, PEER, peer.about, {"epochs": content["peer"]["epochs"]}),
        *others,
    ]
    _check(content["rounds"], raced, path)
    for number in range(len(content["rounds"]) + 1, rounds + 1):
        row = _one_round(number, raced, plan, listener)
        content["rounds"].append(row)
        content |= {
            "summary": summary(content["rounds"]),
            "machine": machine(),
            "versions": versions(),
        }
        kept.save(path, {**content, "date": time.strftime("%Y-%m-%d")})
        listener.said(
            f"round {number}: "
            + ", ".join(
                f"{entry.name} {row[entry.name]['fit']:.2f} s of fit" for entry in raced
            )
        )
    return path


def _find_epochs(
    content: dict[str, Any], plan: Plan, listener: Listener, path: Path, seeds: int
) -> None:
    """Train the peer with enough seeds to know how many epochs it needs."""
    peer = content["peer"]
    known = {row["seed"]: row["accuracies"] for row in peer["by_epoch"]}
    if peer["epochs"] is not None and len(known) >= seeds:
        return
    [entry] = chosen([PEER])
    for seed in range(1, seeds + 1):
        if seed in known:
            continue
        listener.began(f"{PEER} epoch by epoch, seed {seed} of {seeds}")
        folder = plan.runs / "epochs" / f"{PEER}-{seed}"
        curve = by_epoch(
            entry.settings(seed, **plan.others), folder, listener, plan.data_dir
        )
        peer["by_epoch"].append({"seed": seed, "accuracies": curve})
        # Saved after every seed: each takes minutes.
        kept.save(path, content)
    curves = [row["accuracies"] for row in peer["by_epoch"]]
    peer["means"] = [round(statistics.mean(at), 6) for at in zip(*curves, strict=True)]
    peer["epochs"] = fewest(curves, peer["mark"])
    kept.save(path, content)


def _check(rounds: list[dict[str, Any]], raced: Sequence[Entry], path: Path) -> None:
    """Refuse rounds with other settings: their ratios would mean nothing."""
    for row in rounds:
        for entry in raced:
            wanted = entry.command(entry.changes)
            if row.get(entry.name, {}).get("what") != " ".join(wanted):
                raise TrainingError(
                    f"{path} has rounds without `{' '.join(wanted)}`: "
                    "measure again with --fresh, or name another --output"
                )


def _one_round(
    number: int, raced: Sequence[Entry], plan: Plan, listener: Listener
) -> dict[str, Any]:
    """Train each recipe once, with the round's number as its seed.

    The recipe that begins changes from round to round.
    """
    first = (number - 1) % len(raced)
    row: dict[str, Any] = {
        "round": number,
        "order": [entry.name for entry in [*raced[first:], *raced[:first]]],
    }
    for entry in [*raced[first:], *raced[:first]]:
        listener.began(f"round {number}: {entry.name}")
        row[entry.name] = _once(entry, number, plan, listener)
    return row


def _once(entry: Entry, seed: int, plan: Plan, listener: Listener) -> dict[str, Any]:
    folder = plan.runs / "speed" / entry.name
    shutil.rmtree(folder, ignore_errors=True)
    others = {name: value for name, value in plan.others.items() if name != "epochs"}
    process = finish(
        entry.command(entry.options(seed, **others)),
        entry.settings(seed, **others),
        folder,
        listener,
        plan.data_dir,
    )
    run = facts(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return {
        "what": " ".join(entry.command(entry.changes)),
        "epochs": run["results"]["epochs"],
        "fit": run["seconds"]["fit"],
        "process": process.seconds,
        "accuracy": run["results"]["test"]["accuracy"],
        "load_before": process.load_before,
    }


def summary(rounds: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Median seconds, and median ratios with their lowest and highest value.

    Ratios are taken within each round.
    """
    # The order changes from round to round; in the summary the peer comes first.
    names = rounds[0]["order"]
    peer_first = sorted(names, key=lambda name: name != PEER)
    return {name: _summed(name, rounds) for name in peer_first}


def _summed(name: str, rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One recipe's mean accuracy and median times over the rounds."""
    summary_: dict[str, Any] = {
        "rounds": len(rounds),
        "accuracy": statistics.mean(row[name]["accuracy"] for row in rounds),
    }
    for what in ("fit", "process"):
        ratios = [row[PEER][what] / row[name][what] for row in rounds]
        summary_[what] = statistics.median(row[name][what] for row in rounds)
        summary_[f"{what}_ratio"] = [
            round(value, 2)
            for value in (statistics.median(ratios), min(ratios), max(ratios))
        ]
    return summary_
