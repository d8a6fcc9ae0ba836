"""MNIST's download against a real server on this machine."""

import gzip
import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from idx_files import write_idx
from inkdigits import errors
from inkdigits.data import load, mnist
from waiting import PATIENCE_S

FILES = {"train-images-idx3-ubyte": (6, 28, 28), "train-labels-idx1-ubyte": (6,),
         "t10k-images-idx3-ubyte": (3, 28, 28), "t10k-labels-idx1-ubyte": (3,)}  # fmt: skip


class Handler(SimpleHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Path]]:
    """A server with small files in MNIST's place, their digests expected."""
    root = tmp_path / "mirror"
    (root / "good").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name, shape in FILES.items():
        path = write_idx(root / "good" / f"{name}.gz", rng.integers(0, 10, shape))
        monkeypatch.setitem(
            mnist.CONTENT,
            name,
            hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest(),
        )
    Handler.asked.clear()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(root))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(
        mnist, "MIRRORS", (f"http://127.0.0.1:{server.server_port}/good/",)
    )
    yield f"http://127.0.0.1:{server.server_port}", root
    server.shutdown()
    thread.join()
    server.server_close()


def test_downloaded_once_and_kept(mirror: tuple[str, Path], tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert len(load("mnist", split="train", data_dir=home)) == 6
    asked = len(Handler.asked)
    assert len(load("mnist", split="train", data_dir=home)) == 6
    assert len(Handler.asked) == asked == 2
    assert sorted(path.name for path in (home / "mnist").iterdir()) == sorted(
        f"{n}.gz" for n in FILES if "train" in n
    )


def test_a_dead_and_a_lying_mirror_are_passed_over(
    mirror: tuple[str, Path], tmp_path: Path
) -> None:
    url, root = mirror
    (root / "lying").mkdir()
    (root / "broken").mkdir()
    name = "t10k-labels-idx1-ubyte.gz"
    write_idx(root / "lying" / name, np.ones(3))
    (root / "broken" / name).write_bytes((root / "good" / name).read_bytes()[:-9])
    places = [
        "http://127.0.0.1:9/",
        f"{url}/missing",
        f"{url}/lying",
        f"{url}/broken/",
        f"{url}/good/",
    ]
    path = mnist.fetch(tmp_path / "home", name, places)
    assert mnist.checked_content(path)
    assert list((tmp_path / "home").iterdir()) == [path]


def test_no_network_is_one_line_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        mnist.MIRRORS_VARIABLE, "http://127.0.0.1:9/ http://127.0.0.1:19/"
    )
    with pytest.raises(errors.DownloadError) as caught:
        load("mnist", split="test", data_dir=tmp_path)
    assert "\n" not in str(caught.value)
    assert "by hand" in str(caught.value)
    assert not list((tmp_path / "mnist").iterdir())


def test_content_that_is_not_mnist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    write_idx(tmp_path / "mnist" / "t10k-images-idx3-ubyte.gz", np.zeros((3, 28, 28)))
    write_idx(tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz", np.zeros(3))
    with pytest.raises(errors.DataError, match="SHA-256 differs"):
        load("mnist", split="test", data_dir=tmp_path)


@pytest.mark.slow
def test_two_processes_at_once_do_no_harm(
    mirror: tuple[str, Path], tmp_path: Path
) -> None:
    url, _ = mirror
    code = (
        "import sys; from inkdigits.data import load, mnist\n"
        f"mnist.CONTENT.update({mnist.CONTENT!r})\nmnist.MIRRORS = ({url + '/good/'!r},)\n"
        "print(load('mnist', split='all', data_dir=sys.argv[1]).digest)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "home")]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    digests = {process.communicate(timeout=PATIENCE_S)[0] for process in processes}
    assert len(digests) == 1
    assert all(process.returncode == 0 for process in processes)
    assert len(list((tmp_path / "home" / "mnist").iterdir())) == 4


def test_the_real_thing_is_whole(mnist_dir: Path) -> None:
    data = load("mnist", split="all", data_dir=mnist_dir)
    assert len(data) == 70_000
    assert np.bincount(data.labels).tolist() == [
        6903,
        7877,
        6990,
        7141,
        6824,
        6313,
        6876,
        7293,
        6825,
        6958,
    ]
