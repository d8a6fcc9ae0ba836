"""`inkdigits batch`."""

from typing import TYPE_CHECKING, Annotated

import typer

from inkdigits.cli import choices, shared

if TYPE_CHECKING:
    from inkdigits.batch import Summary


def command(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Folders, files, quoted globs, lists of paths (@list.txt), "
            ".tar and .parquet shards; s3:// and gs:// too.",
            metavar="INPUT...",
        ),
    ],
    output: Annotated[
        str, typer.Option(help="The folder for the shards, local or remote (s3://…).")
    ],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            help="parquet, csv or jsonl.",
            autocompletion=choices.completing(choices.BATCH_FORMATS),
        ),
    ] = "parquet",
    engine: shared.Engine = "local",
    workers: shared.Workers = None,
    address: shared.Address = None,
    column: Annotated[
        str | None,
        typer.Option(
            help="The Parquet column with the pictures.",
            show_default="image, or the first suitable one",
        ),
    ] = None,
    expect: shared.Expect = None,
    dpi: shared.Dpi = 200,
    model: shared.Model = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            help="Accept lines with at least this confidence.",
            show_default="the model's own",
        ),
    ] = None,
    shard: Annotated[
        int | None,
        typer.Option(
            help="Pictures per shard.", show_default="1/64 of all, at most 500"
        ),
    ] = None,
    single_file: Annotated[
        bool,
        typer.Option(
            "--single-file",
            help=(
                "Merge all shards into numbers.* at the end, with the columns of read."
            ),
        ),
    ] = False,
    quiet: shared.Quiet = False,
) -> None:
    """Read the numbers on any number of pictures: one row per number, in shards.

    Invalid pictures go to errors-* with the reason, and the others are read. After
    a kill the same command resumes. Each picture appears in the output once.
    """
    from inkdigits.batch import Settings, run
    from inkdigits.batch.settings import How
    from inkdigits.cli.progress import counter

    how = How(format_, model, min_confidence, tuple(expect or ()), dpi, column)
    settings = Settings(
        tuple(inputs), output, how, engine, workers, address, shard, single_file
    )
    told = counter(quiet)
    try:
        summary = run(settings, told)
    except KeyboardInterrupt:
        told.close()
        typer.echo("\nstopped; the same command resumes", err=True)
        raise typer.Exit(130) from None
    finally:
        told.close()
    typer.echo(_said(summary, output))


def _said(summary: "Summary", output: str) -> str:
    """Summarise a finished batch in one line."""
    per_s = summary.read_now / summary.seconds if summary.seconds else 0.0
    rate = (
        f", {per_s:,.{0 if per_s >= 100 else 2}f} pictures per second" if per_s else ""
    )
    before = summary.pictures - summary.read_now
    earlier = f"; {before:,} of them by earlier starts" if before else ""
    return (
        f"{summary.pictures:,} pictures, {summary.lines:,} lines, "
        f"{summary.errors:,} errors{rate}{earlier}: {output}"
    )
