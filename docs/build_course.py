"""Write the notebooks of docs/course/ from the pages of the lessons.

Run it with `python docs/build_course.py`. A test compares the notebooks with the pages.
"""

import json
import re
from pathlib import Path
from typing import Any

COURSE = Path(__file__).parent / "course"
_CODE = re.compile(r"^```python\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
_FIRST_PART = "\n## "  # the preparation comes between the introduction and this
PREPARE = """\
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

# Where inkdigits comes from: this checkout, or what INKDIGITS_SOURCE names (a folder, a wheel, git+https://…).
folders = [Path.cwd(), *Path.cwd().parents]
checkout = next(
    (one for one in folders if (one / "src" / "inkdigits").is_dir()), "inkdigits"
)
if (
    importlib.util.find_spec("inkdigits") is None
    or importlib.util.find_spec("keras") is None
):
    source = os.environ.get("INKDIGITS_SOURCE") or str(checkout)
    wanted = f"inkdigits[train] @ {source}" if "://" in source else f"{source}[train]"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", wanted], check=True
    )

# MNIST, or with INKDIGITS_NOTEBOOK=small the digits that come with scikit-learn.
small = os.environ.get("INKDIGITS_NOTEBOOK") == "small"
data = "digits8x8" if small else "mnist"
"""


def lessons() -> list[Path]:
    """The pages in their order."""
    return sorted(COURSE.glob("[1-9]-*.md"))


def notebook(page: Path) -> str:
    """The notebook of a lesson: its text and its code as cells, and a cell before them that prepares."""
    introduction, first, rest = page.read_text(encoding="utf-8").partition(_FIRST_PART)
    cells = [("markdown", introduction), ("code", PREPARE)]
    parts = _CODE.split(first + rest)
    for number, part in enumerate(parts):
        kind = "code" if number % 2 else "markdown"
        cells.append((kind, part))
    whole = [(kind, text.strip()) for kind, text in cells if text.strip()]
    content = {
        "cells": [
            _cell(number, kind, text) for number, (kind, text) in enumerate(whole)
        ],
        "metadata": {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    is_code = kind == "code"
    # In the order that ruff writes them.
    cell: dict[str, Any] = {
        "cell_type": kind,
        **({"execution_count": None} if is_code else {}),
        "id": f"cell-{number:02}",
        "metadata": {},
        **({"outputs": []} if is_code else {}),
    }
    return {**cell, "source": text.splitlines(keepends=True)}


if __name__ == "__main__":
    for lesson in lessons():
        lesson.with_suffix(".ipynb").write_text(notebook(lesson), encoding="utf-8")
