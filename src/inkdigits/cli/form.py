"""`inkdigits form`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigits.cli import shared
from inkdigits.cli.commands import Verb, Verbs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inkdigits.forms.records import Record

app = typer.Typer(
    cls=Verbs,
    help="Fill in forms on paper, and read them into a spreadsheet.",
    no_args_is_help=True,
)


@app.command("new", cls=Verb)
def new(
    blank: Annotated[
        str,
        typer.Argument(
            help="The blank form: a scan, a picture or a PDF file.", metavar="BLANK"
        ),
    ],
    output: Annotated[
        Path, typer.Option(help="The template to write, such as exam.form.json.")
    ],
    name: Annotated[
        str | None, typer.Option(help="The form's name.", show_default="the output's")
    ] = None,
    preview: Annotated[
        Path | None,
        typer.Option(help="Write a picture of the fields found (of page 1)."),
    ] = None,
    edit: Annotated[
        bool,
        typer.Option(
            "--edit",
            help="Then edit the template in the browser; one that is there already is kept.",
        ),
    ] = False,
    port: Annotated[
        int, typer.Option(help="The port that --edit listens on.", min=0, max=65535)
    ] = 8000,
) -> None:
    """Propose a template for a blank form: its combs, boxes, tables,
    tick boxes and lines become fields.

    Pictures of its pages are kept beside the template. Names and types are a beginning: edit the
    template, whose lengths are millimetres, and look at --preview. With --edit a page at
    http://127.0.0.1:8000/editor/ draws, moves, names and types fields, and tries them on a filled
    example; it changes in the file what was edited there, and nothing else.

    inkdigits form new blank.pdf --output exam.form.json --preview fields.png
    """
    from inkdigits.errors import SettingError
    from inkdigits.forms.new_template import preview as drawn
    from inkdigits.forms.new_template import write_template

    # A template that people have edited is never proposed anew over their work.
    if edit and output.exists():
        _edit(output, port)
        return
    made = write_template(blank, output, name)
    if preview is not None:
        try:
            drawn(made.form).save(preview)
        except (OSError, ValueError) as error:
            raise SettingError(
                f"{preview} cannot be written ({error}): name another --preview"
            ) from None
    field_counts = (
        ", ".join(f"{count} {kind}" for kind, count in made.counts.items()) or "none"
    )
    pages = len(made.form.pages)
    typer.echo(
        f"{pages} {'page' if pages == 1 else 'pages'}, fields: {field_counts}: {output}"
    )
    if edit:
        _edit(output, port)


def _edit(template: Path, port: int) -> None:
    """Serve the editor, for this machine alone."""
    from inkdigits.errors import MissingExtraError
    from inkdigits.forms.template import FormTemplate

    FormTemplate.load(template)
    try:
        from inkdigits.web.server import serve
        from inkdigits.web.settings import ServeSettings
    except ImportError:
        raise MissingExtraError("the editor", "web") from None
    typer.echo(f"edit {template} at http://127.0.0.1:{port}/editor/ (Ctrl-C stops it)")
    serve(ServeSettings(port=port, log=False, template=str(template)))


@app.command("read", cls=Verb)
def read(
    arguments: Annotated[
        list[str],
        typer.Argument(
            help="The form's template, or several (.json), or a preset (sudoku, tally, meter); "
            "then scans: pictures, PDF "
            "files, folders or quoted globs.",
            metavar="TEMPLATE... SCANS...",
        ),
    ],
    output: Annotated[
        Path, typer.Option(help="A .csv, .xlsx, .jsonl, .parquet or .sqlite file.")
    ],
    min_confidence: Annotated[
        float | None,
        typer.Option(
            help="Accept fields from this confidence on.",
            show_default="the template's accept_from, 0.95",
        ),
    ] = None,
    dpi: shared.Dpi = 200,
    workers: shared.Workers = None,
    engine: shared.Engine = "local",
    address: shared.Address = None,
    model: shared.Model = None,
    quiet: shared.Quiet = False,
) -> None:
    """Read filled forms: a row per form, with its fields as columns.

    Fields that are not accepted end with " ?", and their reasons are in the .xlsx (as notes),
    .jsonl, .parquet and .sqlite files. What was read of each page is kept beside the output, in a
    folder that ends with .pages: started again after a kill, the same command resumes; with another
    --output of the same name it writes again without reading.

    inkdigits form read exam.form.json scans/ --output results.xlsx
    """
    from inkdigits.batch import Settings, run
    from inkdigits.batch.form_pages import keep_templates, pages_in
    from inkdigits.batch.settings import How
    from inkdigits.cli.progress import counter
    from inkdigits.errors import SettingError
    from inkdigits.forms.exporting import check_name, export
    from inkdigits.forms.records import records_of
    from inkdigits.forms.template import FormTemplate

    templates, scans = _templates_and_scans(arguments)
    if not templates or not scans:
        missing = (
            "template (a .json file)"
            if not templates
            else "scans (pictures, PDF files or folders)"
        )
        raise SettingError(
            f"no {missing} are named: give the template first, then the scans"
        )
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        raise SettingError(
            f"--min-confidence is {min_confidence}: give a probability from 0 to 1"
        )
    # Before an hour of reading, not after it.
    check_name(output)
    forms = [FormTemplate.load(name) for name in templates]
    work = str(output.with_suffix(".pages"))
    settings = Settings(
        tuple(scans),
        work,
        How("jsonl", model, None, (), dpi, None, tuple(templates)),
        engine,
        workers,
        address,
    )
    told = counter(quiet)
    try:
        run(settings, told)
    except KeyboardInterrupt:
        told.close()
        typer.echo("\nstopped; the same command resumes", err=True)
        raise typer.Exit(130) from None
    finally:
        told.close()
    keep_templates(work, templates, dpi, min_confidence)
    records = records_of(forms, pages_in(work), min_confidence)
    export(records, forms, output)
    typer.echo(_said(records, output))


def _templates_and_scans(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Templates end with .json.

    A preset is known by its name in the first place, where no scans can stand.
    """
    from inkdigits.forms.template import PRESETS

    if arguments[0] in PRESETS:
        return arguments[:1], arguments[1:]
    templates = []
    scans = []
    for name in arguments:
        if name.lower().endswith(".json"):
            templates.append(name)
        else:
            scans.append(name)
    return templates, scans


