"""Exports are new files that plain Keras opens and goes on with; a run's own stay as they were trained."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from inkdigits import Reader, errors
from inkdigits.data import load
from inkdigits.training.backend import load_keras_module
from inkdigits.training.export import export


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


@pytest.mark.parametrize("format_", ["onnx", "keras", "h5"])
def test_a_run_is_exported_beside_itself_and_stays_as_it_is(
    run: Path, format_: str
) -> None:
    before = digests(run)
    path = export(run, format_)
    assert path == run.parent / f"run.{format_}"
    assert digests(run) == before
    assert path.read_bytes() == (run / f"model.{format_}").read_bytes()
    with pytest.raises(
        errors.ModelError, match="exists already: name the new file with --output"
    ):
        export(run, format_)
    path.unlink()


def test_nothing_is_written_into_a_run(run: Path, tmp_path: Path) -> None:
    before = digests(run)
    for output in (run / "model.h5", run / "other.h5"):
        with pytest.raises(errors.ModelError, match="whose files are never changed"):
            export(run, "h5", output)
    assert export(run / "model.keras", "h5", tmp_path / "own.h5") == tmp_path / "own.h5"
    beside = export(run / "model.keras", "h5")
    assert beside == run.parent / "run.h5"
    beside.unlink()
    assert digests(run) == before


@pytest.mark.filterwarnings("ignore:Skipping variable loading for optimizer")
@pytest.mark.parametrize("format_", ["keras", "h5"])
@pytest.mark.parametrize("source", ["", "model.keras", "model.h5"])
def test_plain_keras_goes_on_with_an_export(
    run: Path, tmp_path: Path, source: str, format_: str
) -> None:
    """Without compiling it again."""
    keras = load_keras_module()
    model = keras.models.load_model(
        export(run / source, format_, tmp_path / f"net.{format_}")
    )
    data = load("digits8x8").first(64)
    images = (data.images / 255.0).astype(np.float32)[..., None]
    _, accuracy = model.evaluate(images, data.labels, verbose=0)
    answers = [answer.digit for answer in Reader(run).predict_glyphs(data.images)]
    assert accuracy == pytest.approx(
        float((np.array(answers) == data.labels).mean()), abs=0.02
    )


def test_the_run_one_stands_in_is_exported_beside_it(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run)
    path = export(Path(), "onnx")
    assert path.resolve() == run.parent / "run.onnx"
    path.unlink()
