"""Puts the figures of benchmarks/results/*.json into README.md, between its marks: `python benchmarks/render.py`.

A test holds the README to it, so that no figure there is typed by hand.
"""

import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
_MARKS = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)


def rendered(text: str) -> str:
    """The text with its table of figures made anew."""
    return _MARKS.sub(lambda match: match[1] + table() + match[2], text)


def table() -> str:
    rows = [row for part in (_classic, _real, _predict) for row in part()]
    lines = ["| what | figure | n | command |", "|---|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    machine = _results("predict")["machine"]
    return "\n".join(lines) + f"\n\nMeasured on {machine['cpu']}, {machine['cores']} cores, Python {machine['python']}.\n"


def _results(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "results" / f"{name}.json").read_text())
    return found


def _classic() -> list[tuple[str, ...]]:
    r = _results("classic")
    seconds = sum(r["fit_seconds"]) / len(r["fit_seconds"])
    what = f"the classic CNN on MNIST's test set, {r['epochs']} epochs, last epoch ({seconds:.0f} s a run)"
    return [(what, f"{r['mean']:.2%} ± {r['sd']:.2%}", f"{len(r['seeds'])} seeds", "`make bench-classic`")]


def _real() -> list[tuple[str, ...]]:
    r = _results("real")["results"]
    names = {"canvas": "users' drawings", "photo": "users' photos"}
    return [
        (f"{names[kind]} right: resized and inverted the plain way → through our road, same net",
         f"{r[kind]['plain']:.1%} → **{r[kind]['ours']:.1%}**", str(r[kind]["n"]), "`make bench-real`")
        for kind in names
    ]  # fmt: skip


def _predict() -> list[tuple[str, ...]]:
    r = _results("predict")
    cold, warm, command = r["cold"], r["warm"], "`make bench-predict`"
    rounds = f"{cold['rounds']} rounds, turn about"
    return [
        ("`inkdigits predict`, cold: wall, peak memory", f"{cold['inkdigits_s']:.2f} s, {cold['inkdigits_mb']:.0f} MB",
         rounds, command),
        ("the usual script (TensorFlow, `.h5`) on the same file", f"{cold['plain_s']:.2f} s, {cold['plain_mb']:.0f} MB: "
         f"{cold['ratio']:.0f}× slower", rounds, command),
        ("`import inkdigits`", f"{r['import_ms']:.0f} ms", "10", command),
        ("`Reader.predict`, warm, one 28×28 array", f"{warm['single_ms']:.2f} ms", "1,000", command),
        (f"`Reader.predict`, a list of 28×28 arrays, {warm['threads']} cores", f"{warm['batch_per_s']:,.0f} a second", "10,000",
         command),
    ]  # fmt: skip


if __name__ == "__main__":
    README.write_text(rendered(README.read_text()))
