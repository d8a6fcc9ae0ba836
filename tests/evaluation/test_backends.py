"""Each recipe, unchanged, on each Keras backend that is installed: it learns, and its ONNX file answers as Keras does.

The recipes that train others, and TensorFlow, on which every other test trains, are left to `inkdigits benchmark --backends`;
INKDIGITS_BACKENDS=all asks for them here too.
"""

import os

import pytest

from inkdigits.evaluation.benchmark import backends, entries

ALL = os.environ.get("INKDIGITS_BACKENDS") == "all"
NAMES = [
    name
    for name, entry in entries().items()
    if name == entry.recipe and (ALL or name not in ("ensemble", "distilled"))
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend", [name for name in backends.BACKENDS if ALL or name != "tensorflow"]
)
def test_recipes_learn_on_a_backend(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if backend not in backends.installed():
        pytest.skip(f"{backend} is not installed: pip install {backend}")
    # JAX compiles for longer than it trains so little: it leaves out what only makes it faster.
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
    # All in one process: starting a backend takes longer than training so little.
    rows = backends.try_on(backend, [entries()[name] for name in NAMES])
    for name, found in zip(NAMES, rows, strict=True):
        assert found["backend"] == backend, name
        assert found["losses"][-1] < found["losses"][0], name
        assert found["difference"] < backends.ALIKE, name
