"""`inkdigits check`."""

from importlib.util import find_spec

import typer

_EXTRAS = {
    "train": ("keras", "tensorflow", "sklearn", "matplotlib", "onnx"),
    "web": ("fastapi", "uvicorn", "prometheus_client", "sqlalchemy", "alembic"),
    "postgres": ("psycopg",),
    "pdf": ("pypdfium2",),
    "heic": ("pillow_heif",),
    "forms": ("jsonschema", "openpyxl", "fpdf"),
    "batch": ("pyarrow", "fsspec"),
    "s3": ("s3fs",),
    "cluster": ("ray",),
}


def command() -> None:
    """Show what is installed and which model is used, and run a self-test.

    The exit status is 1 if the self-test fails.
    """
    import hashlib

    from inkdigits._version import __version__
    from inkdigits.errors import install_command
    from inkdigits.machine import machine, versions
    from inkdigits.reading.reader import Reader
    from inkdigits.reading.session import PROVIDER
    from inkdigits.synthesis.drawn import draw_digit

    facts = machine()
    typer.echo(
        f"inkdigits {__version__}, Python {facts['python']}, {facts['system']}, "
        f"{facts['cpu']}, {facts['cores']} cores"
    )
    core = ("numpy", "pillow", "opencv-python-headless", "onnxruntime")
    typer.echo(
        "reading: "
        + ", ".join(f"{name} {version}" for name, version in versions(core).items())
    )
    for extra, modules in _EXTRAS.items():
        missing = [module for module in modules if find_spec(module) is None]
        typer.echo(
            f"{extra + ':':9}"
            + (f"not installed: {install_command(extra)}" if missing else "installed")
        )
    reader = Reader()
    path = reader.classifier.path
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    typer.echo(
        f"model: {path} ({path.stat().st_size / 1e6:.2f} MB, sha256 {digest[:16]}…), on {PROVIDER}"
    )
    answers = reader.predict([draw_digit(digit) for digit in range(10)])
    read = "".join(str(answer.digit) for answer in answers)
    if read != "0123456789":
        typer.echo(
            f"self-test failed: the drawn digits 0123456789 were read as {read}",
            err=True,
        )
        raise typer.Exit(1)
    typer.echo(f"self-test: the ten drawn digits are read as {read}")
