"""Each recipe, unchanged, on each Keras backend that is installed: it learns, and its ONNX file answers as Keras does."""

import pytest

from inkdigits.evaluation.benchmark import backends, entries


@pytest.mark.slow
@pytest.mark.parametrize("backend", backends.BACKENDS)
@pytest.mark.parametrize("name", [name for name, entry in entries().items() if name == entry.recipe])
def test_a_recipe_learns_on_a_backend(name: str, backend: str) -> None:
    if backend not in backends.installed():
        pytest.skip(f"{backend} is not installed: pip install {backend}")
    found = backends.try_on(backend, entries()[name])
    assert found["backend"] == backend
    assert found["losses"][-1] < found["losses"][0]
    assert found["difference"] < backends.ALIKE
