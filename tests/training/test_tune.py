"""A search that is really killed, really shared and really spread: on small data, with tiny nets and few trials."""

import csv
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkdigits import Reader, errors
from inkdigits.data import load
from inkdigits.training import Settings
from inkdigits.training.tuning.pictures import importance
from inkdigits.training.tuning.plan import TunePlan
from inkdigits.training.tuning.space import (
    Choices,
    Range,
    Space,
    own_params,
    read_space,
    settings_with,
    space_for,
)
from inkdigits.training.tuning.trials import Trial, best_of
from postgres import started
from waiting import PATIENCE_S, kill_when, was_killed

SPACE = """
[learning_rate]
low = 0.001
high = 0.02
log = true
[filters]
choices = ["2", [4]]
[epochs]
low = 2
high = 3
"""
COMMAND = [
    sys.executable,
    "-m",
    "inkdigits",
    "tune",
    "--data",
    "digits8x8",
    "--limit",
    "300",
    "--epochs",
    "2",
]


@pytest.fixture
def space(tmp_path: Path) -> Path:
    path = tmp_path / "space.toml"
    path.write_text(SPACE)
    return path


def finished(database: Path) -> int:
    if not database.exists():
        return 0
    with sqlite3.connect(
        f"file:{database}?mode=ro", uri=True, timeout=30
    ) as connection:
        try:
            return int(
                connection.execute(
                    "select count(*) from trials where state in ('COMPLETE', 'PRUNED')"
                ).fetchone()[0]
            )
        except sqlite3.OperationalError:
            return 0


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "trials.csv").open() as file:
        return list(csv.DictReader(file))


def settings_of(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("learning_rate", "filters", "epochs"))


