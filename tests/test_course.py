"""The lessons of the course: each notebook is its page, and does what it says."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

COURSE = Path(__file__).parent.parent / "docs" / "course"
LESSONS = (
    "1-pixel",
    "2-templates",
    "3-learning",
    "4-convolution",
    "5-network",
    "6-inside",
    "7-sureness",
    "8-your-seven",
)


def code_of(lesson: str) -> list[str]:
    notebook = json.loads((COURSE / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    return [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def test_each_notebook_is_written_from_its_page() -> None:
    spec = importlib.util.spec_from_file_location(
        "build_course", COURSE.parent / "build_course.py"
    )
    assert spec is not None
    assert spec.loader is not None
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    assert [page.stem for page in builder.lessons()] == list(LESSONS)
    for page in builder.lessons():
        written = page.with_suffix(".ipynb").read_text(encoding="utf-8")
        assert written == builder.notebook(page), "run python docs/build_course.py"
        assert "## Exercises" in page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def worked(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, dict[str, Any]]]:
    """The names that each lesson leaves: all in one process and one folder, so that only lesson 5 trains."""
    import matplotlib.pyplot as plt

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("course"))
        patch.setenv("INKDIGITS_NOTEBOOK", "small")
        names: dict[str, dict[str, Any]] = {}
        for lesson in LESSONS:
            names[lesson] = {}
            for number, cell in enumerate(code_of(lesson)):
                exec(compile(cell, f"{lesson}[{number}]", "exec"), names[lesson])  # noqa: S102 - our own
            plt.close("all")
        yield names


@pytest.mark.slow
def test_the_first_lessons_say_what_is_so(worked: dict[str, dict[str, Any]]) -> None:
    assert worked["1-pixel"]["accuracy"] > 0.9
    assert worked["2-templates"]["accuracy"] > 0.8
    assert worked["2-templates"]["same"] == 1
    learning = worked["3-learning"]
    assert learning["losses"][0] == pytest.approx(np.log(10))
    assert learning["losses"] == sorted(learning["losses"], reverse=True)
    assert learning["accuracy"] > worked["2-templates"]["accuracy"] - 0.05
    assert max(learning["wild"]) > 2 * learning["wild"][0]
    convolution = worked["4-convolution"]
    assert convolution["difference"] == 0
    # The same by TensorFlow's convolution.
    import keras

    given = np.asarray(convolution["picture"], np.float32)[None, ..., None]
    kernel = np.asarray(convolution["kernel"], np.float32)[..., None, None]
    maps: Any = np.asarray(keras.ops.conv(given, kernel))
    assert convolution["feature_map"] == pytest.approx(maps[0, ..., 0], abs=1e-5)


@pytest.mark.slow
def test_the_lessons_about_the_network_say_what_is_so(
    worked: dict[str, dict[str, Any]],
) -> None:
    network = worked["5-network"]["results"]
    assert len(network["history"]) == 8
    assert network["results"]["test"]["accuracy"] > 0.85
    inside = worked["6-inside"]
    assert inside["by_hand"] == pytest.approx(float(inside["first"].max()), abs=1e-4)
    sureness = worked["7-sureness"]
    confidence, right = sureness["confidence"], sureness["right"]
    assert confidence[right].mean() > confidence[~right].mean() + 0.1
    sure = confidence >= 0.95
    assert right[sure].mean() > right.mean()
    seven = worked["8-your-seven"]
    by_shift = seven["by_shift"]
    assert by_shift[0] > by_shift[4] + 0.2 > by_shift[6] + 0.2
    assert seven["prediction"].digit == 7
    rows = np.flatnonzero(seven["framed"].any(axis=1))
    assert rows[-1] - rows[0] + 1 == 20
