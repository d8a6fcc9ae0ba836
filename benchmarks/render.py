# ruff: noqa: E501
"""Puts the figures of benchmarks/results/*.json into README.md and the bundled model's card: `python benchmarks/render.py`.

A test holds both to it, so that no figure there is typed by hand.
"""

import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
CARD = HERE.parent / "src" / "inkdigits" / "reading" / "model" / "card.md"
_MARKS = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)


def rendered(text: str) -> str:
    """The text with its table of figures made anew."""
    return _MARKS.sub(lambda match: match[1] + table() + match[2], text)


def table() -> str:
    rows = [row for part in (_bundled, _real, _read, _classic, _predict, _page) for row in part()]
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


def _bundled() -> list[tuple[str, ...]]:
    sets, command = _results("bundled")["sets"], "`make bench-model`"
    rows = [
        (f"the bundled model on {shown}", f"{sets[name]['accuracy']:.2%}", f"{sets[name]['n']:,}", command)
        for name, shown in _SETS.items()
        if name in ("mnist", "usps", "ardis", "semeion")
    ]
    letters = sets["letters"]
    refused = f"{letters['refused']:.1%} (AUROC {letters['auroc']:.3f})"
    return [*rows, ("letters it refuses (no look-alikes, unseen files)", refused, f"{letters['n']:,}", command)]


def _real() -> list[tuple[str, ...]]:
    names, nets = {"canvas": "users' drawings", "photo": "users' photos"}, {"real": "bundled", "real-classic": "classic"}
    return [
        (f"{names[kind]}, the {net} net: resized and inverted the plain way → through our road",
         f"{r[kind]['plain']:.1%} → **{r[kind]['ours']:.1%}**", str(r[kind]["n"]), "`make bench-real`")
        for file, net in nets.items()
        for r in [_results(file)["results"]]
        for kind in names
    ]  # fmt: skip


def _read() -> list[tuple[str, ...]]:
    r = _results("read")
    command, timing = "`make bench-read`", r["speed"]
    rows = [(f"`Reader.read`: {name}, fully right (wrong digits)" + _beside(row),
             f"**{row['inkdigits']['exact']:.1%}** ({row['inkdigits']['digit_error']:.1%})", str(row["n"]), command)
            for name, row in r["sets"].items()]  # fmt: skip
    page = f"{timing['a4_s']:.2f} s, {timing['a4_peak_mb']:.0f} MB; Tesseract {timing['a4_tesseract_s']:.1f} s"
    fast = f"{timing['photo_12mp_s']:.2f} s; {timing['field_100x40_s'] * 1000:.0f} ms"
    return [*rows, ("an A4 page at 300 dpi with 500 digits, read", page, "best of 3", command),
            ("a 12-megapixel photo with one number; a field of 100×40 pixels", fast, "best of 5; of 20", command)]  # fmt: skip


def _beside(row: dict[str, Any]) -> str:
    others = [
        f"{shown} {row[name]['exact']:.1%}"
        for name, shown in (("tesseract", "Tesseract"), ("rapidocr", "RapidOCR"))
        if name in row
    ]
    return f"; beside it {', '.join(others)}" if others else ""


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
        ("`Reader.predict`, warm, one 28×28 array: as MNIST has it; dark on light",
         f"{warm['single_ms']:.2f} ms; {warm['single_dark_on_light_ms']:.2f} ms", "1,000", command),
        (f"`Reader.predict`, a list of 28×28 arrays, {warm['threads']} cores", f"{warm['batch_per_s']:,.0f} a second", "10,000",
         command),
    ]  # fmt: skip


def _page() -> list[tuple[str, ...]]:
    if not (HERE / "results" / "page.json").exists():
        return []
    r, command = _results("page"), "`make bench-page`"
    pen_up = f"{r['digit_ms']:.0f} ms; {r['number_ms']:.0f} ms"
    return [
        ("the page with no server: from pen-up to the answer, one digit; a number of three", pen_up, f"median of {r['rounds']}", command),
        ("the same: the first answer on a cold load from loopback, the engine's start in it", f"{r['cold_s']:.1f} s", "median of 5", command),
        ("the page's weight before engine and model; the whole folder", f"{r['page_bytes'] / 1000:.0f} kB; {r['site_bytes'] / 1e6:.0f} MB", "1", command),
    ]  # fmt: skip


