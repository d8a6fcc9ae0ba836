"""Results files: JSON with one row per line, written whole or not at all.

A kill loses nothing that was measured.
"""

import json
from pathlib import Path
from typing import Any

from inkdigits.errors import TrainingError
from inkdigits.files import write_whole


def load(path: Path) -> dict[str, Any]:
    """The file's content; empty if there is no file yet."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{path} cannot be read ({str(error)[:80]}): repair it, or delete it to start over"
        ) from None
    if not isinstance(content, dict):
        raise TrainingError(
            f"{path} is not a results file: it contains no JSON object; name another --output"
        )
    return content


def save(path: Path, content: dict[str, Any]) -> Path:
    """Write the results whole, so that a kill leaves the previous ones intact."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_whole(path, as_text(content) + "\n")
    except OSError as error:
        raise TrainingError(
            f"{path} could not be written ({error.strerror or error}): name another --output"
        ) from None


def as_text(value: Any, indent: str = "") -> str:
    """JSON with one key per line, and one object per line in a list of objects."""
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        lines = [
            f"{deeper}{json.dumps(key)}: {as_text(inner, deeper)}"
            for key, inner in value.items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return (
            "[\n"
            + ",\n".join(
                deeper + json.dumps(inner, ensure_ascii=False) for inner in value
            )
            + f"\n{indent}]"
        )
    return json.dumps(value, ensure_ascii=False)
