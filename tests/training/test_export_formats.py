"""Exports for other runtimes give onnxruntime's numbers, and a folder for the Hub says what is true and runs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

from inkdigits import errors
from inkdigits.data import load
from inkdigits.reading.classifier import BUNDLED
from inkdigits.training.backend import load_keras_module
from inkdigits.training.export import BUNDLED_NETWORKS, export
from inkdigits.training.learner import as_input
from inkdigits.training.onnx_export import facts_of, save_onnx
from inkdigits.training.tensorflow_export import litert_bytes, save_tensorflow
from training.test_onnx_export import NETS

ROOT = Path(__file__).parents[2]
Floats = npt.NDArray[np.float32]


def inputs_of(name: str) -> Floats:
    glyphs = as_input(load("digits8x8").first(60).images)
    if name == "bundled-marks":  # a page of pixels that rise and fall softly
        rows = np.tile(
            glyphs[:35, ..., 0]
            .reshape(5, 7, 28, 28)
            .transpose(0, 2, 1, 3)
            .reshape(140, 196),
            (1, 1),
        )
        return np.pad(255 - 255 * rows, ((2, 2), (6, 6)), constant_values=255)[
            None, ..., None
        ].astype(np.float32)
    if name == "bundled-glyphs":
        close = 1 - np.pad(glyphs, ((0, 0), (2, 2), (2, 2), (0, 0)))
        return np.asarray((close - close.mean()) / close.std(), np.float32)
    if name == "bundled-rows":
        strip = (
            1
            - np.pad(np.concatenate(glyphs[:9], axis=1), ((2, 2), (2, 2), (0, 0)))[None]
        )
        return np.asarray((strip - strip.mean()) / strip.std(), np.float32)
    return glyphs


def by_onnxruntime(path: Path, images: Floats, *, plainly: bool = False) -> Floats:
    """As reading does, or node by node, as ONNX says what each node gives."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if plainly:
        options.graph_optimization_level = (
            onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        )
    session = onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, {"image": images})[0], np.float32)


def by_litert(content: bytes, images: Floats) -> Floats:
    runtime = pytest.importorskip("ai_edge_litert.interpreter")
    runner = runtime.Interpreter(
        model_content=content, num_threads=1
    ).get_signature_runner()
    return np.asarray(runner(image=images)["probabilities"], np.float32)


def by_openvino(path: Path, images: Floats) -> Floats:
    openvino = pytest.importorskip("openvino")
    compiled = openvino.Core().compile_model(
        path, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    )
    return np.asarray(compiled(images)[0], np.float32)


def by_coreml(package: Path, images: Floats) -> Floats:
    import coremltools

    model = coremltools.models.MLModel(str(package))
    return np.asarray(model.predict({"image": images})["probabilities"], np.float32)


def by_tensorflow(folder: Path, images: Floats) -> Floats:
    import tensorflow

    module = tensorflow.saved_model.load(str(folder))
    return np.asarray(
        module.signatures["serving_default"](tensorflow.constant(images))[
            "probabilities"
        ],
        np.float32,
    )


def answer(format_: str, path: Path, images: Floats) -> Floats:
    if format_ == "litert":
        return by_litert(path.read_bytes(), images)
    return (
        by_openvino(path, images)
        if format_ == "openvino"
        else by_tensorflow(path, images)
    )


@pytest.mark.parametrize(
    ("format_", "ending"),
    [("litert", ".tflite"), ("saved_model", "-saved_model"), ("openvino", ".xml")],
)
def test_a_run_gives_the_same_numbers_in_each_runtime(
    run: Path, tmp_path: Path, format_: str, ending: str
) -> None:
    if format_ == "openvino":
        pytest.importorskip("openvino")
    images = inputs_of("bundled")
    path = export(run, format_, tmp_path / f"net{ending}")
    assert (
        np.abs(
            answer(format_, path, images) - by_onnxruntime(run / "model.onnx", images)
        ).max()
        < 1e-4
    )
    assert answer(format_, path, images[:1]).shape == (1, 10)


def test_what_a_file_says_of_itself_goes_along(run: Path, tmp_path: Path) -> None:
    facts = facts_of(run / "model.onnx")
    assert 0 < facts["threshold"] < 1
    beside = export(run, "litert", tmp_path / "net.tflite").with_suffix(".json")
    assert json.loads(beside.read_text()) == facts
    inside = (
        export(run / "model.keras", "saved_model", tmp_path / "saved")
        / "inkdigits.json"
    )
    assert json.loads(inside.read_text()) == facts
    openvino = pytest.importorskip("openvino")
    model = openvino.Core().read_model(export(run, "openvino", tmp_path / "net.xml"))
    assert json.loads(model.get_rt_info("inkdigits").astype(str)) == facts


