"""`inkdigits lab`, and the lab during training (`inkdigits train --watch`)."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer


def command(
    runs: Annotated[
        Path, typer.Option(help="The folder that contains the run folders.")
    ] = Path("runs"),
    port: Annotated[
        int,
        typer.Option(
            help="The port to listen on; 0 for any free port.", min=0, max=65535
        ),
    ] = 8011,
    data_dir: Annotated[
        Path | None, typer.Option(help="The folder with the named data sets.")
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser.")
    ] = True,
    run: Annotated[str | None, typer.Option(help="Show this run first.")] = None,
) -> None:
    """Open the lab: train networks, watch and compare them, and look inside.

    The page can be reached only from this machine, with the printed URL. Training runs
    continue when the lab is stopped.
    """
    from inkdigits.errors import MissingExtraError

    try:
        from inkdigits.web.lab.server import LabSettings, serve
    except ImportError:
        raise MissingExtraError("the lab", "train,web") from None
    settings = LabSettings(runs=runs, port=port, data_dir=data_dir, first=run)
    serve(settings, say=typer.echo, opens=open_)


@contextmanager
def beside_training(run: Path) -> Iterator[None]:
    """Run the lab in a separate process during training, until Ctrl-C."""
    arguments = ["--runs", str(run.parent), "--run", run.name, "--port", "0"]
    command = [sys.executable, "-m", "inkdigits", "lab", *arguments]
    with subprocess.Popen(command) as lab:
        try:
            yield
            typer.echo("the lab stays open; Ctrl-C stops it")
            lab.wait()
        except KeyboardInterrupt:
            pass
        finally:
            lab.terminate()
