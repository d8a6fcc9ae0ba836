"""`inkdigits serve`."""

from typing import Annotated

import typer

from inkdigits.cli import shared

_MIB = 1024 * 1024  # bytes


def command(
    host: Annotated[
        str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port to listen on.", min=0, max=65535)
    ] = 8000,
    model: shared.Model = None,
    workers: Annotated[
        int,
        typer.Option(help="Number of processes; each loads the models once.", min=1),
    ] = 1,
    memory: Annotated[
        float | None,
        typer.Option(
            help=(
                "Memory limit of a worker, in MiB; more memory allows more large "
                "pages at once."
            ),
            show_default="1024, or as much as the other limits need",
        ),
    ] = None,
    max_upload: Annotated[float, typer.Option(help="Largest request, in MiB.")] = 32,
    max_pixels: Annotated[
        int, typer.Option(help="Largest picture or page, in pixels.")
    ] = 40_000_000,
    timeout: Annotated[
        float,
        typer.Option(
            help=(
                "Time limit for receiving a request, and for answering it, in seconds."
            )
        ),
    ] = 30,
    queue: Annotated[
        int,
        typer.Option(
            help="Queued pictures per worker; further ones get 503 and Retry-After."
        ),
    ] = 128,
    connections: Annotated[
        int,
        typer.Option(
            help=(
                "Connections per worker; beyond that, the longest idle one is closed."
            )
        ),
    ] = 1000,
    rate: Annotated[
        float,
        typer.Option(
            help="Requests per second and client; further ones get 429.",
            show_default="no limit",
        ),
    ] = 0,
    api_key: Annotated[
        str | None,
        typer.Option(
            help="Require this API key; safer set by the variable.",
            envvar="INKDIGITS_API_KEY",
        ),
    ] = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(
            help="An origin that may call the service; may be repeated.",
            metavar="ORIGIN",
        ),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            help=(
                "A host name to accept: example.org, or .example.org for all its "
                "subdomains; may be repeated."
            ),
            metavar="NAME",
            show_default="any; on 127.0.0.1 only addresses and local names",
        ),
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            help="Also serve /metrics on this port, without a key.",
            min=1,
            max=65535,
        ),
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            help=(
                "The database for corrections: sqlite:///FILE or "
                "postgresql+psycopg://USER:PASSWORD@HOST/NAME."
            ),
            envvar="INKDIGITS_DATABASE_URL",
            show_default="SQLite in your data folder",
        ),
    ] = None,
    review: Annotated[
        str | None,
        typer.Option(
            help="Serve the review of this file, which form read wrote, at /review/.",
            metavar="RESULTS",
        ),
    ] = None,
    double: Annotated[
        bool,
        typer.Option("--double", help="Ask two people about each field of the review."),
    ] = False,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Also store every picture and its answer in the database."
        ),
    ] = False,
    log: Annotated[
        bool,
        typer.Option(help="Log one JSON line per request to stderr, without pictures."),
    ] = True,
) -> None:
    """Serve the web page and the REST endpoints.

    Programs post to /v1/predict, /v1/read and /v1/corrections.
    """
    from inkdigits.errors import MissingExtraError

    try:
        from inkdigits.web.server import serve
        from inkdigits.web.settings import ReviewSettings, ServeSettings
    except ImportError:
        raise MissingExtraError("serving", "web") from None
    settings = ServeSettings(
        host=host,
        port=port,
        model=model,
        workers=workers,
        memory=None if memory is None else round(memory * _MIB),
        max_upload=round(max_upload * _MIB),
        max_pixels=max_pixels,
        timeout_s=timeout,
        queue=queue,
        connections=connections,
        rate=rate,
        api_key=api_key,
        cors=tuple(cors or ()),
        allowed_hosts=tuple(allowed_host or ()),
        metrics_port=metrics_port,
        database_url=database_url,
        keep=keep,
        log=log,
        review=None if review is None else ReviewSettings(review, double),
    )
    typer.echo(f"inkdigits serves at http://{host}:{port}/ (Ctrl-C stops it)")
    serve(settings)