def _said(records: "Sequence[Record]", output: Path) -> str:
    """`30 forms: 27 accepted, 3 with 4 doubtful fields; 1 page refused: results.xlsx`"""
    filled = [record for record in records if record.fields]
    accepted = sum(record.accepted for record in filled)
    doubtful_fields = 0
    for record in filled:
        for reading in record.fields.values():
            doubtful_fields += not reading.accepted

    doubtful = ""
    if accepted < len(filled):
        doubtful = f", {len(filled) - accepted} with {doubtful_fields} doubtful fields"
    # A page on which no form was recognised is a record without fields.
    refused = len(records) - len(filled)
    pages = ""
    if refused:
        noun = "page" if refused == 1 else "pages"
        pages = f"; {refused} {noun} refused"
    noun = "form" if len(filled) == 1 else "forms"
    return f"{len(filled)} {noun}: {accepted} accepted{doubtful}{pages}: {output}"


@app.command("review", cls=Verb)
def review(
    results: Annotated[
        str,
        typer.Argument(
            help="The file that form read wrote, or its folder that ends with .pages.",
            metavar="RESULTS",
        ),
    ],
    export: Annotated[
        Path | None,
        typer.Option(
            help="Write what is reviewed so far to this file, as form read does, and end."
        ),
    ] = None,
    double: Annotated[
        bool, typer.Option("--double", help="Ask two people about each field.")
    ] = False,
    reviewer: Annotated[
        str | None,
        typer.Option(
            help="Who reviews; the page can change it.", show_default="your user name"
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(help="The port to listen on.", min=0, max=65535)
    ] = 8000,
    model: shared.Model = None,
    database_url: shared.Database = None,
) -> None:
    """Look at the fields that were not accepted, in the browser, and type what they say.

    The page, at http://127.0.0.1:8000/review/, is for this machine alone and works by keys: Enter
    accepts, 1 to 9 take another reading, U takes back. Each answer is kept with who gave it and
    when. Spot checks of accepted fields say how many of those are wrong. `inkdigits serve --review
    RESULTS` serves the same page to others.

    inkdigits form review results.xlsx
    """
    from inkdigits.batch.form_pages import load_pile
    from inkdigits.errors import MissingExtraError
    from inkdigits.forms.exporting import check_name
    from inkdigits.forms.exporting import export as write

    if export is not None:
        # As above: what cannot be written is said first.
        check_name(export)
    pile = load_pile(results)
    try:
        from inkdigits.forms.review.review import Review
        from inkdigits.store import Store
        from inkdigits.web.server import serve
        from inkdigits.web.settings import ReviewSettings, ServeSettings
    except ImportError:
        raise MissingExtraError("a review", "web") from None
    if export is not None:
        store = Store(database_url)
        records = Review(pile, store, people=2 if double else 1)
        written = records.records()
        store.close()
        write(written, pile.forms, export)
        typer.echo(_said(written, export))
        return
    settings = ServeSettings(
        port=port,
        model=model,
        database_url=database_url,
        log=False,
        review=ReviewSettings(results, double, reviewer or user_name()),
    )
    typer.echo(
        f"review {results} at http://127.0.0.1:{port}/review/ (Ctrl-C stops it; nothing is lost)"
    )
    serve(settings)


def user_name() -> str:
    """Who is at work on this machine, as far as it is known."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


@app.command("print", cls=Verb)
def print_(
    template: Annotated[
        str,
        typer.Argument(
            help="The form's template, or a preset: sudoku, tally or meter.",
            metavar="TEMPLATE",
        ),
    ],
    output: Annotated[Path, typer.Option(help="The .pdf file to write.")],
    count: Annotated[
        int | None, typer.Option(help="How many numbered sheets.", show_default="1")
    ] = None,
    ids: Annotated[
        Path | None,
        typer.Option(
            help="A CSV file with a heading: a sheet for each row, its first column is the id."
        ),
    ] = None,
    font: Annotated[
        Path | None,
        typer.Option(
            help="A .ttf or .otf file, for labels that are not in Latin letters."
        ),
    ] = None,
) -> None:
    """Make sheets to print: comb boxes, corner marks to align them by,
    and a QR code that says whose sheet it is.

    inkdigits form print exam.form.json --ids students.csv --output exam.pdf
    """
    from inkdigits.errors import SettingError
    from inkdigits.forms.printing import identities_in, numbered, write_sheets
    from inkdigits.forms.template import FormTemplate

    if ids is not None and count is not None:
        raise SettingError(
            "--count and --ids are both given: a file of ids says how many sheets there are"
        )
    form = FormTemplate.load(template)
    identities = (
        identities_in(ids)
        if ids is not None
        else numbered(1 if count is None else count)
    )
    pages = write_sheets(form, identities, output, font)
    typer.echo(f"{pages} {'page' if pages == 1 else 'pages'} to print: {output}")
