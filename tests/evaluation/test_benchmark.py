"""Recipes over seeds: what is kept, what is not run twice, what the page says of it. Real trainings, on a small set."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigits import errors
from inkdigits.data import load
from inkdigits.evaluation import evaluate
from inkdigits.evaluation.benchmark import (
    Entry,
    Plan,
    chosen,
    entries,
    gpu,
    kept,
    measure_recipes,
    measure_speed,
    measure_spoiling,
    render,
)
from inkdigits.evaluation.benchmark.epochs import fewest
from inkdigits.evaluation.benchmark.pairs import pairs
from inkdigits.evaluation.benchmark.rows import count_parameters, row_of
from inkdigits.evaluation.benchmark.runs import Process
from inkdigits.evaluation.suites import WAYS, corruptions
from inkdigits.training.recipes import RECIPES
from waiting import PATIENCE_S, kill_when, was_killed

VERB = [sys.executable, "-m", "inkdigits", "benchmark"]
SMALL = ["--data", "digits8x8", "--epochs", "3"]
SMALL_ONE = [
    Entry("small", "classic", "one epoch of a small net", {"dense": 8, "epochs": 1})
]


class Heard:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def began(self, what: str) -> None:
        self.lines.append(f"began {what}")

    def epoch(self, line: str) -> None:
        self.lines.append(line)

    def said(self, line: str) -> None:
        self.lines.append(line)


def plan(folder: Path, **changes: object) -> Plan:
    return Plan(folder / "results", folder / "runs", "digits8x8", epochs=3, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmark")
    measure_recipes(chosen(["classic"]), plan(folder), Heard(), seeds=2)
    return folder


def test_a_row_a_seed_says_everything(measured: Path) -> None:
    entry = json.loads((measured / "results/recipes.json").read_text())["recipes"][
        "classic"
    ]
    first, second = entry["rows"]
    assert [first["seed"], second["seed"]] == [1, 2]
    test = load("digits8x8", split="test")
    evaluation = evaluate(measured / "runs/classic-1", test)
    assert first["wrong"] == np.flatnonzero(~evaluation.right).tolist()
    assert first["accuracy"] == pytest.approx(
        1 - len(first["wrong"]) / len(test), abs=1e-6
    )
    assert first["test_sha256"] == test.digest
    assert first["epochs"] == 3
    assert first["settings"]["validation"] == 0
    assert (
        first["command"]
        == "inkdigits train --recipe classic --seed 1 --validation 0 --data digits8x8 --epochs 3"
    )
    assert 0 < first["fit_seconds"] < first["process_seconds"]
    assert {"machine", "versions", "backend", "load_before", "date"} <= set(first)
    summary = entry["summary"]
    assert summary["n"] == 2
    assert summary["mean"] == pytest.approx(
        (first["accuracy"] + second["accuracy"]) / 2
    )
    assert summary["low"] < summary["mean"] < summary["high"]


def test_parameters_are_those_keras_counts(measured: Path) -> None:
    from inkdigits.training.keras_files import load_keras

    run = measured / "runs/classic-1"
    assert (
        count_parameters(run / "model.onnx")
        == load_keras(run / "model.keras").count_params()
    )


def test_all_is_learned_from_and_nothing_held_out(measured: Path) -> None:
    facts = json.loads((measured / "runs/classic-1/run.json").read_text())["data"]
    assert facts["training"]["n"] == len(load("digits8x8", split="train"))
    assert "validation" not in facts


def test_what_is_done_is_not_run_again(measured: Path) -> None:
    before = (measured / "results/recipes.json").read_bytes()
    heard = Heard()
    measure_recipes(chosen(["classic"]), plan(measured), heard, seeds=2)
    assert heard.lines == []
    assert (measured / "results/recipes.json").read_bytes() == before


def test_a_run_without_its_row_is_read_and_not_trained_again(
    measured: Path, tmp_path: Path
) -> None:
    there = Plan(tmp_path / "results", measured / "runs", "digits8x8", epochs=3)
    model = (measured / "runs/classic-1/model.onnx").stat().st_mtime_ns
    [row] = kept.load(measure_recipes(chosen(["classic"]), there, Heard(), seeds=1))[
        "recipes"
    ]["classic"]["rows"]
    assert (measured / "runs/classic-1/model.onnx").stat().st_mtime_ns == model
    assert row["process_seconds"] is None


def test_a_process_that_found_its_nets_trained_is_not_timed(measured: Path) -> None:
    """An ensemble's members may lie there already: then it takes less time than they took."""
    run, test = measured / "runs/classic-1", plan(measured).test_set()
    fit = row_of(run, test, Process(None, 0.0), "").fit_seconds
    assert row_of(run, test, Process(fit / 2, 0.0), "").process_seconds is None
    assert row_of(run, test, Process(fit * 2, 0.0), "").process_seconds == fit * 2


