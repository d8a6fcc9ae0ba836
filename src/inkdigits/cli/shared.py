"""Options that several commands share."""

from typing import Annotated, TypeAlias

import typer

from inkdigits.cli import choices

Model: TypeAlias = Annotated[
    str | None,
    typer.Option(help="A run folder or .onnx file.", show_default="the bundled model"),
]
Pages: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Only these pages, such as 1,3-5.", show_default="all"),
]
Dpi: TypeAlias = Annotated[
    int, typer.Option(help="Dots per inch for rendering PDF pages.")
]
Decimal: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="The decimal separator, . or a comma, for values such as 1,250.",
        show_default="unknown",
    ),
]
Expect: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help=(
            "The pattern of each line, such as '\\d{5}', or date, time, amount "
            "or number; other lines are left out. May be repeated: a line must "
            "match one of them."
        ),
        autocompletion=choices.completing(choices.PATTERNS),
    ),
]
AllowPrivate: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--allow-private",
        help="Allow URLs on this machine and on private networks.",
    ),
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(help="Number of parallel workers.", show_default="all cores"),
]
Engine: TypeAlias = Annotated[
    str,
    typer.Option(
        help="local (processes on this machine) or ray.",
        autocompletion=choices.completing(choices.BATCH_ENGINES),
    ),
]
Address: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="The address of a running Ray cluster.",
        show_default="Ray is started on this machine",
    ),
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", help="No progress.")]
Database: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help=(
            "The database for reviewers' answers: sqlite:///FILE or "
            "postgresql+psycopg://USER:PASSWORD@HOST/NAME."
        ),
        envvar="INKDIGITS_DATABASE_URL",
        show_default="SQLite in your data folder",
    ),
]