@pytest.mark.parametrize("name", NETS)
def test_every_layer_that_becomes_onnx_becomes_tensorflow(
    name: str, tmp_path: Path
) -> None:
    load_keras_module().utils.set_random_seed(1)
    save_onnx(NETS[name](), tmp_path / "net.onnx", {})
    save_tensorflow(tmp_path / "net.onnx", tmp_path / "saved")
    images = np.random.default_rng(1).random((50, 28, 28, 1), np.float32)
    expected = by_onnxruntime(tmp_path / "net.onnx", images)
    assert np.abs(by_tensorflow(tmp_path / "saved", images) - expected).max() < 1e-4


def assert_as_near_as_onnxruntime_is_to_itself(
    name: str, got: Floats, images: Floats
) -> None:
    """Networks in whole numbers round between layers, and a sum between two of them falls to either side.

    So onnxruntime with its fused layers does not give what it gives node by node, nor what it gives where the contrast
    is a hundredth higher or lower, which nobody sees: no runtime can be nearer to all of them.
    """
    fused = by_onnxruntime(BUNDLED_NETWORKS[name], images)
    plain = by_onnxruntime(BUNDLED_NETWORKS[name], images, plainly=True)
    changed = [
        by_onnxruntime(BUNDLED_NETWORKS[name], images * np.float32(contrast))
        for contrast in (0.99, 1.01)
    ]
    assert got.shape == fused.shape
    apart = max(np.abs(fused - other).mean() for other in (plain, *changed))
    assert min(np.abs(got - fused).mean(), np.abs(got - plain).mean()) <= max(
        1e-4, apart
    )
    classes = slice(1, 24) if name == "bundled-marks" else slice(None)
    ours, theirs, usual = (
        scores[:, classes].argmax(axis=1) for scores in (got, plain, fused)
    )
    assert (ours == usual).mean() > (theirs == usual).mean() - 0.02


@pytest.mark.parametrize("name", BUNDLED_NETWORKS)
def test_the_bundled_networks_run_in_litert(name: str) -> None:
    images = inputs_of(name)
    got = by_litert(litert_bytes(BUNDLED_NETWORKS[name]), images)
    assert_as_near_as_onnxruntime_is_to_itself(name, got, images)


