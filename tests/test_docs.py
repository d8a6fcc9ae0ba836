"""What the docs say is held to what the code does."""

import hashlib
import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from inkdigits import __version__
from inkdigits.cli import app
from inkdigits.evaluation.benchmark.entries import entries
from inkdigits.training.recipes import RECIPES
from inkdigits.training.settings import Settings

ROOT = Path(__file__).parent.parent


def load_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        pytest.fail(f"no script at {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def results(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (ROOT / "benchmarks" / "results" / f"{name}.json").read_text()
    )[name]
    return found


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [
        ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()
    ]


def test_help_page_is_what_the_commands_say() -> None:
    builder = load_script(ROOT / "docs" / "build_help.py")
    assert (ROOT / "docs" / "help.md").read_text() == builder.page(), (
        "run: python docs/build_help.py"
    )
    assert (ROOT / "docs" / "read.schema.json").read_text() == builder.schema(), (
        "run: python docs/build_help.py"
    )
    assert (ROOT / "docs" / "form.schema.json").read_text() == builder.form_schema(), (
        "run: python docs/build_help.py"
    )


def test_the_columns_are_those_of_the_tables() -> None:
    builder = load_script(ROOT / "docs" / "build_outputs.py")
    assert (ROOT / "docs" / "outputs.md").read_text() == builder.page(), (
        "run: python docs/build_outputs.py"
    )


def test_examples_in_the_help_print_what_they_say(tmp_path: Path) -> None:
    """The quick ones are run again; figures, and how sure the networks are, may have changed since."""
    builder = load_script(ROOT / "docs" / "build_help.py")
    kept = json.loads(builder.EXAMPLES_FILE.read_text())
    assert {
        verb: example["command"] for verb, example in kept.items()
    } == builder.EXAMPLES
    builder.prepare(tmp_path)
    for verb in builder.QUICK:
        printed = builder.output_of(verb, tmp_path)
        assert without_figures(printed) == without_figures(kept[verb]["output"]), (
            f"run: python docs/build_help.py --record {verb}"
        )


# What the networks decide: figures, bars, and whether a digit is accepted.
DECIDED = re.compile(r"not sure|none|probably not a digit; if it is one|[\d.,%?█ -]+")


def without_figures(text: str) -> list[str]:
    plain = (" ".join(DECIDED.sub(" ", line).split()) for line in text.splitlines())
    return [line for line in plain if line]


def test_the_readme_prints_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of how sure it is may have changed since; what is read may not."""
    monkeypatch.chdir(ROOT)
    examples = re.findall(
        r"<!-- output -->\n```console\n\$ inkdigits (.*)\n((?:.*\n)+?)```",
        (ROOT / "README.md").read_text(),
    )
    assert [command.split()[0] for command, _ in examples] == ["read", "predict"]
    for command, shown in examples:
        printed = (
            CliRunner().invoke(app, command.split(), catch_exceptions=False).output
        )
        assert without_percentages(printed) == without_percentages(shown), (
            f"README.md: inkdigits {command}"
        )


def without_percentages(text: str) -> str:
    return re.sub(r"█+| +|\d+\.\d+ %", " ", text)


def test_all_figures_that_are_shown_are_those_of_the_results_files() -> None:
    files = load_script(ROOT / "benchmarks" / "render.py").files()
    for name in (
        "README.md",
        "benchmarks/README.md",
        "docs/decisions/015-recipes-at-the-record.md",
        "docs/expectations.md",
        "docs/forms.md",
        "docs/scale.md",
    ):
        assert ROOT / name in files
    for file, text in files.items():
        assert file.read_text() == text, (
            f"{file.relative_to(ROOT)}: run: python benchmarks/render.py"
        )


def test_each_recipe_has_its_figures_at_its_head() -> None:
    for name, entry in results("recipes").items():
        if name in RECIPES:
            head = (
                (ROOT / "src" / "inkdigits" / "training" / "recipes" / f"{name}.py")
                .read_text()
                .split('"""')[1]
            )
            assert f"Measured: {entry['summary']['mean']:.3%}" in head
            assert f"{len(entry['rows'])} seeds" in head


def test_the_card_is_that_of_the_model_beside_it() -> None:
    model = ROOT / "src" / "inkdigits" / "reading" / "models"
    for file in model.glob("*.onnx"):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert digest in file.with_suffix(".md").read_text()
        assert file.stat().st_size <= 2_000_000


def test_the_figures_of_a_recipe_are_of_the_settings_it_has() -> None:
    for name, entry in results("recipes").items():
        for row in entry["rows"]:
            assert Settings.from_dict(row["settings"]) == entries()[name].settings(
                row["seed"]
            ), f"{name}, seed {row['seed']}"


def test_changelog_has_this_version_on_top() -> None:
    versions = re.findall(
        r"^## (\S+) - \d{4}-\d\d-\d\d$",
        (ROOT / "CHANGELOG.md").read_text(),
        re.MULTILINE,
    )
    assert versions[0] == __version__


def test_locks_carry_hashes_and_name_no_host() -> None:
    for name in ("core.lock", "dev.lock"):
        text = (ROOT / "requirements" / name).read_text()
        assert "://" not in text
        pins = re.findall(r"^([\w.\-\[\]]+)==\S+", text, re.MULTILINE)
        assert len(pins) > 10
        assert text.count("--hash=sha256:") >= len(pins)


def test_core_lock_is_part_of_the_dev_lock() -> None:
    pins = [
        set(
            re.findall(
                r"^([\w.\-]+==\S+)",
                (ROOT / "requirements" / name).read_text(),
                re.MULTILINE,
            )
        )
        for name in ("core.lock", "dev.lock")
    ]
    assert pins[0] <= pins[1]


def test_links_in_the_docs_lead_somewhere() -> None:
    pages = [path for path in tracked_files() if path.suffix == ".md"]
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not dead


def test_what_is_expected_is_shown_by_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "expectations.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 20
    for file, name in named:
        assert f"\ndef {name or 'test_'}" in (ROOT / file).read_text(
            encoding="utf-8"
        ), (file, name)


def test_no_data_set_and_no_large_file_is_committed() -> None:
    large = [
        str(path.relative_to(ROOT))
        for path in tracked_files()
        if path.stat().st_size > (6_000_000 if path.suffix == ".npz" else 2_000_000)
    ]
    assert not large
    # Weights from which a training goes on are no data set; they leave the tree when the network is final.
    data = [
        path for path in tracked_files() if path.suffix in {".npz", ".gz", ".parquet"}
    ]
    assert [path.relative_to(ROOT).as_posix() for path in data] in (
        [],
        [
            f"training-state/{name}.npz"
            for name in ("glyphs", "marks", "rows", "rows_closer")
        ],
    )
