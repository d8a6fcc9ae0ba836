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
    help="Print forms, and read filled ones into a spreadsheet.",
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
        typer.Option(help="Write a picture of the fields found on page 1."),
    ] = None,
    edit: Annotated[
        bool,
        typer.Option(
            "--edit",
            help=(
                "Then edit the template in the browser; an existing template is kept."
            ),
        ),
    ] = False,
    port: Annotated[
        int, typer.Option(help="The port that --edit listens on.", min=0, max=65535)
    ] = 8000,
) -> None:
    """Propose a template for a blank form.

    Comb fields, boxes, tables, tick boxes and lines become fields. Pictures of the
    pages are stored next to the template. Names and types are a starting point:
    look at --preview and edit the template, whose lengths are in millimetres.
    --edit opens an editor at http://127.0.0.1:8000/editor/ to draw, move and name
    fields and to try them on a filled example. It changes only the edited parts of
    the file.

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
    """Serve the editor on this machine only."""
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
            help=(
                "One or more templates (.json) or a preset (sudoku, tally, meter); "
                "then the scans: pictures, PDF files, folders or quoted globs."
            ),
            metavar="TEMPLATE... SCANS...",
        ),
    ],
    output: Annotated[
        Path, typer.Option(help="A .csv, .xlsx, .jsonl, .parquet or .sqlite file.")
    ],
    min_confidence: Annotated[
        float | None,
        typer.Option(
            help="Accept fields with at least this confidence.",
            show_default="the template's accept_from, 0.985",
        ),
    ] = None,
    dpi: shared.Dpi = 200,
    workers: shared.Workers = None,
    engine: shared.Engine = "local",
    address: shared.Address = None,
    model: shared.Model = None,
    quiet: shared.Quiet = False,
) -> None:
    """Read filled forms: one row per form, with its fields as columns.

    Fields that are not accepted end with " ?". Their reasons are in the .xlsx (as
    notes), .jsonl, .parquet and .sqlite files. The results of each page are stored
    next to the output, in a folder that ends with .pages. After a kill the same
    command resumes. Another --output with the same base name is written without
    reading again.

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
    """Split the arguments into templates and scans.

    Templates end with .json. A preset is recognised by its name, in the first place
    only.
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
            help=(
                "Write the results reviewed so far to this file, as form read does,"
                " and exit."
            )
        ),
    ] = None,
    double: Annotated[
        bool, typer.Option("--double", help="Ask two people about each field.")
    ] = False,
    reviewer: Annotated[
        str | None,
        typer.Option(
            help="Name of the reviewer; can be changed on the page.",
            show_default="your user name",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(help="The port to listen on.", min=0, max=65535)
    ] = 8000,
    model: shared.Model = None,
    database_url: shared.Database = None,
) -> None:
    """Review the fields that were not accepted in the browser.

    The page at http://127.0.0.1:8000/review/ can be reached only from this machine.
    It works with keys: Enter accepts, 1 to 9 choose another reading, U undoes. Each
    answer is stored with who gave it and when. Spot checks of accepted fields
    estimate how many of them are wrong. `inkdigits serve --review RESULTS` serves
    the same page to others.

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
    """The name of the user on this machine, if it is known."""
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
        int | None, typer.Option(help="Number of numbered sheets.", show_default="1")
    ] = None,
    ids: Annotated[
        Path | None,
        typer.Option(
            help=(
                "A CSV file with a header row: one sheet per row, with the id in "
                "the first column."
            )
        ),
    ] = None,
    font: Annotated[
        Path | None,
        typer.Option(
            help="A .ttf or .otf font, for labels in other scripts than Latin."
        ),
    ] = None,
) -> None:
    """Write printable sheets of a form as a PDF file.

    They have comb boxes, corner marks for alignment, and a QR code with the id of the
    sheet.

    inkdigits form print exam.form.json --ids students.csv --output exam.pdf
    """
    from inkdigits.errors import SettingError
    from inkdigits.forms.printing import identities_in, numbered, write_sheets
    from inkdigits.forms.template import FormTemplate

    if ids is not None and count is not None:
        raise SettingError(
            "--count and --ids are both given: the file of ids determines the "
            "number of sheets"
        )
    form = FormTemplate.load(template)
    identities = (
        identities_in(ids)
        if ids is not None
        else numbered(1 if count is None else count)
    )
    pages = write_sheets(form, identities, output, font)
    typer.echo(f"{pages} {'page' if pages == 1 else 'pages'} to print: {output}")
