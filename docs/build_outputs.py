"""Writes the table of columns in docs/outputs.md from the code itself: `python docs/build_outputs.py`. A test holds it to it."""

import re
from pathlib import Path

from inkdigits.formats.columns import COLUMNS

PAGE = Path(__file__).parent / "outputs.md"
_TABLE = re.compile(r"(<!-- columns -->\n).*?(<!-- end of columns -->\n)", re.DOTALL)


def page() -> str:
    rows = [
        f"| `{column.name}` | {column.kind} | {column.meaning} |\n"
        for column in COLUMNS
    ]
    table = "".join(["| column | holds | meaning |\n", "|---|---|---|\n", *rows])
    return _TABLE.sub(lambda found: found[1] + table + found[2], PAGE.read_text())


if __name__ == "__main__":
    PAGE.write_text(page())
