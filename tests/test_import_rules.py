"""The import rules of docs/architecture.md: who may import whom, no cycles, and what must not load."""

import ast
import subprocess
import sys
from collections.abc import Collection
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "inkdigits"
FLOORS = {"errors": 0, "_version": 0, "files": 0, "csv_cells": 0, "machine": 0, "reading": 1, "store": 1, "formats": 2,
          "data": 2, "forms": 3, "synthesis": 3, "training": 4, "batch": 4, "evaluation": 5, "web": 5, "cli": 6,
          "frames": 3, "outputs": 3, "sklearn": 3, "watching": 1, "widget": 3, "presentation": 4}  # fmt: skip
READING_MAY = {
    "numpy",
    "PIL",
    "cv2",
    "onnxruntime",
    "pillow_heif",
    "pypdfium2_raw",
    "fsspec",
    "inkdigits",
}
FRAMEWORKS = (
    "keras",
    "tensorflow",
    "torch",
    "jax",
    "pandas",
    "matplotlib",
    "sklearn",
    "fastapi",
    "ray",
)


@cache
def parsed(file: Path) -> ast.Module:
    """Several tests look at each file."""
    return ast.parse(file.read_text())


@cache
def imports(file: Path) -> set[str]:
    """Every module a file imports, anywhere in it, but for those that only type checkers see."""
    tree = parsed(file)
    unseen = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("package", ["reading", "formats"])
def test_reading_and_formats_import_four_packages_only(package: str) -> None:
    for file in (SOURCE / package).rglob("*.py"):
        outside = (
            {name.split(".")[0] for name in imports(file)}
            - READING_MAY
            - sys.stdlib_module_names
        )
        assert not outside, f"{file.name} imports {outside}"


def test_arrows_point_down() -> None:
    for file in files():
        home = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        if home not in FLOORS:
            continue
        for name in imports(file):
            parts = name.split(".")
            if (
                parts[0] != "inkdigits"
                or len(parts) < 2
                or parts[1] == home
                or parts[1] not in FLOORS
            ):
                continue
            assert FLOORS[parts[1]] < FLOORS[home], (
                f"{file.relative_to(SOURCE)} imports {name}"
            )


def test_reading_knows_nothing_of_what_is_above_it() -> None:
    for file in (SOURCE / "reading").rglob("*.py"):
        own = {name for name in imports(file) if name.startswith("inkdigits.")}
        assert all(
            name.startswith(("inkdigits.reading", "inkdigits.errors")) for name in own
        ), f"{file.name}: {own}"


def test_the_command_line_is_thin_at_the_top() -> None:
    """What a verb needs is imported when the verb runs, so that `predict` never pays for `train`."""
    for file in (SOURCE / "cli").glob("*.py"):
        tree = parsed(file)
        top = {
            (node.module or "")
            if isinstance(node, ast.ImportFrom)
            else node.names[0].name
            for node in tree.body
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        heavy = {
            name
            for name in top
            if name.split(".")[0]
            not in sys.stdlib_module_names | {"typer", "inkdigits"}
        }
        assert not heavy, f"{file.name} imports {heavy} at the top"


def test_only_glyphs_frames() -> None:
    """Nobody else centres by mass."""
    for file in files():
        if file.name != "glyphs.py":
            assert "cv2.moments" not in file.read_text(), (
                f"{file} frames glyphs of its own"
            )


def test_no_module_imports_itself_by_a_detour() -> None:
    """Within packages too, imports inside functions and for type checkers alone included."""
    modules = {module_name(file): file for file in files()}
    graph = {
        name: imported_modules(file, modules.keys()) - {name}
        for name, file in modules.items()
    }
    cycle = a_cycle(graph)
    assert cycle is None, " imports ".join(cycle or [])


def module_name(file: Path) -> str:
    parts = ("inkdigits", *file.relative_to(SOURCE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(file: Path, modules: Collection[str]) -> set[str]:
    """Every module of ours that a file names in an import, wherever it stands in the file."""
    found: set[str] = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in modules}
        elif (
            isinstance(node, ast.ImportFrom) and node.module and node.module in modules
        ):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                # A name that is no module is something that the package's own __init__ gives.
                found.add(name if name in modules else node.module)
    return found


def a_cycle(graph: dict[str, set[str]]) -> list[str] | None:
    """The modules of a cycle in turn, the first one again at the end; or None."""
    done: set[str] = set()

    def visit(name: str, above: list[str]) -> list[str] | None:
        if name in above:
            return [*above[above.index(name) :], name]
        if name in done:
            return None
        for target in sorted(graph.get(name, ())):
            cycle = visit(target, [*above, name])
            if cycle:
                return cycle
        done.add(name)
        return None

    return next((cycle for name in sorted(graph) if (cycle := visit(name, []))), None)


def test_a_cycle_is_found_by_any_detour() -> None:
    assert a_cycle({"a": {"b"}, "b": {"c"}, "c": set()}) is None
    assert a_cycle({"a": {"b", "c"}, "b": {"c"}, "c": {"d"}, "d": {"b"}}) == [
        "b",
        "c",
        "d",
        "b",
    ]


def modules_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout
    return set(out.splitlines()[-1].split())


def loaded_after(code: str) -> set[str]:
    return {name.split(".")[0] for name in modules_after(code)}


def test_importing_inkdigits_loads_nothing_heavy() -> None:
    assert not loaded_after("import inkdigits") & {
        "numpy",
        "PIL",
        "cv2",
        "onnxruntime",
        "typer",
        "rich",
        *FRAMEWORKS,
    }


def test_one_clear_digit_is_answered_without_what_reads_rows(seven: Path) -> None:
    code = f"import inkdigits\nassert inkdigits.predict({str(seven)!r}).digit == 7"
    assert not modules_after(code) & {
        "inkdigits.reading.numbers.pages",
        "inkdigits.reading.numbers.together",
        "inkdigits.reading.numbers.patterns",
        "inkdigits.reading.marks.network",
        "inkdigits.reading.paper",
        "numpy.ma",  # numpy loads it for `np.median` and `np.percentile`
        "concurrent.futures",
    }


def test_predict_loads_nothing_it_does_not_use(seven: Path) -> None:
    code = (
        "from typer.testing import CliRunner\nfrom inkdigits.cli import app\n"
        f"assert CliRunner().invoke(app, ['predict', {str(seven)!r}]).exit_code == 0"
    )
    assert not loaded_after(code) & {
        *FRAMEWORKS,
        "pooch",
        "platformdirs",
        "requests",
        "optuna",
        "onnx",
        "h5py",
        "pyarrow",
        "fsspec",
    }