def test_rows_of_other_settings_are_never_mixed(measured: Path) -> None:
    with pytest.raises(
        errors.SettingError,
        match=r"rows of classic with epochs 3, but 2 was requested: measure again with --fresh",
    ):
        measure_recipes(
            chosen(["classic"]),
            Plan(measured / "results", measured / "runs", "digits8x8", epochs=2),
            Heard(),
            seeds=3,
        )
    with pytest.raises(
        errors.TrainingError,
        match=r"classic-1 contains a run with other settings: remove it with --fresh",
    ):
        measure_recipes(
            chosen(["classic"]),
            Plan(measured / "other", measured / "runs", "digits8x8", epochs=2),
            Heard(),
            seeds=1,
        )


def test_a_broken_results_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results/recipes.json").write_text("{")
    with pytest.raises(errors.TrainingError, match=r"recipes\.json cannot be read"):
        measure_recipes(chosen(["classic"]), plan(tmp_path), Heard(), seeds=1)


def test_the_page_is_drawn_of_the_results(measured: Path) -> None:
    page = render(measured / "results", measured / "README.md").read_text()
    summary = kept.load(measured / "results/recipes.json")["recipes"]["classic"][
        "summary"
    ]
    assert (
        f"| classic | **{summary['mean']:.3%}** ± {summary['sd']:.3%} | 2 seeds |"
        in page
    )
    assert "Not measured yet: `make bench-speed`" in page
    for name in ("accuracy-seconds.svg", "accuracy-parameters.svg"):
        svg = (measured / name).read_text()
        assert f"classic {summary['mean']:.2%}" in svg
        assert "ensemble of 15 99.745%" in svg
        assert f"]({name})" in page
    (measured / "README.md").write_text(
        f"{page}\n<!-- other figures -->\nwritten by others\n"
    )
    again = {
        name: (measured / name).read_bytes()
        for name in ("README.md", "accuracy-seconds.svg")
    }
    render(measured / "results", measured / "README.md")
    assert again == {name: (measured / name).read_bytes() for name in again}


def test_the_results_file_has_a_row_a_line(measured: Path) -> None:
    lines = (measured / "results/recipes.json").read_text().splitlines()
    assert sum('"wrong": ' in line for line in lines) == 2


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one round of the classic recipe and a small one, and of the epochs before."""
    folder = tmp_path_factory.mktemp("speed")
    measure_speed(SMALL_ONE, plan(folder), Heard(), rounds=1, seeds=1, mark=0.3)
    return folder


@pytest.mark.slow
def test_speed_is_measured_interleaved(raced: Path) -> None:
    found = kept.load(raced / "results/speed.json")
    [curve] = found["peer"]["by_epoch"]
    assert found["peer"]["epochs"] == fewest([curve["accuracies"]], 0.3)
    assert len(curve["accuracies"]) == 3
    [row] = found["rounds"]
    assert row["order"] == ["classic", "small"]
    assert row["classic"]["epochs"] == found["peer"]["epochs"]
    assert (
        row["small"]["what"] == "inkdigits train --recipe classic --dense 8 --epochs 1"
    )
    for name in row["order"]:
        assert 0 < row[name]["fit"] < row[name]["process"]
    ratio = row["classic"]["fit"] / row["small"]["fit"]
    assert found["summary"]["small"]["fit_ratio"] == pytest.approx(
        [ratio] * 3, abs=0.006
    )
    assert (
        "1 interleaved rounds"
        in render(raced / "results", raced / "README.md").read_text()
    )
    other = [Entry("small", "classic", "", {"dense": 9, "epochs": 1})]
    with pytest.raises(
        errors.TrainingError,
        match=r"speed\.json has rounds without .*--dense 9.*: measure again with --fresh",
    ):
        measure_speed(other, plan(raced), Heard(), rounds=2, seeds=1, mark=0.3)


@pytest.mark.slow
def test_the_last_epoch_seen_is_the_run_s_own(measured: Path, raced: Path) -> None:
    """What the witness sees after the last epoch is what the run itself reads at its end.

    Both trained the same: the peer of a race is the classic recipe with its first seed.
    """
    [seen] = kept.load(raced / "results/speed.json")["peer"]["by_epoch"]
    curve = seen["accuracies"]
    run = json.loads((measured / "runs/classic-1/run.json").read_text())
    assert (seen["seed"], len(curve)) == (1, run["settings"]["epochs"])
    assert curve[-1] == pytest.approx(run["results"]["test"]["accuracy"], abs=1e-6)
    assert curve[0] != curve[1]


def test_the_fewest_epochs_are_those_of_the_mean() -> None:
    assert fewest([[0.98, 0.991, 0.99], [0.97, 0.988, 0.992]], 0.99) == 3
    assert fewest([[0.99, 0.5]], 0.99) == 1
    with pytest.raises(
        errors.TrainingError,
        match=r"no epoch of 2 reaches 99\.0%, the best mean is 98\.50%",
    ):
        fewest([[0.98, 0.985]], 0.99)


def test_pairs_count_what_only_one_has_right() -> None:
    def entry(mean: float, *wrong: set[int]) -> dict[str, object]:
        rows = [
            {"seed": seed, "test_sha256": "x", "wrong": sorted(ids)}
            for seed, ids in enumerate(wrong, 1)
        ]
        return {"summary": {"mean": mean}, "rows": rows}

    found = pairs(
        {"a": entry(0.98, {1, 2, 3}, {4}), "b": entry(0.99, {3}, {4, 5}, {6})}
    )
    [pair] = found
    assert (pair.better, pair.worse, pair.seeds) == ("b", "a", 2)
    assert (pair.only_better, pair.only_worse) == (1.0, 0.5)
    assert pair.clear == 0
    many = pairs({"a": entry(0.9, set(range(20))), "b": entry(0.99, set())})
    assert many[0].clear == 1
    assert many[0].p == pytest.approx(2 / 2**20)


def test_every_recipe_of_mnist_is_measured() -> None:
    assert set(RECIPES) - {"bundled"} <= set(entries())
    with pytest.raises(
        errors.SettingError,
        match="there is no recipe 'bundled' to measure: choose classic",
    ):
        chosen(["bundled"])


@pytest.mark.slow
def test_killed_it_goes_on(measured: Path, tmp_path: Path) -> None:
    """Killed in the middle of a seed, the same command keeps the seeds before it and ends with that seed's unbroken weights."""
    unbroken = kept.load(measured / "results/recipes.json")
    [_, wanted] = unbroken["recipes"]["classic"]["rows"]
    unbroken["recipes"]["classic"]["rows"].pop()
    kept.save(tmp_path / "results/recipes.json", unbroken)
    command = [
        *VERB,
        "classic",
        "--seeds",
        "2",
        *SMALL,
        "--output",
        str(tmp_path / "results"),
        "--runs",
        str(tmp_path / "runs"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    kill_when(process, lambda: any(tmp_path.glob("runs/classic-2/checkpoints/epoch-*")))
    killed = was_killed(process)
    if killed:
        assert [row["seed"] for row in rows_of(tmp_path)] == [1]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    assert "classic, seed 1" not in done.stdout
    [_, row] = rows_of(tmp_path)
    assert (row["process_seconds"] is None) == killed
    assert row["wrong"] == wanted["wrong"]


@pytest.mark.slow
@pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="a single core has no shares"
)
def test_trainings_side_by_side_each_have_their_cores(tmp_path: Path) -> None:
    heard = Heard()
    measure_recipes(chosen(["classic"]), plan(tmp_path), heard, seeds=2, jobs=2)
    rows = rows_of(tmp_path)
    assert [row["seed"] for row in rows] == [1, 2]
    shares = [row["machine"]["cores"] for row in rows]
    assert sum(shares) == len(os.sched_getaffinity(0))
    assert {
        line.split(",")[0]
        for line in heard.lines
        if "epoch" in line and line.startswith("seed")
    } == {"seed 1", "seed 2"}


@pytest.mark.slow
@pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="a single core has no shares"
)
def test_where_one_of_several_fails_the_others_end_and_go_on_later(
    tmp_path: Path,
) -> None:
    (tmp_path / "runs/classic-1").mkdir(parents=True)
    (tmp_path / "runs/classic-1/mine.txt").write_text("something of the user's")
    long = Plan(tmp_path / "results", tmp_path / "runs", "digits8x8", epochs=2000)
    with pytest.raises(errors.TrainingError, match="classic-1 exists already"):
        measure_recipes(chosen(["classic"]), long, Heard(), seeds=3, jobs=2)
    beside = tmp_path / "runs/classic-2/run.json"
    assert not beside.exists() or json.loads(beside.read_text())["state"] != "finished"
    assert not (tmp_path / "runs/classic-3").exists()


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return kept.load(folder / "results/recipes.json")["recipes"]["classic"]["rows"]


def test_only_its_own_page_is_written_and_only_where_asked(
    measured: Path, tmp_path: Path
) -> None:
    """In a user's folder README.md is the user's."""
    (tmp_path / "README.md").write_text("# Mine\n")
    shutil.copytree(measured / "results", tmp_path / "results")
    verb = [*VERB, "classic", "--seeds", "2", *SMALL, "--output", "results"]

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*verb, *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    assert run().stdout == "written: results/recipes.json\n"
    for option in ("--render", "--draw"):
        refused = run(option)
        assert refused.returncode == 2
        assert (
            "README.md is not a page of inkdigits benchmark: name another --page"
            in refused.stderr
        )
    assert (tmp_path / "README.md").read_text() == "# Mine\n"
    for _ in range(2):
        assert run("--page", "page.md").stdout == "written: page.md\n"
    assert "| classic |" in (tmp_path / "page.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "there is no recipe 'nothing' to measure: choose classic"),
        (["classic", "--seeds", "0"], "--seeds is 0: give a positive number"),
        (
            ["classic", "--jobs", "0"],
            "--jobs is 0: give a number from 1 to the number of cores",
        ),
        (
            ["--speed", "--corruptions"],
            "--speed and --corruptions are separate measurements",
        ),
        (["classic", "--speed", "--rounds", "0"], "--speed needs at least one round"),
        (["classic", "--gpu"], "neither JAX nor torch finds a GPU on this machine"),
        (
            ["classic", "--data", "nowhere"],
            "there is no data set, folder or file 'nowhere'",
        ),
        (["--draw", "--output", "/proc/none/results"], "could not be written"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    """It is found before anything is downloaded."""
    nowhere = "http://127.0.0.1:9"
    offline = {
        "INKDIGITS_DATA": str(tmp_path / "data"),
        "http_proxy": nowhere,
        "https_proxy": nowhere,
    }
    done = subprocess.run([*VERB, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path,
                          timeout=PATIENCE_S, env={**os.environ, **offline})  # fmt: skip
    assert done.returncode == 2, done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


@pytest.mark.slow
def test_on_a_gpu_the_backend_and_its_name_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any processor will do for the way there: only what looks for a GPU is told that it sees one."""
    pytest.importorskip("jax")
    # JAX compiles for longer than it trains so little: it leaves out what only makes it faster.
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
    monkeypatch.setattr(gpu, "gpus", lambda: {"jax": "a GPU of the test's"})
    there = Plan(
        tmp_path / "results", tmp_path / "runs", "digits8x8", epochs=1, limit=200
    )
    [row] = kept.load(gpu.measure_gpu(chosen(["classic"]), there, Heard()))["rows"]
    assert (row["recipe"], row["backend"], row["gpu"], row["seed"]) == (
        "classic",
        "jax",
        "a GPU of the test's",
        1,
    )
    assert (
        json.loads((tmp_path / "runs/jax/classic-1/run.json").read_text())["backend"]
        == "jax"
    )
    heard = Heard()
    gpu.measure_gpu(chosen(["classic"]), there, heard)
    assert heard.lines == []
    page = render(tmp_path / "results", tmp_path / "README.md").read_text()
    assert "| classic | jax | a GPU of the test's |" in page


def test_spoiled_pictures_are_shown_to_every_model(
    drawn_sets: Path, measured: Path
) -> None:
    there, heard = (
        Plan(measured / "results", measured / "runs", data_dir=drawn_sets, limit=40),
        Heard(),
    )
    models = kept.load(measure_spoiling(chosen(["classic"]), there, heard))["models"]
    assert list(models) == ["classic", "bundled"]
    for model in models.values():
        assert model["n"] == 40
        assert [row["way"] for row in model["rows"]] == list(WAYS)
        assert all(
            len(row["accuracies"]) == (1 if row["way"] == "none" else 5)
            for row in model["rows"]
        )
    for row, wanted in zip(
        models["bundled"]["rows"], corruptions("bundled", drawn_sets, 40), strict=True
    ):
        assert row["accuracies"] == pytest.approx(wanted.accuracies, abs=1e-5)
    again = Heard()
    measure_spoiling(chosen(["classic"]), there, again)
    assert again.lines == []
    page = render(measured / "results", measured / "README.md").read_text()
    assert "| corruption | classic | bundled |" in page
    assert "| zigzag | " in page


def test_a_training_that_fails_says_why_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "runs/classic-1").mkdir(parents=True)
    (tmp_path / "runs/classic-1/mine.txt").write_text("something of the user's")
    with pytest.raises(
        errors.TrainingError,
        match=r"inkdigits train --recipe classic .* failed: .*classic-1 exists already",
    ):
        measure_recipes(chosen(["classic"]), plan(tmp_path), Heard(), seeds=1)
