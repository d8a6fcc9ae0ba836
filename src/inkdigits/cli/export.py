"""`inkdigits export`."""

from pathlib import Path
from typing import Annotated

import typer

from inkdigits.cli import choices

_Run = typer.Argument(
    help="A run folder, a .keras, .h5 or .onnx file; "
    "or bundled, bundled-marks, bundled-glyphs or bundled-rows.",
    metavar="RUN",
)
_Folder = typer.Argument(
    help="For web, lab, hub and saved_model: the folder to write; "
    "for web alone, with the bundled model.",
    metavar="[DIR]",
)


def command(
    run: Annotated[Path, _Run],
    folder: Annotated[Path | None, _Folder] = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            help="onnx, keras, h5, litert, saved_model, openvino, coreml, "
            "hub (a folder for the Hugging Face Hub), web or lab.",
            autocompletion=choices.completing(choices.EXPORT_FORMATS),
        ),
    ] = "onnx",
    output: Annotated[
        Path | None,
        typer.Option(
            help="The file or folder to write.", show_default="next to the run or model"
        ),
    ] = None,
    engine: Annotated[
        Path | None,
        typer.Option(
            help="For web and lab: a folder with the npm packages, such as node_modules.",
            show_default="downloaded with npm, then cached",
        ),
    ] = None,
) -> None:
    """Export a network to another format, or as a web page.

    --format web writes a page that reads numbers without a server. --format lab
    writes a page that shows every layer of the network while you draw.

    The output is always a new file: the files of a run are not changed.
    """
    if format_ == "web":
        return _web(run, folder or output, engine)
    if format_ == "lab":
        return _lab(run, folder or output, engine)
    from inkdigits.errors import SettingError
    from inkdigits.training.export import FORMATS, export

    takes_folder = FORMATS.get(format_) == ""
    if engine is not None or (folder is not None and not takes_folder):
        raise SettingError(
            "DIR and --engine are for --format web and lab: "
            f"leave them out, or name the file with --output {folder or ''}"
        )
    typer.echo(export(run, format_, folder or output))
    return None


def _web(run: Path, folder: Path | None, engine: Path | None) -> None:
    from inkdigits.web.folder import write_folder

    is_model = (
        run.suffix in (".onnx", ".keras", ".h5")
        or str(run) == "bundled"
        or (run / "run.json").exists()
    )
    if folder is None and not is_model:
        model = Path("bundled")
        folder = run
    else:
        model = run
    _say_folder(write_folder(model, folder or _beside(run, "web"), engine))


def _lab(run: Path, folder: Path | None, engine: Path | None) -> None:
    """Write the lab of a run as a folder that needs no server."""
    from inkdigits.web.lab.folder import write_lab_folder

    target = folder or _beside(run, "lab")
    written = write_lab_folder(run, target, engine)
    _say_folder(written)


def _beside(run: Path, format_: str) -> Path:
    """The default folder to write."""
    from inkdigits.files import beside

    if run.is_dir():
        return beside(run, f"-{format_}")
    return Path(f"{run.stem}-{format_}")


def _say_folder(folder: Path) -> None:
    typer.echo(folder)
    typer.echo(
        f"Any static host will do; to look at it here: python -m http.server --directory {folder}",
        err=True,
    )
