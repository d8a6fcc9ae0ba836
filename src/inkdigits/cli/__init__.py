"""The command line: one thin module per verb that parses, calls and prints."""

import sys
from typing import Annotated

import typer

from inkdigits._version import __version__
from inkdigits.cli import (
    batch,
    benchmark,
    check,
    completion,
    data,
    evaluate,
    export,
    form,
    lab,
    predict,
    read,
    serve,
    table,
    train,
    tune,
)
from inkdigits.cli.commands import PROGRAM, Verb, Verbs, configured
from inkdigits.errors import InkdigitsError

app = typer.Typer(
    name=PROGRAM,
    cls=Verbs,
    help="Read handwritten digits and numbers. Train, evaluate and export networks.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"inkdigits {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    context.default_map = configured(context.command)


app.command("predict", cls=Verb)(predict.command)
app.command("read", cls=Verb)(read.command)
app.command("batch", cls=Verb)(batch.command)
app.add_typer(form.app, name="form")
app.command("table", cls=Verb)(table.command)
app.command("train", cls=Verb)(train.command)
app.command("tune", cls=Verb)(tune.command)
app.command("evaluate", cls=Verb)(evaluate.command)
app.command("benchmark", cls=Verb)(benchmark.command)
app.command("export", cls=Verb)(export.command)
app.add_typer(data.app, name="data")
app.command("serve", cls=Verb)(serve.command)
app.command("lab", cls=Verb)(lab.command)
app.command("check", cls=Verb)(check.command)
app.command("completion", cls=Verb)(completion.command)


def main() -> None:
    """Run the command line.

    An error that the user can fix prints one line to stderr; the exit status is 2.
    """
    try:
        app(prog_name=PROGRAM)
    except InkdigitsError as error:
        print(f"inkdigits: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
