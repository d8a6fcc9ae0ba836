"""A net read back from its ONNX file gives the file's probabilities."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from inkdigits import errors
from inkdigits.data import load
from inkdigits.reading.classifier import BUNDLED, Classifier
from inkdigits.training.bundled import net
from inkdigits.training.learner import as_input
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.onnx_import import is_quantized, load_onnx
from inkdigits.training.quantize import PROBABILITIES, glyph_batches, quantize

IMAGES = np.random.default_rng(0).integers(0, 256, (200, 28, 28)).astype(np.uint8)


@pytest.mark.parametrize("build", [net.build, net.build_residual])
def test_written_and_read_back_it_is_the_same_net(
    build: object, tmp_path: Path
) -> None:
    model = build(6)  # type: ignore[operator]
    rng = np.random.default_rng(1)
    model.set_weights(
        [rng.uniform(0.02, 0.2, weights.shape) for weights in model.get_weights()]
    )
    save_onnx(model, tmp_path / "net.onnx", {})
    again = load_onnx(tmp_path / "net.onnx")
    assert not is_quantized(tmp_path / "net.onnx")
    assert all(
        np.array_equal(one, other)
        for one, other in zip(model.get_weights(), again.get_weights(), strict=True)
    )
    assert (
        np.abs(
            again.predict(as_input(IMAGES), verbose=0)
            - model.predict(as_input(IMAGES), verbose=0)
        ).max()
        < 1e-6
    )


def test_whole_numbers_become_what_they_stand_for(tmp_path: Path) -> None:
    model = net.build(6)
    save_onnx(model, tmp_path / "net.onnx", {})
    quantize(
        tmp_path / "net.onnx",
        glyph_batches(IMAGES),
        tmp_path / "small.onnx",
        {},
        exact=PROBABILITIES,
    )
    assert is_quantized(tmp_path / "small.onnx")
    for exact, read in zip(
        model.get_weights(),
        load_onnx(tmp_path / "small.onnx").get_weights(),
        strict=True,
    ):
        assert np.abs(exact - read).max() <= np.abs(exact).max() / 63 / 2 + 1e-6


def test_what_is_added_stays_in_whole_numbers(tmp_path: Path) -> None:
    save_onnx(net.build_residual(6), tmp_path / "net.onnx", {})
    quantize(
        tmp_path / "net.onnx",
        glyph_batches(IMAGES),
        tmp_path / "small.onnx",
        {},
        exact=PROBABILITIES,
    )
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "run.onnx")
    onnxruntime.InferenceSession(
        tmp_path / "small.onnx", options, providers=["CPUExecutionProvider"]
    )
    kinds = {node.op_type for node in onnx.load(tmp_path / "run.onnx").graph.node}
    assert "QLinearAdd" in kinds
    assert not {"Add", "Sum"} & kinds


def test_the_bundled_net_gives_the_bundled_files_probabilities() -> None:
    """But for the rounding between its layers, which the file has and the net has not."""
    images = load("digits8x8").first(600).images
    said = load_onnx(BUNDLED).predict(as_input(images), verbose=0)
    filed = np.concatenate([Classifier().raw(part) for part in np.split(images, 6)])
    apart = np.abs(said - filed)
    assert apart.mean() < 0.002
    assert np.quantile(apart, 0.99) < 0.03
    sure = filed.max(axis=1) > 0.9
    assert sure.mean() > 0.9
    assert np.array_equal(said.argmax(axis=1)[sure], filed.argmax(axis=1)[sure])


def test_another_net_is_refused_in_one_line(tmp_path: Path, run: Path) -> None:
    with pytest.raises(errors.ModelError, match="cannot be trained further"):
        load_onnx(run / "model.onnx")
    (tmp_path / "text.onnx").write_text("text")
    with pytest.raises(errors.ModelError, match="is not an ONNX file"):
        load_onnx(tmp_path / "text.onnx")
