"""`inkdigits predict`."""

import sys
from typing import Annotated

import typer

from inkdigits.cli import shared


def command(
    images: Annotated[
        list[str],
        typer.Argument(
            help="Pictures, folders, quoted globs or URLs; - reads one from stdin.",
            metavar="IMAGE...",
        ),
    ],
    json_: Annotated[
        bool, typer.Option("--json", help="One JSON object per picture, one per line.")
    ] = False,
    top: Annotated[
        int | None,
        typer.Option(
            help="Show bars for the N likeliest digits.",
            min=1,
            max=10,
            show_default="10 for one picture, none for several",
        ),
    ] = None,
    model: shared.Model = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            help="Accept answers with at least this confidence.",
            show_default="the model's own",
        ),
    ] = None,
    allow_private: shared.AllowPrivate = False,
) -> None:
    """Read one digit from each picture, with its confidence.

    One picture gives the probabilities of all ten digits as bars. Several pictures
    give one line each; --top adds the bars.

    Pictures that cannot be read are reported on stderr, and the others are still
    read. The exit status is then 2.
    """
    from inkdigits.cli.files import (
        files_named,
        print_whatever_comes,
        say_failure,
        shown,
    )
    from inkdigits.formats import PREDICTION
    from inkdigits.reading.input.limits import Limits
    from inkdigits.reading.input.sources import is_picture
    from inkdigits.reading.reader import Reader

    limits = Limits(allow_private_addresses=allow_private)
    reader = Reader(model, min_confidence=min_confidence, limits=limits)
    write = PREDICTION["json" if json_ else "text"]
    print_whatever_comes()
    failed = False
    files = files_named(images, is_picture)
    bars = (10 if len(files) == 1 else 0) if top is None else top
    for image in files:
        try:
            answer = reader.predict(sys.stdin.buffer if image == "-" else image)
        except Exception as error:  # noqa: BLE001 - the others are still answered
            failed = True
            say_failure(image, error)
            continue
        print(write(shown(image), answer, bars), flush=True)
    if failed:
        raise typer.Exit(2)
