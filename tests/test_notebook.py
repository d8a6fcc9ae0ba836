"""The notebook runs whole, from data to the picture, on a small subset."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from waiting import PATIENCE_S

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "digit_recognition.ipynb"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_notebook_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKDIGITS_NOTEBOOK", "small")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.delenv("INKDIGITS_DATA", raising=False)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        notebook,
        timeout=int(PATIENCE_S),
        kernel_name="python3",
        resources={"metadata": {"path": tmp_path}},
    ).execute()
    printed = "\n".join(
        output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    assert "the digit is 7" in printed
    assert (tmp_path / "runs" / "notebook" / "model.keras").exists()
    assert list((tmp_path / "runs" / "notebook" / "evaluation").iterdir())


def test_notebook_installs_from_the_checkout_it_lies_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cell = nbformat.read(NOTEBOOK, as_version=4).cells[2].source
    asked: list[list[str]] = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("subprocess.run", lambda command, check: asked.append(command))
    monkeypatch.chdir(NOTEBOOK.parent)
    for source in ("", "git+https://example.org/inkdigits.git", "inkdigits.whl"):
        monkeypatch.setenv("INKDIGITS_SOURCE", source)
        exec(cell, {})  # noqa: S102 - our own notebook
    wanted = [command[-1] for command in asked]
    assert wanted == [
        f"{NOTEBOOK.parent.parent}[train]",
        "inkdigits[train] @ git+https://example.org/inkdigits.git",
        "inkdigits.whl[train]",
    ]


def test_notebook_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
