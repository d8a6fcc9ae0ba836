"""ONNX → Core ML for iPhones and Macs, through TensorFlow and Apple's converter.

It writes on Linux and macOS; only macOS can run what it wrote.
"""

import gc
import io
import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from inkdigits.errors import MissingExtraError, ModelError
from inkdigits.training.onnx_export import INPUT, OUTPUT, facts_of
from inkdigits.training.tensorflow_export import network_module

# Core ML needs a limit for every variable dimension. A batch, a page at its largest
# size and a line of digits are smaller.
_MOST = 4096


def save_coreml(onnx_file: Path, package: Path) -> None:
    """Write the network as an .mlpackage in float32, its calibration as metadata."""
    coremltools = _coremltools()
    function = network_module(onnx_file).run.get_concrete_function()
    sides = [
        coremltools.RangeDim(1, _MOST) if side is None else side
        for side in function.inputs[0].shape
    ]
    given = coremltools.TensorType(name=INPUT, shape=sides)
    with _quiet(), tempfile.TemporaryDirectory(dir=package.parent) as folder:
        try:
            model = coremltools.convert(
                [function],
                source="tensorflow",
                inputs=[given],
                convert_to="mlprogram",
                compute_precision=coremltools.precision.FLOAT32,
                skip_model_load=True,
            )
        except Exception as error:  # noqa: BLE001 - the converter raises errors of its own
            reason = str(error).splitlines()[0][:120]
            raise ModelError(
                f"{onnx_file} cannot be converted to Core ML ({reason})"
            ) from None
        spec = model.get_spec()
        # The converter names outputs as TensorFlow does within a graph.
        made = spec.description.output[0].name
        coremltools.utils.rename_feature(spec, made, OUTPUT)
        model = coremltools.models.MLModel(
            spec, weights_dir=model.weights_dir, skip_model_load=True
        )
        facts = json.dumps(facts_of(onnx_file), ensure_ascii=False)
        model.user_defined_metadata["inkdigits"] = facts
        whole = Path(folder) / package.name
        model.save(str(whole))
        del model
        # A package is a folder, which cannot replace another one.
        shutil.rmtree(package, ignore_errors=True)
        whole.replace(package)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide the converter's progress bars and warnings.

    Its temporary folders are closed only by the garbage collector, with warnings.
    """
    with redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


def _coremltools() -> Any:
    # Its warnings about versions mean nothing to a user.
    logging.getLogger("coremltools").setLevel(logging.ERROR)
    try:
        import coremltools
    except ImportError:
        raise MissingExtraError("writing Core ML packages", "coreml") from None
    return coremltools
