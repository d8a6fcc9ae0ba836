"""`inkdigits predict`."""

import sys
from typing import Annotated

import typer


def command(
    images: Annotated[list[str], typer.Argument(help="Picture files; - reads one from stdin.", metavar="IMAGE...")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON object a picture, a line each.")] = False,
    top: Annotated[int, typer.Option(help="Show only so many of the ten digits.", min=1, max=10)] = 10,
    model: Annotated[str | None, typer.Option(help="A run folder or .onnx file.", show_default="the bundled model")] = None,
    min_confidence: Annotated[
        float | None, typer.Option(help="Accept answers from this confidence on.", show_default="the model's own")
    ] = None,
) -> None:
    """Read one digit from each picture: the digit, how sure, and the probabilities of all ten.

    A picture that cannot be read is named on stderr and the others are still answered; the exit status is then 2.
    """
    from inkdigits.cli.files import print_whatever_comes, say_failure, shown
    from inkdigits.formats import PREDICTION
    from inkdigits.reading.reader import Reader

    reader = Reader(model, min_confidence=min_confidence)
    write = PREDICTION["json" if json_ else "text"]
    print_whatever_comes()
    failed = False
    for image in images:
        try:
            answer = reader.predict(sys.stdin.buffer if image == "-" else image)
        except Exception as error:  # noqa: BLE001 - the others are still answered
            failed = True
            say_failure(image, error)
            continue
        print(write(shown(image), answer, top), flush=True)
    if failed:
        raise typer.Exit(2)
