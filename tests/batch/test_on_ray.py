"""The Ray engine on a real cluster of two nodes on this machine."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batch_files import batch, filled, rows

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
ray_cluster = pytest.importorskip("ray.cluster_utils")
pytestmark = pytest.mark.slow
PICTURES = 120
STORE_BYTES = 80 * 1024 * 1024


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    node = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    cluster = ray_cluster.Cluster(initialize_head=True, head_node_args=node)
    cluster.second = cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
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


def test_two_nodes_give_the_rows_of_one_machine(cluster: Any, many: Path, local: Path, tmp_path: Path) -> None:
    result = batch(many, "--output", tmp_path / "out", "--shard", 4, "--engine", "ray", "--address", cluster.address)
    assert result.returncode == 0, result.stderr
    assert rows(tmp_path / "out") == rows(local)
    assert rows(tmp_path / "out", "errors") == rows(local, "errors")


def test_a_node_killed_in_mid_run_costs_nothing(cluster: Any, many: Path, local: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inkdigits", "batch", str(many), "--output", str(tmp_path / "out"), "--shard", "4"]
    driver = subprocess.Popen([*command, "--engine", "ray", "--address", cluster.address], stderr=subprocess.PIPE, text=True)
    while driver.poll() is None and len(list((tmp_path / "out" / "pictures").glob("pictures-*"))) < 4:
        time.sleep(0.02)
    assert driver.poll() is None, "the batch ended before the node was killed"
    cluster.remove_node(cluster.second, allow_graceful=False)
    _, said = driver.communicate(timeout=200)
    assert driver.returncode == 0, said
    assert rows(tmp_path / "out") == rows(local)
    assert rows(tmp_path / "out", "errors") == rows(local, "errors")


def test_an_address_without_a_cluster_is_one_line(many: Path, tmp_path: Path) -> None:
    result = batch(many, "--output", tmp_path / "out", "--engine", "ray", "--address", "127.0.0.1:9")
    assert result.returncode == 2
    assert "there is no Ray cluster at 127.0.0.1:9" in result.stderr