@pytest.mark.slow
def test_killed_twice_it_ends_with_all_trials_and_none_twice(
    tmp_path: Path, space: Path
) -> None:
    output, wanted = tmp_path / "search", 5
    command = [
        *COMMAND,
        "--space",
        str(space),
        "--trials",
        str(wanted),
        "--output",
        str(output),
    ]
    for share in (1, 3):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

        def enough(share: int = share) -> bool:
            return finished(output / "study.db") >= share

        err = kill_when(process, enough)
        if not was_killed(process):
            assert finished(output / "study.db") == wanted, err.decode()
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    rows = rows_of(output)
    assert len(rows) == wanted
    assert {row["state"] for row in rows} <= {"complete", "pruned"}
    assert len({settings_of(row) for row in rows}) == wanted
    facts = json.loads((output / "tune.json").read_text())
    assert facts["state"] == "finished"
    assert facts["best"]["accuracy"] == max(
        float(row["val_accuracy"]) for row in rows if row["state"] == "complete"
    ) or (
        abs(
            facts["best"]["accuracy"]
            - max(
                float(row["val_accuracy"]) for row in rows if row["state"] == "complete"
            )
        )
        < 1e-5
    )
    best = json.loads((output / "best" / "run.json").read_text())
    assert best["settings"]["learning_rate"] == facts["best"]["params"]["learning_rate"]
    assert best["results"]["test"]["n"] == 360
    assert Reader(output / "best").predict_glyphs(load("digits8x8").first(3).images)[
        0
    ].digit in range(10)
    page = (output / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 2
    # Nothing is loaded from elsewhere. A picture in base64 may spell "http", but has no colon.
    assert "://" not in page
    assert "validation" in done.stdout


@pytest.fixture
def postgres() -> Iterator[str]:
    """A database on a PostgreSQL server of the test's own."""
    with started() as cluster:
        yield cluster.url()


@pytest.mark.slow
def test_two_machines_share_one_search(
    postgres: str, tmp_path: Path, space: Path
) -> None:
    """Two commands with folders of their own and one database: together just as many trials as asked for."""
    shared = [
        "--space",
        str(space),
        "--trials",
        "4",
        "--storage",
        postgres,
        "--study",
        "shared",
    ]
    folders = [tmp_path / name for name in ("one", "two")]
    both = [subprocess.Popen([*COMMAND, *shared, "--output", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for folder in folders]  # fmt: skip
    ended = [
        (process.communicate(timeout=PATIENCE_S)[1].decode(), process.returncode)
        for process in both
    ]
    assert [code for _, code in ended] == [0, 0], ended
    one, two = (rows_of(folder) for folder in folders)
    assert one == two
    assert len(one) == 4
    assert len({settings_of(row) for row in one}) == 4


ON_TWO_NODES = """
import sys, threading, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from patient_ray import two_nodes
cluster, second = two_nodes()
def lose():
    while not any(path.stat().st_size for path in Path({folder!r}).glob("ray/**/result.json")):
        time.sleep(0.05)
    cluster.remove_node(second, allow_graceful=False)
loser = threading.Thread(target=lose, daemon=True)
loser.start()
try:
    from inkdigits.cli import main
    sys.argv = ["inkdigits", *{arguments!r}, "--output", {folder!r}, "--address", cluster.address]
    main()
finally:
    import ray
    loser.join(300)
    assert len([node for node in ray.nodes() if node["Alive"]]) == 1
    ray.shutdown()
    cluster.shutdown()
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ray_on_two_nodes_gives_a_best_run_though_one_is_lost(
    tmp_path: Path, space: Path
) -> None:
    """A real cluster, and the command as a user runs it; the second node goes as soon as an epoch is done."""
    pytest.importorskip("ray")
    folder, trials = tmp_path / "search", 3
    options = [
        "--space",
        str(space),
        "--trials",
        str(trials),
        "--jobs",
        "2",
        "--engine",
        "ray",
    ]
    script = ON_TWO_NODES.format(
        tests=str(Path(__file__).parent.parent),
        folder=str(folder),
        arguments=[*COMMAND[3:], *options],
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rows = rows_of(folder)
    assert len(rows) == trials
    assert {row["state"] for row in rows} <= {"complete", "pruned"}
    assert any(row["state"] == "complete" for row in rows)
    assert (folder / "best" / "model.onnx").exists()
    assert (folder / "report.html").exists()


def test_a_space_from_a_file(space: Path) -> None:
    read = read_space(space)
    assert read == {
        "learning_rate": Range(0.001, 0.02, log=True),
        "filters": Choices(("2", "4")),
        "epochs": Range(2, 3, whole=True),
    }
    base = Settings()
    assert settings_with(base, {"filters": "2", "epochs": 3}).filters == (2,)
    assert own_params(base, read) is None
    own = own_params(base, space_for(base))
    assert own is not None
    assert settings_with(base, own) == base


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("[", "cannot be read"),
        (
            "[seed]\nlow = 1\nhigh = 2",
            "names seed: the settings that can be searched are filters",
        ),
        ("[learning_rate]\nlow = 1\nhigh = 0.1", "low < high"),
        ("[dropout]\nlow = 0.0\nhigh = 0.5\nlog = true", "log = true needs low > 0"),
        ("[optimizer]\nchoices = ['adam', 'lion']", "--optimizer is lion"),
        ("[filters]\nchoices = ['many']", "filters are 'many'"),
    ],
)
def test_a_mistake_in_a_space_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    path.write_text(text)
    with pytest.raises(errors.SettingError) as caught:
        space_for(Settings(), path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes", [{"trials": 0}, {"jobs": 0}, {"minutes": -1.0}, {"engine": "slurm"}]
)
def test_a_mistake_in_the_plan_is_an_error(changes: dict[str, object]) -> None:
    with pytest.raises(errors.SettingError, match=f"--{next(iter(changes))} is"):
        TunePlan(**changes)  # type: ignore[arg-type]


def test_the_best_is_the_most_accurate_that_was_trained_to_its_end() -> None:
    trials = [Trial(0, "complete", 0.9, 0.3, 3, 1.0, {}), Trial(1, "pruned", 0.99, 0.1, 1, 1.0, {}),
              Trial(2, "complete", 0.9, 0.2, 3, 1.0, {}), Trial(3, "running", 0.95, 0.2, 1, 1.0, {})]  # fmt: skip
    assert best_of(trials) is trials[2]
    assert best_of(trials[1:2]) is None


def test_importance_finds_what_matters() -> None:
    space: Space = {
        "learning_rate": Range(0.001, 0.1, log=True),
        "dense": Choices((16, 32)),
    }
    trials = [Trial(n, "complete", 0.5 + 0.01 * n, 0.1, 3, 1.0, {"learning_rate": 0.001 * 1.2**n, "dense": 16 + 16 * (n % 2)})
              for n in range(20)]  # fmt: skip
    weights = importance(trials, space)
    assert next(iter(weights)) == "learning_rate"
    assert importance(trials[:3], space) == {}
