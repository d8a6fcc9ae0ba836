"""Batches for tests: the command, its tables, and drawn pictures with numbers."""

import csv
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from inkdigits.synthesis.drawn import as_file, draw_numbers
from waiting import PATIENCE_S

NUMBERS = ["34625", "78", "2546", "903", "17", "64"]


def picture(number: str, kind: str = "PNG") -> bytes:
    return as_file(draw_numbers([number], size_px=32), kind)


def filled(folder: Path, count: int) -> Path:
    """So many pictures, and a file that is none."""
    contents = [picture(number) for number in NUMBERS]
    for index in range(count):
        (folder / f"{index:04}.png").write_bytes(contents[index % len(contents)])
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def batch(
    *arguments: object, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command as a user gives it."""
    command = [sys.executable, "-m", "inkdigits", "batch", *map(str, arguments)]
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, **(env or {})},
    )


def rows(folder: Path, table: str = "lines") -> list[dict[str, Any]]:
    """A table's rows from all its shards, whatever their format, sorted."""
    found: list[dict[str, Any]] = []
    for shard in sorted(folder.glob(f"{table}-*")):
        if shard.suffix == ".parquet":
            import pyarrow.parquet

            found += pyarrow.parquet.read_table(shard).to_pylist()
        elif shard.suffix == ".csv":
            with shard.open(newline="") as file:
                found += [_typed(row) for row in csv.DictReader(file)]
        else:
            found += [json.loads(line) for line in shard.read_text().splitlines()]
    return sorted(found, key=json.dumps)


def _typed(row: dict[str, str]) -> dict[str, Any]:
    own: dict[str, Any] = {
        "page": int,
        "confidence": float,
        "box": json.loads,
        "accepted": json.loads,
    }
    return {
        name: own.get(name, str)(value) if value else None
        for name, value in row.items()
    }


def texts(folder: Path) -> dict[str, str]:
    """Source and page → text, without the folders."""
    return {
        f"{Path(row['source']).name}:{row['page']}": row["text"] for row in rows(folder)
    }


def tar_of(path: Path, numbers: list[str]) -> Path:
    with tarfile.open(path, "w") as tar:
        for number in numbers:
            for name, content in (
                (f"{number}.png", picture(number)),
                (f"{number}.cls", b"1"),
            ):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return path
