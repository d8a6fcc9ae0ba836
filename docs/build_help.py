"""Writes docs/help.md and the schemas beside it from the code itself: `python docs/build_help.py`. A test holds them to it.

With --record, every example of the help pages is run and what it prints is kept, in src/inkdigits/cli/examples.json
(a minute; needs the extras train, web and batch). With names after it, those of these verbs alone.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from typer.testing import CliRunner

from inkdigits import Reader
from inkdigits.cli import app
from inkdigits.cli.commands import PROGRAM
from inkdigits.formats import label_studio
from inkdigits.formats.json import SCHEMA
from inkdigits.forms.schema import SCHEMA as FORM_SCHEMA
from inkdigits.store import Store
from inkdigits.synthesis.drawn import draw_digit, draw_numbers

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "help.md"
SCHEMA_PAGE = ROOT / "docs" / "read.schema.json"
FORM_SCHEMA_PAGE = ROOT / "docs" / "form.schema.json"
EXAMPLES_FILE = ROOT / "src" / "inkdigits" / "cli" / "examples.json"
# What is run for each page, in this order, in a folder with the example pictures and a drawn page.
EXAMPLES = {
    "": "inkdigits predict 3-shadow.jpg --top 1",
    "predict": "inkdigits predict 3-shadow.jpg --top 3",
    "read": "inkdigits read page.png",
    "batch": "inkdigits batch pictures/ --output out --format csv --quiet",
    "form": "inkdigits form print exam.form.json --count 2 --output exam.pdf",
    "form new": "inkdigits form new exam.pdf --output proposed.form.json",
    "form print": "inkdigits form print exam.form.json --count 2 --output exam.pdf",
    "form read": "inkdigits form read exam.form.json exam.pdf --output results.csv --quiet",
    "form review": "inkdigits form review results.csv --export reviewed.csv",
    "table": "inkdigits table page.png --output page.csv",
    "train": "inkdigits train --data digits8x8 --epochs 1 --output runs/first --quiet",
    "tune": "inkdigits tune --data digits8x8 --trials 2 --output runs/tuned --quiet",
    "evaluate": "inkdigits evaluate runs/first --data digits8x8",
    "benchmark": "inkdigits benchmark tiny --data digits8x8 --epochs 1 --seeds 1 --output results --quiet",
    "export": "inkdigits export runs/first --format h5",
    "data": "inkdigits data info digits8x8",
    "data list": "inkdigits data list",
    "data get": "inkdigits data get digits8x8",
    "data info": "inkdigits data info digits8x8",
    "data doubt": "inkdigits data doubt my_digits/",
    "data export": "inkdigits data export corrections corrected/",
    "data import": "inkdigits data import tasks.json from_tasks/",
    "serve": "inkdigits serve --port 8765",
    "lab": "inkdigits lab --no-open",
    "check": "inkdigits check",
    "completion": "inkdigits completion fish",
}


# Those that are quick; a test runs them again.
QUICK = ("", "predict", "read", "data doubt", "completion")
_MOST_LINES = 16
_MOST_COLUMNS = 110
_SERVED_S = 12  # seconds after which the service is stopped


def schema() -> str:
    return json.dumps(SCHEMA, indent=2) + "\n"


def form_schema() -> str:
    return json.dumps(FORM_SCHEMA, indent=2) + "\n"


def page() -> str:
    parts = [
        "# The commands\n\nWritten by `python docs/build_help.py` from the commands themselves.\n"
    ]
    for verb in EXAMPLES:
        shown = f"{PROGRAM} {verb} --help".replace("  ", " ")
        parts.append(
            f"## `{shown.removesuffix(' --help')}`\n\n```console\n$ {shown}\n{help_of(verb)}\n```\n"
        )
    return "\n".join(parts)


def help_of(verb: str) -> str:
    result = CliRunner().invoke(
        app, [*verb.split(), "--help"], prog_name=PROGRAM, env={"COLUMNS": "100"}
    )
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())


def record(verbs: list[str]) -> None:
    """Run the examples of these verbs, or all, and keep what they print."""
    kept = json.loads(EXAMPLES_FILE.read_text()) if EXAMPLES_FILE.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        correct_one(Path(folder))
        correct_tasks(Path(folder))
        for verb in verbs or EXAMPLES:
            kept[verb] = {
                "command": EXAMPLES[verb],
                "output": output_of(verb, Path(folder)),
            }
            print(f"{EXAMPLES[verb]}\n{kept[verb]['output']}\n", flush=True)
    ordered = {verb: kept[verb] for verb in EXAMPLES if verb in kept}
    EXAMPLES_FILE.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")


def prepare(folder: Path) -> None:
    """The files that the examples name."""
    pictures = ROOT / "examples" / "pictures"
    shutil.copytree(pictures, folder, dirs_exist_ok=True)
    shutil.copytree(pictures, folder / "pictures")
    draw_numbers(["90210", "34-25"]).save(folder / "page.png")
    tutorial = (ROOT / "docs" / "forms.md").read_text()
    (folder / "exam.form.json").write_text(
        tutorial.split("```json\n")[1].split("```")[0]
    )
    for digit in range(10):
        for seed in range(3):
            # One three lies among the eights, to be doubted.
            home = (
                folder / "my_digits" / ("8" if (digit, seed) == (3, 2) else str(digit))
            )
            home.mkdir(parents=True, exist_ok=True)
            draw_digit(digit, size_px=60, seed=seed).save(home / f"{digit}-{seed}.png")


def correct_one(folder: Path) -> None:
    """Put a correction into the database that the examples use, as the page would."""
    store = Store(f"sqlite:///{folder}/inkdigits.db")
    picture = (folder / "7-faint.png").read_bytes()
    store.add_correction(
        picture, 7, predicted=1, confidence=0.4, accepted=False, model="bundled"
    )
    store.close()


def correct_tasks(folder: Path) -> None:
    """An export of Label Studio: the numbers of the drawn page, submitted as they were read."""
    page = folder / "page.png"
    tasks = json.loads(label_studio.tasks([(page.name, Reader().read(page))]))
    done = [
        {"data": task["data"], "annotations": task["predictions"]} for task in tasks
    ]
    (folder / "tasks.json").write_text(json.dumps(done))


def output_of(verb: str, folder: Path) -> str:
    arguments = EXAMPLES[verb].split()[1:]
    environment = {
        **os.environ,
        "COLUMNS": "80",
        "INKDIGITS_DATABASE_URL": f"sqlite:///{folder}/inkdigits.db",
    }
    environment.pop("INKDIGITS_DATA", None)
    command = [sys.executable, "-m", "inkdigits", *arguments]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        if verb in ("serve", "lab"):
            threading.Timer(
                _SERVED_S, lambda: process.send_signal(signal.SIGINT)
            ).start()
        printed, _ = process.communicate()
    printed = re.sub(r"#token=\S+", "#token=…", printed.replace(str(ROOT / "src"), "…"))
    whole = [line.rstrip() for line in printed.splitlines()]
    lines = [
        line if len(line) <= _MOST_COLUMNS else f"{line[: _MOST_COLUMNS - 1]}…"
        for line in whole
    ]
    more = ["…"] if len(lines) > _MOST_LINES else []
    return "\n".join(lines[:_MOST_LINES] + more)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"]:
        record(sys.argv[2:])
    PAGE.write_text(page())
    SCHEMA_PAGE.write_text(schema())
    FORM_SCHEMA_PAGE.write_text(form_schema())
