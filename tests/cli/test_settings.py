"""Options that the command line does not say: by environment variables and by inkdigits.toml; shell completion."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from inkdigits.cli import app, choices
from inkdigits.cli.commands import settings_of


def run(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env=env, prog_name="inkdigits")
    return result.exit_code, result.output + str(result.exception or "")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_variable_gives_an_option(seven: Path, here: Path) -> None:
    assert run("predict", str(seven), env={"INKDIGITS_PREDICT_JSON": "1"})[
        1
    ].startswith('{"image"')
    assert (
        "choose text"
        in run("read", str(seven), env={"INKDIGITS_READ_FORMAT": "xml"})[1]
    )
    _, said = run("predict", str(seven), env={"INKDIGITS_PREDICT_TOP": "eleven"})
    assert "Invalid value for '--top': 'eleven'" in said


def test_a_file_gives_options_and_variables_and_the_command_line_come_first(
    seven: Path, here: Path
) -> None:
    (here / "inkdigits.toml").write_text("[predict]\ntop = 2\nmin-confidence = 0.5\n")
    assert len(run("predict", str(seven))[1].splitlines()) == 3
    assert (
        len(
            run("predict", str(seven), env={"INKDIGITS_PREDICT_TOP": "3"})[
                1
            ].splitlines()
        )
        == 4
    )
    both = run("predict", str(seven), "--top", "1", env={"INKDIGITS_PREDICT_TOP": "3"})
    assert len(both[1].splitlines()) == 2


def test_a_file_elsewhere_is_named_by_a_variable(seven: Path, here: Path) -> None:
    (here / "mine.toml").write_text("[predict]\njson = true\n")
    assert run("predict", str(seven), env={"INKDIGITS_CONFIG": "mine.toml"})[
        1
    ].startswith('{"image"')
    assert (
        "gone.toml cannot be read"
        in run("predict", str(seven), env={"INKDIGITS_CONFIG": "gone.toml"})[1]
    )


def test_an_option_that_may_be_given_again_takes_a_list_or_one(
    seven: Path, here: Path
) -> None:
    for value in ('"[a]"', '["[a]"]'):
        (here / "inkdigits.toml").write_text(f"[read]\nexpect = {value}\n")
        assert "expect is '[a]'" in run("read", str(seven))[1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "[predict]\ntpo = 2\n",
            "has tpo in [predict]: choose json, top, model, min-confidence",
        ),
        ("[perdict]\ntop = 2\n", "choose [predict], [read]"),
        ("top = 2\n", "is not a command"),
        ("[data.lists]\n", "choose [data.list]"),
        ("[predict\n", "is not valid TOML"),
        ('[predict]\ntop = "many"\n', "Invalid value for '--top'"),
    ],
)
def test_a_wrong_file_is_one_message(
    seven: Path, here: Path, content: str, said: str
) -> None:
    (here / "inkdigits.toml").write_text(content)
    status, message = run("predict", str(seven))
    assert status != 0
    assert said in message


def test_a_wrong_file_ends_a_real_command_with_one_line(
    seven: Path, here: Path
) -> None:
    (here / "inkdigits.toml").write_text("[predict]\ntpo = 2\n")
    result = subprocess.run(
        [sys.executable, "-m", "inkdigits", "predict", str(seven)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_every_option_has_a_variable_of_its_own() -> None:
    root = get_command(app)
    variables: list[str] = []
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        for inner, verb in getattr(command, "commands", {"": command}).items():
            settings = settings_of(verb)
            variables += [str(option.envvar) for option in settings.values()]
            if (name, inner) == ("read", ""):
                assert settings["format"].envvar == "INKDIGITS_READ_FORMAT"
            if (name, inner) == ("data", "get"):
                assert settings["data-dir"].envvar == "INKDIGITS_DATA_GET_DATA_DIR"
    explicit = {"INKDIGITS_DATABASE_URL", "INKDIGITS_API_KEY"}
    assert (
        len({*variables} - explicit)
        == len([name for name in variables if name not in explicit])
        > 80
    )


def test_completed_choices_are_those_of_the_tables() -> None:
    from inkdigits.batch.settings import ENGINES
    from inkdigits.batch.tables import FORMATS
    from inkdigits.outputs import KINDS
    from inkdigits.training.recipes import RECIPES
    from inkdigits.training.trackers import TRACKERS

    assert KINDS == choices.READ_FORMATS
    assert tuple(FORMATS) == choices.BATCH_FORMATS
    assert choices.BATCH_ENGINES == ENGINES
    assert set(choices.RECIPES) == set(RECIPES)
    assert tuple(TRACKERS) == choices.TRACKERS


@pytest.fixture
def path_with_inkdigits(tmp_path: Path) -> str:
    """A PATH on which `inkdigits` is the one that is tested."""
    program = tmp_path / "bin" / "inkdigits"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m inkdigits "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


BASH = """
eval "$(inkdigits completion bash)"
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _inkdigits_completion "$1"; echo "${COMPREPLY[@]}"; }
ask inkdigits pre
ask inkdigits read --only
ask inkdigits read --format h
complete -p inkdigits
"""
ZSH = """
autoload -Uz compinit && compinit -u
eval "$(inkdigits completion zsh)"
print -r -- ${_comps[inkdigits]}
_arguments() { print -r -- "$@" }
words=(inkdigits pre) CURRENT=2
_inkdigits_completion
"""
FISH = """
inkdigits completion fish | source
complete --do-complete "inkdigits pre"
complete --do-complete "inkdigits read --format h"
"""


def completed_by(shell: str, script: str, path: str, home: Path) -> list[str]:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    environment = {**os.environ, "PATH": path, "HOME": str(home), "TERM": "dumb"}
    options = {"bash": ["--norc"], "zsh": ["--no-rcs"], "fish": ["--no-config"]}[shell]
    result = subprocess.run(
        [program, *options, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_bash_completes(path_with_inkdigits: str, tmp_path: Path) -> None:
    lines = completed_by("bash", BASH, path_with_inkdigits, tmp_path)
    assert lines[:3] == ["predict", "--only-accepted", "hocr"]
    assert "default" in lines[3]  # where nothing fits, files are completed


def test_zsh_completes(path_with_inkdigits: str, tmp_path: Path) -> None:
    lines = completed_by("zsh", ZSH, path_with_inkdigits, tmp_path)
    assert lines[0] == "_inkdigits_completion"
    assert "predict" in lines[1], lines


def test_fish_completes(path_with_inkdigits: str, tmp_path: Path) -> None:
    lines = completed_by("fish", FISH, path_with_inkdigits, tmp_path)
    assert [line.split("\t")[0] for line in lines] == ["predict", "hocr"]


def test_an_unknown_shell_is_said() -> None:
    assert "choose bash, zsh, fish" in run("completion", "tcsh")[1]