_SETS = {
    "mnist": "MNIST test", "pendigits": "pendigits test (unseen writers)", "optdigits": "optdigits windep (unseen writers)",
    "unipen": "UNIPEN digits (unseen files)", "swiss": "swiss_numbers (unseen writers)", "swiss scans": "the same as grey scans, through `Reader.predict`", "usps": "USPS test, never trained on",
    "ardis": "ARDIS test, never trained on", "semeion": "Semeion, never trained on", "dida": "DIDA 1000, never trained on, through `Reader.predict`",
}  # fmt: skip
_NO_DIGITS = {"letters": "letters, not look-alikes (unseen files)", "symbols": "symbols (unseen files)",
              "omniglot": "Omniglot (unseen characters)", "signs": "signs (unseen)"}  # fmt: skip


def card() -> str:
    """The bundled model's card."""
    r, training = _results("bundled"), _results("bundled-training")
    sets, speed = r["sets"], r["speed"]
    digits = "\n".join(
        f"| {shown} | {sets[name]['n']:,} | {sets[name]['accuracy']:.2%} | {sets[name]['accepted']:.2%} | "
        f"{sets[name]['accuracy_accepted']:.2%} | {sets[name]['ece']:.2%} |"
        for name, shown in _SETS.items()
    )
    others = "\n".join(
        f"| {shown} | {sets[name]['n']:,} | {sets[name]['refused']:.2%} | {sets[name]['auroc']:.4f} |"
        for name, shown in _NO_DIGITS.items()
    )
    samples = ", ".join(f"{name} {count:,}" for name, count in training["samples"].items())
    return _CARD.format(
        digits=digits, others=others, samples=samples, threshold=r["threshold"], temperature=r["temperature"],
        bytes=speed["bytes"], batch=speed["batch_ms"], single=speed["single_with_framing_ms"], sha=r["sha256"],
        epochs=len(training["history"]), minutes=sum(row["seconds"] for row in training["history"]) / 60,
        cpu=training["machine"]["cpu"], cores=training["machine"]["cores"], terms=_terms(),
    )  # fmt: skip


def _terms() -> str:
    from inkdigits.data import SETS

    return "\n".join(f"- {s.name}: {s.citation}. {s.terms}." for s in SETS.values() if s.trainable and s.file)


_CARD = """# digits.onnx, the bundled model

Ten digits and "not a digit" in one pass over a 28×28 glyph: three pairs of 3×3 convolutions. {bytes:,} bytes,
sha256 `{sha}`.

Made by `make model` (seed 1, {epochs} epochs, {minutes:.0f} minutes on {cpu}, {cores} cores, other work beside it).
Figures by `make bench-model`. Nothing was trained or fitted on a test set or on a set that is for evaluating only; but the share of
non-digits that validation must still refuse (93 %), and int8, were settled on after test figures of the float32 net had been seen.

## Learned from

{samples} samples, the pen strokes drawn afresh each epoch: an eighth as they are, about half nudged, the rest
turned, bent, thinned, thickened, blurred, broken and framed amiss as real pictures are; signs of other scripts in their eight symmetries;
and drawn negatives (noise, specks, lines, textures, corners, made-up signs, digits glued, halved or on their side).
Every seventh writer, file or run of a hundred was held out for validation, besides the test splits below.

{terms}

## Reached

| digits of | n | right | accepted | of those right | ECE |
|---|---|---|---|---|---|
{digits}

| what is no digit | n | refused | AUROC against digits |
|---|---|---|---|
{others}

An answer is accepted from confidence {threshold} on (chosen on validation); temperature {temperature}.
{batch:.3f} ms a glyph in batches, {single:.2f} ms a single one with its framing, on one core.

## Weak where

- Historical digits cut out of lines (DIDA): neighbours that intrude are cut away only where they run off the picture.
- Signs of scripts it never saw: it refuses eight in ten.
- UNIPEN's tablets, ARDIS and Semeion: it is less sure of itself there than it may be.
- Letters that people write like digits (o O i I l s S z Z b B g q) may be read as digits: nothing tells them apart without a word.
- Pieces of digits and of letters, as wrong cuts of a line leave them, often look like digits to it.
- Faint ink under hard shadow may lose strokes before the net sees them.

## Use it anywhere

Input `image`: float32 (N, 28, 28, 1), 0 to 1, ink high, framed as the file's metadata says (key `inkdigits`: framing, labels, temperature,
threshold). Output `probabilities`: (N, 11), the last one "not a digit". Apply the temperature as softmax(log p / T).
"""


if __name__ == "__main__":
    CARD.write_text(card())
    README.write_text(rendered(README.read_text()))
