"""The Ray engine on a real cluster of two nodes on this machine."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batch_files import batch, filled, rows
from patient_ray import two_nodes
from waiting import PATIENCE_S, wait_until

pytest.importorskip("ray.cluster_utils")
pytestmark = pytest.mark.slow
PICTURES = 120


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    cluster, second = two_nodes()
    cluster.second = second
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("many"), PICTURES)


@pytest.fixture(scope="module")
def local(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("local") / "out"
    assert batch(many, "--output", out, "--shard", 4).returncode == 0
    return out


def test_two_nodes_give_the_rows_of_one_machine_though_one_is_killed(
    cluster: Any, many: Path, local: Path, tmp_path: Path
) -> None:
    """Killed as soon as a first unit is done; where the batch was quicker still, its rows must be right all the same."""
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "batch",
        str(many),
        "--output",
        str(tmp_path / "out"),
        "--shard",
        "4",
    ]
    driver = subprocess.Popen(
        [*command, "--engine", "ray", "--address", cluster.address],
        stderr=subprocess.PIPE,
        text=True,
    )
    done = tmp_path / "out" / "pictures"
    wait_until(
        lambda: driver.poll() is not None or any(done.glob("pictures-*")),
        "the batch has done a unit",
    )
    cluster.remove_node(cluster.second, allow_graceful=False)
    _, said = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 0, said
    assert rows(tmp_path / "out") == rows(local)
    assert rows(tmp_path / "out", "errors") == rows(local, "errors")


def test_an_address_without_a_cluster_is_one_line(many: Path, tmp_path: Path) -> None:
    result = batch(
        many,
        "--output",
        tmp_path / "out",
        "--engine",
        "ray",
        "--address",
        "127.0.0.1:9",
    )
    assert result.returncode == 2
    assert "there is no Ray cluster at 127.0.0.1:9" in result.stderr
