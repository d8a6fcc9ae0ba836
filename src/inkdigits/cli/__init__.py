"""The command line: a file per verb, each thin: parse, call, print."""

import sys
from typing import Annotated

import typer

from inkdigits._version import __version__
from inkdigits.cli import batch, benchmark, check, data, evaluate, export, form, predict, read, serve, table, train, tune
from inkdigits.errors import InkdigitsError

app = typer.Typer(
    name="inkdigits",
    help="Reads handwritten digits, and trains, tests and keeps the nets that do.",
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
    _version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version.")] = False,
) -> None:
    pass


app.command("predict")(predict.command)
app.command("read")(read.command)
app.command("batch")(batch.command)
app.add_typer(form.app, name="form")
app.command("table")(table.command)
app.command("train")(train.command)
app.command("tune")(tune.command)
app.command("evaluate")(evaluate.command)
app.command("benchmark")(benchmark.command)
app.command("export")(export.command)
app.add_typer(data.app, name="data")
app.command("serve")(serve.command)
app.command("check")(check.command)


def main() -> None:
    """Run the command line; an error the user can mend is one line on stderr and exit status 2."""
    try:
        app()
    except InkdigitsError as error:
        print(f"inkdigits: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
