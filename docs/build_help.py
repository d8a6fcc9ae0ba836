"""Writes docs/help.md and the schemas beside it from the code itself: `python docs/build_help.py`. A test holds them to it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.formats.json import SCHEMA
from inkdigits.forms.schema import SCHEMA as FORM_SCHEMA

PAGE = Path(__file__).parent / "help.md"
SCHEMA_PAGE = Path(__file__).parent / "read.schema.json"
FORM_SCHEMA_PAGE = Path(__file__).parent / "form.schema.json"
VERBS = [
    "",
    "predict",
    "read",
    "batch",
    "form",
    "form new",
    "form print",
    "form read",
    "table",
    "train",
    "tune",
    "evaluate",
    "benchmark",
    "export",
    "data",
    "data list",
    "data get",
    "data info",
    "data doubt",
    "data export",
    "serve",
    "check",
]


def schema() -> str:
    return json.dumps(SCHEMA, indent=2) + "\n"


def form_schema() -> str:
    return json.dumps(FORM_SCHEMA, indent=2) + "\n"


def page() -> str:
    parts = ["# The commands\n\nWritten by `python docs/build_help.py` from the commands themselves.\n"]
    for verb in VERBS:
        shown = f"inkdigits {verb} --help".replace("  ", " ")
        parts.append(f"## `{shown.removesuffix(' --help')}`\n\n```console\n$ {shown}\n{help_of(verb)}\n```\n")
    return "\n".join(parts)


def help_of(verb: str) -> str:
    result = CliRunner().invoke(app, [*verb.split(), "--help"], prog_name="inkdigits", env={"COLUMNS": "100"})
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())


if __name__ == "__main__":
    PAGE.write_text(page())
    SCHEMA_PAGE.write_text(schema())
    FORM_SCHEMA_PAGE.write_text(form_schema())
