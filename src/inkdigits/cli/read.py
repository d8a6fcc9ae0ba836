"""`inkdigits read`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigits.cli import choices, shared

if TYPE_CHECKING:
    from inkdigits.formats.overlay import OverlayNames
    from inkdigits.reading.options import ReadOptions
    from inkdigits.reading.reader import Reader
    from inkdigits.reading.results import Reading

_MANY = 3  # files or pages; of more than these, progress is shown
_DOUBTFUL = 3  # the exit status of --strict where a line is not accepted


def command(
    images: Annotated[
        list[str] | None,
        typer.Argument(
            help="Pictures, PDF files, folders, quoted globs or URLs; - reads stdin.",
            metavar="IMAGE...",
        ),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="text, json (one object per file), jsonl (one per number), csv or hocr; "
            "for --output also xlsx, parquet, sqlite, pdf (searchable), coco, label-studio, "
            "or alto and page (a folder of XML).",
            autocompletion=choices.completing(choices.READ_FORMATS),
            show_default="text, or by the file extension of --output",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help=(
                "Write all results into one file: .csv, .xlsx, .parquet, .jsonl, "
                ".sqlite, .pdf, .json, .hocr or .txt."
            ),
            show_default="print",
        ),
    ] = None,
    watch: Annotated[
        Path | None,
        typer.Option(
            help=(
                "Watch this folder and read each new file once it is complete, "
                "until Ctrl-C. Formats: text, csv and jsonl; rows are appended to "
                "--output."
            ),
            metavar="FOLDER",
        ),
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(help="Write each page with bounding boxes into this folder."),
    ] = None,
    digits_only: Annotated[
        bool,
        typer.Option("--digits-only", help="Print digits only: 12.50 becomes 1250."),
    ] = False,
    only_accepted: Annotated[
        bool,
        typer.Option("--only-accepted", help="Leave out lines that are not accepted."),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Exit with status 3 if any line is not accepted."
        ),
    ] = False,
    expect: shared.Expect = None,
    decimal: shared.Decimal = None,
    dayfirst: Annotated[
        bool | None,
        typer.Option(
            "--dayfirst/--monthfirst",
            help="The order of day and month, for values such as 5/6/96.",
            show_default="unknown",
        ),
    ] = None,
    pages: shared.Pages = None,
    dpi: shared.Dpi = 200,
    password: Annotated[
        str | None, typer.Option(help="The password of encrypted PDF files.")
    ] = None,
    model: shared.Model = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            help="Accept lines with at least this confidence.",
            show_default="the model's own",
        ),
    ] = None,
    allow_private: shared.AllowPrivate = False,
) -> None:
    """Read the numbers on pictures and pages, one line of text per number.

    Numbers are printed as they are written. Lines that are not accepted end with "
    ?". Files that cannot be read are reported on stderr, and the others are still
    read. The exit status is then 1, or 2 if no file could be read.
    """
    from inkdigits.cli.files import files_named, once, say_failure, shown
    from inkdigits.cli.watch import watch_folder
    from inkdigits.errors import SettingError
    from inkdigits.formats.overlay import OverlayNames
    from inkdigits.formats.selection import only_accepted as accepted_of
    from inkdigits.formats.selection import only_digits
    from inkdigits.machine import cores
    from inkdigits.reading.input.limits import Limits
    from inkdigits.reading.input.sources import is_document
    from inkdigits.reading.options import ReadOptions
    from inkdigits.reading.reader import Reader
    from inkdigits.reading.wording import counted

    kind = _kind(format_, output)
    options = ReadOptions(pages, dpi, password, expect or None, decimal, dayfirst)
    limits = Limits(allow_private_addresses=allow_private)
    reader = Reader(
        model, min_confidence=min_confidence, threads=cores(), limits=limits
    )
    names = OverlayNames()

    def read(file: str) -> "Reading":
        """One file, with the options of the command."""
        return _read(reader, file, overlay, names, options)

    def wanted_of(reading: "Reading") -> "Reading":
        """Of a reading, what was asked for."""
        reading = only_digits(reading) if digits_only else reading
        return accepted_of(reading) if only_accepted else reading

    if watch is not None:
        if images or strict:
            raise SettingError(
                "--watch runs until Ctrl-C: leave IMAGE and --strict out"
            )
        watch_folder(watch, kind, output, lambda file: wanted_of(read(file)))
        return
    if not images:
        raise SettingError(
            "there is nothing to read: name pictures, PDF files or folders, "
            "or a folder with --watch"
        )
    files = once(files_named(images, is_document))
    tally = _Tally()
    with (
        _destination(kind, output, password, alone=len(files) == 1) as give,
        _progress(len(files)) as advance,
    ):
        for file in files:
            try:
                reading = read(file)
            except Exception as error:  # noqa: BLE001 - the others are still read
                tally.failed += 1
                say_failure(file, error)
            else:
                tally.doubtful |= not all(line.accepted for line in reading)
                reading = wanted_of(reading)
                tally.numbers += len(reading.lines)
                give(shown(file), reading)
            advance()
    if output is not None:
        print(
            f"{counted(tally.numbers, 'number')} from "
            f"{counted(len(files) - tally.failed, 'file')}: {output}"
        )
    raise typer.Exit(tally.status(len(files), strict=strict))


@dataclass
class _Tally:
    """The results of all files."""

    failed: int = 0
    doubtful: bool = False
    numbers: int = 0

    def status(self, files: int, *, strict: bool) -> int:
        """The exit status: 2 if nothing could be read, 1 if some files failed."""
        if self.failed:
            return 2 if self.failed == files else 1
        # Doubtful numbers are a failure only for who asked for certainty.
        return _DOUBTFUL if strict and self.doubtful else 0


def _kind(format_: str | None, output: Path | None) -> str:
    """The output format, if it is available for this output."""
    from inkdigits.errors import SettingError
    from inkdigits.outputs import KINDS, TEXTS, kind_of

    kind = format_ or ("text" if output is None else kind_of(output))
    if kind not in KINDS:
        raise SettingError(f"--format is {kind}: choose {', '.join(KINDS)}")
    if output is None and kind not in TEXTS:
        raise SettingError(
            f"--format {kind} cannot be printed: name a file with --output, "
            f"or choose {', '.join(TEXTS)}"
        )
    return kind


@contextmanager
def _destination(
    kind: str, output: Path | None, password: str | None, *, alone: bool
) -> Iterator["Callable[[str, Reading], None]"]:
    """Open the output of readings: the file, or stdout."""
    from inkdigits.outputs import TEXTS, open_output

    if output is not None:
        with open_output(output, kind, password=password) as opened:
            yield opened.add
        return
    from inkdigits.cli.files import print_whatever_comes

    exporter = TEXTS[kind]
    print_whatever_comes()
    print(exporter.head, end="")
    yield lambda name, reading: print(
        exporter.one(name, reading, alone), end="", flush=True
    )
    print(exporter.foot, end="")


def _read(
    reader: "Reader",
    file: str,
    overlay: Path | None,
    names: "OverlayNames",
    options: "ReadOptions",
) -> "Reading":
    from inkdigits.reading.picture_ref import PictureRef

    source: Any = file
    if file == "-":
        from inkdigits.reading.input.sources import read_bytes

        source, _ = read_bytes(sys.stdin.buffer, reader.limits)
    reading: Reading = reader.read(source, **asdict(options))
    if file == "-":  # there is no file to open again
        reading = replace(
            reading,
            picture=PictureRef(source, None, reader.limits, options.pages, options.dpi),
        )
    if overlay is not None:
        stem = names.stem(_path_of(file))
        _write_overlays(reader, source, stem, reading, overlay, options)
    return reading


def _path_of(file: str) -> Path:
    """The base name of an overlay file.

    For a URL, the server and the query are left out.
    """
    from urllib.parse import urlsplit

    from inkdigits.reading.input.url import is_remote

    if file == "-":
        return Path("stdin")
    return Path(urlsplit(file).path) if is_remote(file) else Path(file)


def _write_overlays(
    reader: "Reader",
    source: Any,
    stem: str,
    reading: "Reading",
    folder: Path,
    options: "ReadOptions",
) -> None:
    from PIL import Image

    from inkdigits.errors import SettingError
    from inkdigits.formats.overlay import mark_page
    from inkdigits.reading.input.documents import open_pages

    opened = open_pages(
        source, reader.limits, options.pages, options.dpi, options.password
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for page, (number, picture) in zip(reading.pages, opened, strict=True):
            several = f"-{number}" if len(reading.pages) > 1 else ""
            mark_page(Image.fromarray(picture.grey), page).save(
                folder / f"{stem}{several}.png"
            )
    except OSError as error:
        raise SettingError(
            f"{folder} cannot be written ({error.strerror or error}): name another --overlay"
        ) from None


@contextmanager
def _progress(count: int) -> Iterator[Any]:
    """Show a progress bar on stderr for many files on a terminal."""
    if count <= _MANY or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=count)
        yield lambda: bar.advance(task)
