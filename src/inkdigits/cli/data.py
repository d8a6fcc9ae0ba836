"""`inkdigits data list|get|info`."""

import typer

app = typer.Typer()


@app.callback()
def main() -> None: ...
