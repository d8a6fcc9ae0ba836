"""The card of digits_boxed.onnx, from the results of its training and of the benchmark of closed fours."""

import hashlib
from pathlib import Path
from typing import Any


def card(file: Path, training: dict[str, Any], closed: dict[str, Any]) -> str:
    """The card of this file."""
    rows = [
        f"| {kind} | {named} | {row['n']:,} | {row['exact']:.1%} | {row['accepted']:.1%} | {row['accepted_wrong']:.1%} |"
        for kind, by_network in closed["results"].items()
        for named, row in by_network.items()
    ]
    return _CARD.format(
        size=file.stat().st_size, digest=hashlib.sha256(file.read_bytes()).hexdigest(),
        stages="; ".join(map(_stage, (training["began_with"], training))),
        usual=closed["mnist"]["digits.onnx"], boxed=closed["mnist"]["digits_boxed.onnx"],
        machine=training["machine"]["cpu"], rows="\n".join(rows),
    )  # fmt: skip


def _stage(facts: dict[str, Any]) -> str:
    settings = facts["settings"]
    return f"{settings['epochs']} epochs at a rate of {settings['learning_rate']:g} (seed {settings['seed']})"


_CARD = """# digits_boxed.onnx, the digit network for the boxes of forms

[digits.onnx](digits.md), trained further on pen strokes whose fours often close. It has the same classes, input and output.
{size:,} bytes, sha256 `{digest}`.

It reads each box of a form, beside [the quick row network](rows.md), which reads the boxes of a field together. `predict` does
not use it: it reads {boxed:.2%} of MNIST's test digits, digits.onnx {usual:.2%} (docs/decisions/030-fours-that-close.md).
Nor is it used where you named a digit network of your own.

Trained by `make boxed-model` on {machine} in two stages: {stages}.
In the first one, fours closed only as an open one does by a pen that begins at its stem; in the second one also as a 9 with a
bar. The data are those of digits.onnx.

## Evaluation

Combs of four to ten digits on pages by held-out pens, read with each digit network (`make bench-closed-fours`):

| the writers' fours | digit network | n | exact | accepted | accepted wrong |
|---|---|---|---|---|---|
{rows}
"""
