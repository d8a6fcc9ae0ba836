"""Pen strokes from files: scaled to a unit square; what is no such file gives one clear error."""

import gzip
import json
from pathlib import Path

import pytest

from inkdigits import errors
from inkdigits.data.strokes import load_strokes


def test_strokes_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "strokes.json.gz"
    path.write_bytes(
        gzip.compress(json.dumps({"strokes": [[[[5, 5], [15, 25]], []], []]}).encode())
    )
    one, none = load_strokes(path)
    assert one[0].tolist() == [[0, 0], [0.5, 1]]
    assert none == []
    path.write_text("{")
    with pytest.raises(errors.DataError, match="holds no pen strokes"):
        load_strokes(path)
