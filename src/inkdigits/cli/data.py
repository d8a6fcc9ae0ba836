"""`inkdigits data list|get|info|doubt|export|import`."""

from pathlib import Path
from typing import Annotated

import typer

from inkdigits.cli import shared
from inkdigits.cli.commands import Verb, Verbs

app = typer.Typer(
    cls=Verbs, help="List, download and inspect data sets.", no_args_is_help=True
)
_DataDir = Annotated[
    Path | None,
    typer.Option(
        help="The folder with the named data sets.",
        show_default="INKDIGITS_DATA or the cache",
    ),
]


@app.command("list", cls=Verb)
def list_sets(
    data_dir: _DataDir = None,
    json_: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the named data sets, their terms, and whether they are installed."""
    import json
    from dataclasses import asdict

    from inkdigits.data import SETS
    from inkdigits.data.loading import is_here

    rows = [
        {**asdict(entry), "here": is_here(entry, data_dir)} for entry in SETS.values()
    ]
    if json_:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        here = "installed" if row["here"] else "missing"
        use = "train" if row["trainable"] else "evaluate only"
        typer.echo(f"{row['name']:11}{here:10}{use:15}{row['about']}  [{row['terms']}]")


@app.command("get", cls=Verb)
def get(
    name: Annotated[str, typer.Argument(help="The name of a data set.")],
    data_dir: _DataDir = None,
) -> None:
    """Download a data set if necessary (MNIST), and verify it."""
    from inkdigits.data import info, load
    from inkdigits.data.loading import data_folder

    entry = info(name)
    # Loading it is what verifies it.
    dataset = load(name, split="all", data_dir=data_dir)
    folder = data_folder(data_dir)
    where = folder / entry.file if entry.file else "scikit-learn"
    typer.echo(f"{entry.name}: {len(dataset):,} pictures, verified, in {where}")


@app.command("info", cls=Verb)
def show(
    source: Annotated[
        str,
        typer.Argument(help="A data set's name, a folder, a CSV, IDX or .npz file."),
    ],
    split: Annotated[str, typer.Option(help="train, test or all.")] = "all",
    preview: Annotated[
        Path | None, typer.Option(help="Draw a contact sheet as this PNG file.")
    ] = None,
    data_dir: _DataDir = None,
) -> None:
    """Show the size of a data set per digit, its digest and its terms.

    --preview draws some of its pictures.
    """
    import numpy as np

    from inkdigits.data import load
    from inkdigits.data.catalog import find

    dataset = load(source, split=split, data_dir=data_dir)
    labels, counts = np.unique(dataset.labels, return_counts=True)
    typer.echo(f"{dataset.name} ({split}): {len(dataset):,} pictures")
    for label, count in zip(labels.tolist(), counts.tolist(), strict=True):
        name = "not a digit" if label < 0 else label
        typer.echo(f"  {name}: {count:,}")
    typer.echo(f"sha256 {dataset.digest}")
    entry = find(source)
    if entry is not None:
        typer.echo(f"{entry.about}\nterms: {entry.terms}\nsource: {entry.citation}")
    if preview is not None:
        from inkdigits.data.sheets import preview as draw

        typer.echo(f"preview: {draw(dataset, preview)}")


@app.command("doubt", cls=Verb)
def doubt(
    source: Annotated[
        str,
        typer.Argument(
            help=(
                "A folder with one subfolder per digit, a data set's name, a CSV, "
                "IDX or .npz file."
            )
        ),
    ],
    model: shared.Model = None,
    split: Annotated[str, typer.Option(help="train, test or all.")] = "all",
    sheet: Annotated[
        Path | None, typer.Option(help="Draw the doubtful pictures as this PNG file.")
    ] = None,
    all_: Annotated[
        bool,
        typer.Option("--all", help="List every label, not only the doubtful ones."),
    ] = False,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per line.")
    ] = False,
    data_dir: _DataDir = None,
) -> None:
    """List labels that are likely wrong, the most doubtful first.

    Each row has the file, the given label, the likely label and a score. A score
    above 0.5 means that another label is likelier. Invalid pictures are reported on
    stderr.
    """
    import json

    from inkdigits.data.doubt import doubts, draw_sheet
    from inkdigits.data.own import load_own

    dataset, unusable = load_own(source, split=split, data_dir=data_dir)
    for file in unusable:
        typer.echo(f"{file.file}: left out: {file.reason}", err=True)
    listed = doubts(dataset, model)
    shown = [doubt_ for doubt_ in listed if all_ or doubt_.doubtful]
    for doubt_ in shown:
        typer.echo(
            json.dumps(doubt_.as_dict(), ensure_ascii=False)
            if json_
            else doubt_.sentence()
        )
    if not json_:
        typer.echo(
            f"{sum(doubt_.doubtful for doubt_ in listed):,} of {len(listed):,} labels are doubtful"
        )
    if sheet is not None:
        written = draw_sheet(dataset, shown, sheet)
        if not json_:
            typer.echo(
                f"sheet: {written}"
                if written
                else "sheet: no doubtful pictures to draw"
            )


@app.command("export", cls=Verb)
def export(
    what: Annotated[str, typer.Argument(help="What to export: corrections.")],
    folder: Annotated[
        Path,
        typer.Argument(
            help="The folder to write, with one subfolder per digit.", metavar="DIR"
        ),
    ],
    database_url: Annotated[
        str | None,
        typer.Option(
            help="The database in which `serve` stores them.",
            envvar="INKDIGITS_DATABASE_URL",
            show_default="SQLite in your data folder",
        ),
    ] = None,
) -> None:
    """Write the corrections of the service as a data set.

    `train` and `evaluate` accept it: DIR/7/….png, and DIR/none.
    """
    from inkdigits.errors import MissingExtraError, SettingError

    if what != "corrections":
        raise SettingError(f"there is no {what} to export: give corrections")
    try:
        from inkdigits.store import Store
        from inkdigits.store.export import export_corrections
    except ImportError:
        raise MissingExtraError("the store of corrections", "web") from None
    counts = export_corrections(Store(database_url), folder)
    shown = ", ".join(
        f"{'not a digit' if name == 'none' else name}: {count:,}"
        for name, count in counts.items()
    )
    typer.echo(f"{folder}: {sum(counts.values()):,} pictures ({shown})")


@app.command("import", cls=Verb)
def import_(
    tasks: Annotated[
        Path, typer.Argument(help="A JSON export of Label Studio.", metavar="TASKS")
    ],
    folder: Annotated[
        Path,
        typer.Argument(
            help="The folder to write, with one subfolder per digit.", metavar="DIR"
        ),
    ],
    pictures: Annotated[
        Path, typer.Option(help="The folder with the pictures that the tasks refer to.")
    ] = Path(),
) -> None:
    """Turn corrected Label Studio tasks into a data set.

    `train` and `evaluate` accept it: DIR/7/….png. Lines in which the reader finds
    more or fewer digits than the text has are left out.
    """
    from inkdigits import Reader
    from inkdigits.data.label_studio import take_tasks

    taken = take_tasks(tasks, pictures, folder, Reader())
    shown = ", ".join(f"{name}: {count:,}" for name, count in taken.digits.items())
    left_out = f"; {taken.left_out:,} lines left out" if taken.left_out else ""
    typer.echo(f"{folder}: {sum(taken.digits.values()):,} digits ({shown}){left_out}")
