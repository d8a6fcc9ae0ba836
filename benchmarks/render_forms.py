"""The figures of docs/forms.md, from benchmarks/results/forms.json and review.json.

`python benchmarks/render.py` puts them there.
"""

from typing import Any

from intervals import wilson


def reading(file: dict[str, Any]) -> str:
    """Accuracy of registration and of reading."""
    results = file["results"]
    parts = [
        _registration(results["registration"]),
        _reading(results),
        _tables(results),
        _machine(file),
    ]
    return "\n\n".join(parts) + "\n"


def _registration(r: dict[str, Any]) -> str:
    shares = ", ".join(
        f"{name} {share:.0%}" for name, share in r["aligned_by_machine"].items()
    )
    low, high = wilson(round(r["aligned"] * r["n"]), r["n"])
    return (
        f"Of {r['n']} filled pages of forms without corner marks, {r['aligned']:.1%} "
        f"({low:.1%} to {high:.1%}) were aligned to within 2 px at 200 dpi ({shares}). "
        "Wrong alignments that were accepted, including pages of other forms: "
        f"{r['wrong_alignments_accepted']}."
    )


def _reading(results: dict[str, Any]) -> str:
    rows = [_row(name, row) for name, row in results.items() if "sheets" in row]
    columns = [
        "sheets, fields",
        "fields right",
        "sheets without errors",
        "accepted fields",
        "accepted but wrong",
    ]
    return _table("sheets with corner marks", columns, rows)


def _tables(results: dict[str, Any]) -> str:
    """Pages of numbers read without a template."""
    rows = [
        f"| {name} | {row['pages']}, {row['cells']:,} | {row['structure']:.1%} | "
        f"{row['exact']:.1%} | {row['accepted']:.1%} | {row['accepted_wrong']:.1%} | "
        f"{row['cpu_seconds_a_page']:.2f} s |"
        for name, row in results.items()
        if "structure" in row
    ]
    columns = [
        "pages, cells",
        "rows and columns right",
        "cells right",
        "accepted cells",
        "of these wrong",
    ]
    return _table("20 rows, 6 columns", columns, rows)


def _table(what: str, columns: list[str], rows: list[str]) -> str:
    head = [what, *columns, "CPU per page"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows]
    return "\n".join(lines)


def _row(name: str, row: dict[str, Any]) -> str:
    accepted = round(row["accepted"] * row["fields"])
    low, high = wilson(row["accepted_wrong_n"], accepted)
    wrong = f"{row['accepted_wrong_n']} ({low:.1%} to {high:.1%})"
    exact = (
        f"{row['exact']:.1%} | {row['sheets_all_right']:.0%} | {row['accepted']:.1%}"
    )
    seconds = f"{row['cpu_seconds_a_page']:.2f} s"
    return (
        f"| {name} | {row['sheets']}, {row['fields']} | {exact} | {wrong} | {seconds} |"
    )


def review(file: dict[str, Any]) -> str:
    """Response times of the review."""
    r, machine = file["results"], file["machine"]
    answer, picture = r["answer_ms"], r["picture_ms"]
    return (
        f"Review, over {r['fields']} fields: an answer was stored and the next field shown "
        f"after {answer['median']:g} ms (median; 95th percentile {answer['p95']:g} ms), its picture "
        f"after {picture['median']:g} ms ({picture['p95']:g} ms). Measured by `{file['command']}` "
        f"on {machine['cpu']}, {machine['cores']} cores, on a machine with load "
        f"{file['load']:.1f}.\n"
    )


def _machine(file: dict[str, Any]) -> str:
    machine = file["machine"]
    where = f"{machine['cpu']}, {machine['cores']} cores"
    return f"Measured by `{file['command']}` on {where}, with synthetic forms and held-out writers."
