"""The command line: a file per verb, each thin: parse, call, print."""

import sys

import typer

from inkdigits.cli import check, data, evaluate, export, predict, train
from inkdigits.errors import InkdigitsError

app = typer.Typer(
    name="inkdigits",
    help="Reads handwritten digits, and trains, tests and keeps the nets that do.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("predict")(predict.command)
app.command("train")(train.command)
app.command("evaluate")(evaluate.command)
app.command("export")(export.command)
app.add_typer(data.app, name="data")
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
