"""What several tests need."""

import os
import signal
from pathlib import Path

import pytest

import drawn_sets as drawings
from inkdigits import Reader
from inkdigits.data import mnist
from inkdigits.synthesis.drawn import as_file, draw_digit

HERE = Path(__file__).parent
# They train nets, load TensorFlow or start many processes; `make check` leaves them out with all that is marked slow.
SLOW = (
    "attack/",
    "batch/",
    "cli/test_train.py",
    "evaluation/test_backends.py",
    "evaluation/test_benchmark.py",
    "training/test_bundled.py",
    "training/test_export.py",
    "training/test_export_formats.py",
    "training/test_finetune.py",
    "training/test_keras_files.py",
    "training/test_onnx_export.py",
    "training/test_onnx_import.py",
    "training/test_recipes.py",
    "training/test_resume.py",
    "training/test_own.py",
    "training/test_run.py",
)

# Tests neither read nor write the list of fonts that the user's own programs keep: if it was made while a font could not
# be read, matplotlib warns of it from then on.
os.environ["MPLCONFIGDIR"] = str(HERE.parent / ".pytest_cache" / "matplotlib")

# What a shell runs in the background ignores Ctrl-C, and so would every program that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# They wait for nodes of Ray for minutes: begun first, they are not what all others have to wait for.
LONGEST = ("training/test_tune.py", "batch/test_on_ray.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONGEST))
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.relative_to(
            HERE
        ).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder that holds the data sets; tests that need real data skip where there is none."""
    folder = os.environ.get("INKDIGITS_DATA")
    if not folder or not (Path(folder) / "mnist").is_dir():
        pytest.skip("INKDIGITS_DATA names no folder with MNIST")
    return Path(folder)


@pytest.fixture(scope="session")
def _drawn_sets(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("drawn_sets")
    return folder, drawings.write_sets(folder)


@pytest.fixture
def drawn_sets(
    _drawn_sets: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A data folder with a small drawn set in the place of each named one, MNIST too."""
    folder, digests = _drawn_sets
    monkeypatch.setattr(mnist, "CONTENT", digests)
    return folder


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    path = tmp_path / "seven.png"
    path.write_bytes(as_file(draw_digit(7), "PNG"))
    return path


@pytest.fixture
def digit_folder(tmp_path: Path) -> Path:
    """A folder with a folder per digit, four drawn pictures in each."""
    root = tmp_path / "my_digits"
    for digit in range(10):
        (root / str(digit)).mkdir(parents=True)
        for seed in range(4):
            (root / str(digit) / f"{seed}.png").write_bytes(
                as_file(draw_digit(digit, size_px=60, seed=seed), "PNG")
            )
    return root
