"""`inkdigits serve`."""

from typing import Annotated

import typer


def command(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 8000,
    model: Annotated[str | None, typer.Option(help="A run folder or .onnx file.", show_default="the bundled model")] = None,
) -> None:
    """Serve a page to draw digits on, and POST /v1/predict for programs."""
    from inkdigits.errors import MissingExtraError
    from inkdigits.reading.reader import Reader

    try:
        import uvicorn

        from inkdigits.web.app import create_app
    except ImportError:
        raise MissingExtraError("serving", "web") from None
    app = create_app(Reader(model))
    typer.echo(f"inkdigits serves at http://{host}:{port}/ (Ctrl-C stops it)")
    uvicorn.run(app, host=host, port=port, log_level="warning")
