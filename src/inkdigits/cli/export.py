"""`inkdigits export`."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(help="A run folder, or a .keras or .h5 file.", metavar="RUN")],
    format_: Annotated[str, typer.Option("--format", help="onnx, keras or h5.")] = "onnx",
    output: Annotated[Path | None, typer.Option(help="The file to write.", show_default="beside the model")] = None,
) -> None:
    """Write a trained net in another format: ONNX for reading, Keras or HDF5 for Keras."""
    from inkdigits.training.export import export

    typer.echo(export(run, format_, output))
