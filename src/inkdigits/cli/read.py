"""`inkdigits read`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from inkdigits.formats.overlay import OverlayNames
    from inkdigits.reading.options import ReadOptions
    from inkdigits.reading.reader import Reader
    from inkdigits.reading.results import Reading

_MANY = 3
_DOUBTFUL = 3  # the exit status of --strict where a line is not accepted


def command(
    images: Annotated[
        list[str], typer.Argument(help="Pictures, PDF files, folders or quoted globs; - reads stdin.", metavar="IMAGE...")
    ],
    format_: Annotated[str, typer.Option("--format", help="text, json (one object per file), csv or hocr.")] = "text",
    overlay: Annotated[Path | None, typer.Option(help="Write each page with its marks boxed into this folder.")] = None,
    digits_only: Annotated[bool, typer.Option("--digits-only", help="Leave the signs out: 12.50 becomes 1250.")] = False,
    only_accepted: Annotated[bool, typer.Option("--only-accepted", help="Leave out lines that are not accepted.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 3 when any line is not accepted.")] = False,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            help=r"What each line should look like, as '\d{5}' or date, time, amount, number; other lines are left out. "
            "May be given again: any of them may fit."
        ),
    ] = None,
    decimal: Annotated[
        str | None,
        typer.Option(help="The decimal sign, . or a comma, for values such as 1,250.", show_default="unknown"),
    ] = None,
    dayfirst: Annotated[
        bool | None,
        typer.Option("--dayfirst/--monthfirst", help="The order of dates, for values such as 5/6/96.", show_default="unknown"),
    ] = None,
    pages: Annotated[str | None, typer.Option(help="Only these pages, as 1,3-5.", show_default="all")] = None,
    dpi: Annotated[int, typer.Option(help="Dots an inch for drawing PDF pages.")] = 200,
    password: Annotated[str | None, typer.Option(help="For encrypted PDF files.")] = None,
    model: Annotated[str | None, typer.Option(help="A run folder or .onnx file.", show_default="the bundled model")] = None,
    min_confidence: Annotated[
        float | None, typer.Option(help="Accept lines from this confidence on.", show_default="the model's own")
    ] = None,
) -> None:
    """Read the numbers on pictures and pages: one line of text per number, as it is written.

    A line that is not accepted ends with " ?". A file that cannot be read is named on stderr and the rest are read;
    the exit status is then 1, or 2 if none could be read.
    """
    from inkdigits.cli.files import print_whatever_comes, say_failure, shown
    from inkdigits.errors import SettingError
    from inkdigits.formats import READING
    from inkdigits.formats.overlay import OverlayNames
    from inkdigits.formats.selection import only_accepted as accepted_of
    from inkdigits.formats.selection import only_digits
    from inkdigits.machine import cores
    from inkdigits.reading.options import ReadOptions
    from inkdigits.reading.reader import Reader

    if format_ not in READING:
        raise SettingError(f"--format is {format_}: choose {', '.join(READING)}")
    options = ReadOptions(pages, dpi, password, expect or None, decimal, dayfirst)
    exporter = READING[format_]
    files = _files(images)
    reader = Reader(model, min_confidence=min_confidence, threads=cores())
    names = OverlayNames()
    failed = 0
    doubtful = False
    print_whatever_comes()
    print(exporter.head, end="")
    with _progress(len(files)) as advance:
        for file in files:
            try:
                reading = _read(reader, file, overlay, names, options)
            except Exception as error:  # noqa: BLE001 - the others are still read
                failed += 1
                say_failure(file, error)
            else:
                doubtful |= not all(line.accepted for line in reading)
                reading = only_digits(reading) if digits_only else reading
                reading = accepted_of(reading) if only_accepted else reading
                print(exporter.one(shown(file), reading, len(files) == 1), end="", flush=True)
            advance()
    print(exporter.foot, end="")
    if failed:
        raise typer.Exit(2 if failed == len(files) else 1)
    if strict and doubtful:
        raise typer.Exit(_DOUBTFUL)


def _files(arguments: list[str]) -> list[str]:
    """Each file named, those in each folder, and those each glob fits, in order and each once."""
    from glob import glob

    from inkdigits.errors import NotAPictureError
    from inkdigits.reading.input.sources import is_document

    files: list[str] = []
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            inside = sorted(str(file) for file in path.rglob("*") if file.is_file() and is_document(file))
            if not inside:
                raise NotAPictureError(f"{argument} holds no pictures: name a folder that does")
            files += inside
        elif any(sign in argument for sign in "*?[") and not path.exists():
            fitting = sorted(glob(argument, recursive=True))  # noqa: PTH207 - absolute patterns too
            if not fitting:
                raise NotAPictureError(f"no file fits {argument}: check the pattern")
            files += fitting
        else:
            files.append(argument)
    once: dict[str, str] = {}
    for file in files:
        once.setdefault(file if file == "-" else os.path.abspath(file), file)  # noqa: PTH100 - links stay
    return list(once.values())


def _read(reader: "Reader", file: str, overlay: Path | None, names: "OverlayNames", options: "ReadOptions") -> "Reading":
    source: Any = file
    if file == "-":
        from inkdigits.reading.input.sources import read_bytes

        source, _ = read_bytes(sys.stdin.buffer, reader.limits)
    reading: Reading = reader.read(source, **asdict(options))
    if overlay is not None:
        stem = names.stem(Path("stdin") if file == "-" else Path(file))
        _write_overlays(reader, source, stem, reading, overlay, options)
    return reading


def _write_overlays(reader: "Reader", source: Any, stem: str, reading: "Reading", folder: Path, options: "ReadOptions") -> None:
    from PIL import Image

    from inkdigits.errors import SettingError
    from inkdigits.formats.overlay import mark_page
    from inkdigits.reading.input.documents import open_pages

    opened = open_pages(source, reader.limits, options.pages, options.dpi, options.password)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for page, (number, picture) in zip(reading.pages, opened, strict=True):
            several = f"-{number}" if len(reading.pages) > 1 else ""
            mark_page(Image.fromarray(picture.grey), page).save(folder / f"{stem}{several}.png")
    except OSError as error:
        raise SettingError(f"{folder} cannot be written ({error.strerror or error}): name another --overlay") from None


@contextmanager
def _progress(count: int) -> Iterator[Any]:
    """A bar on stderr where there are many files and somebody watches."""
    if count <= _MANY or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=count)
        yield lambda: bar.advance(task)