@pytest.mark.parametrize("name", BUNDLED_NETWORKS)
def test_the_bundled_networks_run_in_openvino(name: str, tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    images = inputs_of(name)
    got = by_openvino(export(Path(name), "openvino", tmp_path / "net.xml"), images)
    assert_as_near_as_onnxruntime_is_to_itself(name, got, images)


def test_a_core_ml_package_holds_the_network(run: Path, tmp_path: Path) -> None:
    """Only macOS can run it; anywhere else its specification is read back."""
    coremltools = pytest.importorskip("coremltools")
    package = export(run, "coreml", tmp_path / "net.mlpackage")
    # Written again it replaces what is there, as a file would be.
    assert export(run, "coreml", package) == package
    spec = coremltools.utils.load_spec(str(package))
    told = json.loads(spec.description.metadata.userDefined["inkdigits"])
    assert told == facts_of(run / "model.onnx")
    (given,) = spec.description.input
    (made,) = spec.description.output
    assert (given.name, made.name) == ("image", "probabilities")
    batch, *sides = given.type.multiArrayType.shapeRange.sizeRanges
    assert batch.lowerBound == 1
    assert batch.upperBound > 1000
    assert [side.upperBound for side in sides] == [28, 28, 1]
    # All weights are in it, in float32.
    kernels = [
        entry.dims
        for entry in onnx.load(run / "model.onnx").graph.initializer
        if len(entry.dims) > 1
    ]
    weights = sum(int(np.prod(sides)) for sides in kernels)
    held = package / "Data" / "com.apple.CoreML" / "weights" / "weight.bin"
    assert held.stat().st_size > 4 * weights
    if sys.platform == "darwin":
        images = inputs_of("bundled")
        expected = by_onnxruntime(run / "model.onnx", images)
        assert np.abs(by_coreml(package, images) - expected).max() < 1e-4


@pytest.mark.parametrize("name", ["bundled-marks", "bundled-rows"])
def test_the_bundled_networks_become_core_ml(name: str, tmp_path: Path) -> None:
    coremltools = pytest.importorskip("coremltools")
    package = export(Path(name), "coreml", tmp_path / "net.mlpackage")
    spec = coremltools.utils.load_spec(str(package))
    told = json.loads(spec.description.metadata.userDefined["inkdigits"])
    assert told == facts_of(BUNDLED_NETWORKS[name])


def test_a_mistake_says_the_way_out(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        errors.SettingError, match="cannot be converted to Keras: choose onnx, litert"
    ):
        export(Path("bundled"), "keras")
    with pytest.raises(errors.ModelError, match=r"there is no model at nowhere\.onnx"):
        export(Path("nowhere.onnx"), "litert")
    with pytest.raises(errors.ModelError, match="whose files are never changed"):
        export(run, "hub", run)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(errors.ModelError, match="is not empty"):
        export(run, "hub", tmp_path / "full")
    (tmp_path / "text.onnx").write_text("text")
    with pytest.raises(errors.ModelError, match="is not an ONNX file"):
        export(Path("text.onnx"), "litert")
    assert export(Path("bundled"), "onnx") == Path("bundled.onnx")
    assert Path("bundled.onnx").read_bytes() == BUNDLED.read_bytes()


def front_matter(folder: Path) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    found: dict[str, Any] = yaml.safe_load(
        (folder / "README.md").read_text().split("---\n")[1]
    )
    return found


def run_python(code: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, *code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_hub_folder_of_a_run_has_its_results_and_runs(
    run: Path, tmp_path: Path
) -> None:
    folder = export(run, "hub", tmp_path / "hub")
    metadata = front_matter(folder)
    assert {
        "license",
        "library_name",
        "pipeline_tag",
        "datasets",
        "tags",
    } <= metadata.keys()
    (entry,) = metadata["model-index"]
    (result,) = entry["results"]
    reached = json.loads((run / "run.json").read_text())["results"]["test"]
    assert result["dataset"]["args"]["n"] == reached["n"]
    assert result["metrics"] == [{"type": "accuracy", "value": reached["accuracy"]}]
    config = json.loads((folder / "config.json").read_text())
    assert config["networks"]["model.onnx"]["settings"] == facts_of(run / "model.onnx")
    assert config["networks"]["model.onnx"]["input"] == ["batch", 28, 28, 1]
    assert re.fullmatch(
        r"\d \(\d+\.\d%\)\n", run_python(["example.py", "example.png"], folder)
    )
    (code,) = re.findall(
        r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL
    )
    assert (
        run_python(["-c", f"{code}\nprint(probabilities.shape)"], folder) == "(1, 10)\n"
    )


@pytest.mark.parametrize("name", BUNDLED_NETWORKS)
def test_a_hub_folder_of_a_bundled_network_has_the_committed_results(
    name: str, tmp_path: Path
) -> None:
    folder = export(Path(name), "hub", tmp_path / "hub")
    (entry,) = front_matter(folder)["model-index"]
    shown = {
        row["dataset"]["type"]: row["metrics"][0]["value"] for row in entry["results"]
    }
    if name == "bundled":
        committed = json.loads(
            (ROOT / "benchmarks" / "results" / "bundled.json").read_text()
        )["sets"]
        assert shown["mnist"] == committed["mnist"]["accuracy"]
        assert shown["usps"] == committed["usps"]["accuracy"]
        assert {"marks.onnx", "glyphs.onnx", "marks.md", "glyphs.md"} <= {
            path.name for path in folder.iterdir()
        }
        assert run_python(["example.py"], folder).startswith("7 (")
    elif name == "bundled-marks":
        committed = json.loads(
            (ROOT / "benchmarks" / "results" / "read.json").read_text()
        )["sets"]
        assert shown["photos"] == committed["photos"]["inkdigits"]["exact"]
    assert all(0 < value <= 1 for value in shown.values())


def test_the_hubs_own_library_understands_the_card(run: Path, tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    card = hub.ModelCard.load(export(run, "hub", tmp_path / "hub") / "README.md")
    (result,) = card.data.eval_results
    assert (result.dataset_type, result.metric_type) == ("digits8x8", "accuracy")
    assert card.data.library_name == "inkdigits"
