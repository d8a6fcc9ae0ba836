# ruff: noqa: E501
"""Puts the figures of benchmarks/results/*.json into both README.md, the docs, the recipes' heads and the bundled model's card:
`python benchmarks/render.py`.

A test holds all of them to it, so that no figure there is typed by hand.
"""

import hashlib
import json
import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
DOCS = HERE.parent / "docs"
MODELS = HERE.parent / "src" / "inkdigits" / "reading" / "models"
BUNDLED_RESULTS = (
    HERE.parent / "src" / "inkdigits" / "training" / "bundled" / "results.json"
)
CARD, MARKS_CARD, GLYPHS_CARD = (
    MODELS / "digits.md",
    MODELS / "marks.md",
    MODELS / "glyphs.md",
)
ROWS_CARD = MODELS / "rows.md"
_MARKS = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)


def _scale() -> str:
    return (
        _script("render_scale").scale(_results("batch"))
        if _is_measured("batch")
        else "Not measured yet: `make bench-batch`.\n"
    )


def _forms() -> str:
    render = _script("render_forms")
    reading = (
        render.reading(_results("forms"))
        if _is_measured("forms")
        else "Not measured yet: `make bench-forms`.\n"
    )
    return reading + (
        "\n" + render.review(_results("review")) if _is_measured("review") else ""
    )


def _training() -> str:
    if not _is_measured("training-speed"):
        return "Not measured yet: `make bench-training-speed`.\n"
    file = _results("training-speed")
    r, machine = file["results"], file["machine"]
    rows = [
        f"| {name} | {row['parameters']:,} | {row['ready_s']:.1f} s | {row['epoch_s']:.1f} s |"
        for name, row in r["training"].items()
    ]
    drawing = ", ".join(
        f"{name} {seconds:.1f} s" for name, seconds in r["drawing_an_epoch_s"].items()
    )
    return "\n".join([
        "| a net and a way to train it | parameters | made, compiled, first step | an epoch of 60,000 then |", "|---|---|---|---|", *rows, "",
        f"Drawing an epoch anew, in one thread: {drawing}. Loading Keras and TensorFlow: {r['keras_and_tensorflow_loaded_s']:.1f} s.",
        f"Measured on {machine['cpu']}, {machine['cores']} cores, load {file['load']} at the end; epochs from 20 to 120 steps.", "",
    ])  # fmt: skip


def _install() -> str:
    """The wheel in fresh environments, a row for each Python."""
    if not _is_measured("install"):
        return "Not measured yet: `make bench-install`.\n"
    file = _results("install")
    rows = [
        f"| {version} | {row['installed_mb']:.0f} MB | {_clocks(row, 'import', 1000, 0)} ms | "
        f"{_clocks(row, 'first_answer', 1, 2)} s |"
        for version, row in file["install"].items()
    ]
    newest = list(file["install"].values())[-1]
    heaviest = ", ".join(
        f"{name} {size:.0f} MB" for name, size in newest["heaviest_mb"].items()
    )
    machine = file["machine"]
    head = "| Python | installed | `import inkdigits` | `inkdigits predict` from the start |"
    return "\n".join(
        [
            head,
            "|---|---|---|---|",
            *rows,
            "",
            f"The wheel itself has {file['wheel_mb']:.1f} MB; the heaviest with the newest Python: {heaviest}.",
            "Before the semicolon stands the time of the processor (median), after it that on the "
            f"clock (fastest, median) of {file['rounds']} "
            f"interleaved runs, on {machine['cpu']}, {machine['cores']} cores that other work kept "
            f"busy (load {file['load']}). `make bench-install`.",
            "",
        ]
    )


def _clocks(row: dict[str, Any], what: str, scale: int, places: int) -> str:
    """Of the processor; and on the clock, the fastest and the median."""
    processor, wall = row[f"{what}_processor_s"], row[f"{what}_s"]
    figures = (processor["median"], wall["fastest"], wall["median"])
    first, fastest, median = (f"{scale * figure:.{places}f}" for figure in figures)
    return f"{first}; {fastest}, {median}"


def _choices() -> str:
    if not _is_measured("choices"):
        return "Not measured yet: `make bench-choices`.\n"
    file = _results("choices")
    titles = {
        "writers": "Held out by writers:",
        "chance": "Held out by chance, so that the people it is judged by are among those it learned from:",
    }
    parts = [
        line
        for held, rows in file["held"].items()
        for line in (titles[held], "", *_table_of_choices(rows), "")
    ]
    used = sorted(
        {
            row["cores"]
            for rows in file["held"].values()
            for row in rows.values()
            if "cores" in row
        }
    )
    parts.append(
        f"Measured on {file['machine']['cpu']}, {' or '.join(map(str, used))} core{'s' * (used != [1])} each.\n"
    )
    return "\n".join(parts)


def _table_of_choices(rows: dict[str, Any]) -> list[str]:
    from inkdigits.evaluation.benchmark.sections import epochs_shown

    return [
        "| net and way | epochs | wrong | log loss | wrong by five looks | log loss | seconds of fit |", "|---|---|---|---|---|---|---|",
        *(
            f"| {name} | {epochs_shown(row['settings']) if 'settings' in row else ''} | {row['one']['wrong']} | {row['one']['log_loss']:.4f} | "
            f"{row['five']['wrong']} | {row['five']['log_loss']:.4f} | {row.get('seconds', '')} |"
            for name, row in rows.items()
        ),
    ]  # fmt: skip


def table() -> str:
    """All figures: benchmarks/README.md shows them below the recipes."""
    parts = (
        _bundled,
        _recipes,
        _speed,
        _real,
        _photos,
        _read,
        _predict,
        _serve,
        _page,
        _live,
        _batch,
        _finetune,
        _tune,
    )
    return _as_table([row for part in parts for row in part()])


def few() -> str:
    """Six of them, for a user's first five minutes."""
    mnist = _results("bundled")["sets"]["mnist"]
    best, fast = (
        _results("recipes")["recipes"][name]["summary"] for name in ("best", "fast")
    )
    photos = _results("read")["sets"]["photos"]
    cold = _results("predict")["cold"]
    served = _results("serve")["loads"]["200×200 32"]["inkdigits"]
    peer = (
        f" ({100 * photos['rapidocr']['exact']:.0f} % of {photos['rapidocr']['n']} by RapidOCR)"
        if "rapidocr" in photos
        else ""
    )
    return _as_table([
        ("MNIST's test set, the bundled model", _percent(mnist["accuracy"]), f"{mnist['n']:,}", "`make bench-model`"),
        ("MNIST's test set, trained by `--recipe best`", _percent(best["mean"], best["sd"]), f"{best['n']} seeds",
         "`make bench-accuracy`"),
        (f"the same by `--recipe fast`, in {fast['fit_seconds']:.0f} s of training", _percent(fast["mean"], fast["sd"]),
         f"{fast['n']} seeds", "`make bench-accuracy`"),
        (f"users' phone photos of one digit, read whole and right{peer}", _percent(photos["inkdigits"]["exact"]), str(photos["n"]),
         "`make bench-read`"),
        ("`inkdigits predict` on one file, from the start (the usual TensorFlow script)",
         f"{cold['inkdigits_s']:.2f} s ({cold['plain_s']:.1f} s)", f"{cold['rounds']} rounds", "`make bench-predict`"),
        ("`inkdigits serve`: pictures of 200×200 a second", f"{served['per_s']:,.0f}", f"{_results('serve')['rounds']} rounds",
         "`make bench-serve`"),
    ])  # fmt: skip


def _percent(share: float, spread: float | None = None) -> str:
    return (
        f"{100 * share:.2f} %"
        if spread is None
        else f"{100 * share:.2f} ± {100 * spread:.2f} %"
    )


def _as_table(rows: list[tuple[str, ...]]) -> str:
    lines = [
        "| what | figure | n | command |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    machine = _results("predict")["machine"]
    return (
        "\n".join(lines)
        + f"\n\nMeasured on {machine['cpu']}, {machine['cores']} cores, Python {machine['python']}.\n"
    )


def _is_measured(name: str) -> bool:
    return (HERE / "results" / f"{name}.json").exists()


def _results(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "results" / f"{name}.json").read_text())
    return found


def _recipes() -> list[tuple[str, ...]]:
    if not _is_measured("recipes"):
        return []
    from inkdigits.evaluation.benchmark.sections import epochs_shown

    command = "`make bench-accuracy`"
    return [
        (f"the recipe `{name}` on MNIST's test set, {epochs_shown(entry['rows'][0]['settings'], with_unit=True)}, last epoch ({r['parameters']:,} parameters, {r['fit_seconds']:.0f} s of fit)",
         f"{r['mean']:.2%} ± {r['sd']:.2%}" if r["n"] > 1 else f"{r['mean']:.2%}", f"{r['n']} seeds" if r["n"] > 1 else "1 seed", command)
        for name, entry in _results("recipes")["recipes"].items()
        for r in [entry["summary"]]
    ]  # fmt: skip


def _speed() -> list[tuple[str, ...]]:
    if not _is_measured("speed") or not _results("speed").get("summary"):
        return []
    r = _results("speed")
    rounds, peer = f"{len(r['rounds'])} rounds, interleaved", r["peer"]
    return [
        (f"`{name}` against `{peer['recipe']}` at {peer['epochs']} epochs (the fewest with a mean of {peer['mark']:.0%}): fit; whole process",
         f"**{s['fit_ratio'][0]:.1f}×**, {s['fit']:.1f} s; {s['process_ratio'][0]:.1f}×, {s['process']:.1f} s", rounds, "`make bench-speed`")
        for name, s in r["summary"].items()
        if name != peer["recipe"]
    ]  # fmt: skip


def _bundled() -> list[tuple[str, ...]]:
    sets, command = _results("bundled")["sets"], "`make bench-model`"
    rows = [
        (
            f"the bundled model on {shown}",
            f"{sets[name]['accuracy']:.2%}",
            f"{sets[name]['n']:,}",
            command,
        )
        for name, shown in _SETS.items()
        if name in ("mnist", "usps", "ardis", "semeion")
    ]
    letters = sets["letters"]
    refused = f"{letters['refused']:.1%} (AUROC {letters['auroc']:.3f})"
    return [
        *rows,
        (
            "letters it refuses (no look-alikes, unseen files)",
            refused,
            f"{letters['n']:,}",
            command,
        ),
    ]


def _real() -> list[tuple[str, ...]]:
    names, nets = (
        {"canvas": "users' drawings", "photo": "users' photos"},
        {"real": "bundled", "real-classic": "classic"},
    )
    return [
        (f"{names[kind]}, the {net} net: resized and inverted the usual way → prepared by inkdigits",
         f"{r[kind]['plain']:.1%} → **{r[kind]['ours']:.1%}**", str(r[kind]["n"]), "`make bench-real`")
        for file, net in nets.items()
        for r in [_results(file)["results"]]
        for kind in names
    ]  # fmt: skip


def _photos() -> list[tuple[str, ...]]:
    names = {
        "photos": "photos composed of held-out digits: shadows, rules, a table's edge",
        "cuttings": "cuttings close around one digit of a row",
    }
    return [
        (f"{names[kind]}: one way of finding ink → several", f"{r['one way alone']:.1%} → **{r['right']:.1%}**", f"{r['n']:,}",
         "`make bench-photos`")
        for kind, r in _results("photos")["results"].items()
    ]  # fmt: skip


def _read() -> list[tuple[str, ...]]:
    r = _results("read")
    command, timing = "`make bench-read`", r["speed"]
    rows = [(f"`Reader.read` on {name}: all digits right" + _compared(row), f"**{row['inkdigits']['exact']:.1%}**",
             str(row["n"]), command)
            for name, row in r["sets"].items() if name != "without numbers"]  # fmt: skip
    page = f"{timing['a4_s']:.2f} s, {timing['a4_peak_mb']:.0f} MB; Tesseract {timing['a4_tesseract_s']:.1f} s"
    fast = f"{timing['photo_12mp_s']:.2f} s; {timing['field_100x40_s'] * 1000:.0f} ms"
    return [*rows, ("an A4 page at 300 dpi with 500 digits, read", page, "best of 3", command),
            ("a 12-megapixel photo with one number; a field of 100×40 pixels", fast, "best of 5; of 20", command)]  # fmt: skip


def _compared(row: dict[str, Any]) -> str:
    others = [
        f"{shown} {row[name]['exact']:.1%} of {row[name]['n']}"
        for name, shown in (("rapidocr", "RapidOCR"), ("tesseract", "Tesseract"))
        if name in row
    ]
    return f" (compared with {', '.join(others)})" if others else ""


def marks_card() -> str:
    """The card of marks.onnx, from the results of its training and of `make bench-read`."""
    training, read = _results("marks-training"), _results("read")
    file = MODELS / "marks.onnx"
    rows = [
        f"| {name} | {row['n']} | {row['inkdigits']['exact']:.1%} | {_written(row)} | {_accepted(row['inkdigits'])} |"
        for name, row in read["sets"].items()
    ]
    held = [
        f"| {kind} | {each['lines']} | {each['right']:.1%} | {each['accepted']:.1%} | {each['wrong']:.2%} |"
        for kind, each in training["held_out"].items()
    ]
    return _MARKS_CARD.format(
        size=file.stat().st_size, digest=hashlib.sha256(file.read_bytes()).hexdigest(), rows="\n".join(rows),
        held="\n".join(held), threshold=training["threshold"], step=training["step"], machine=training["machine"]["cpu"],
    )  # fmt: skip


def glyphs_card() -> str:
    """The card of glyphs.onnx, from the results of its training."""
    training = _results("glyphs-training")
    file, one = MODELS / "glyphs.onnx", training["one_digit"]
    return _GLYPHS_CARD.format(
        size=file.stat().st_size, digest=hashlib.sha256(file.read_bytes()).hexdigest(), step=training["step"],
        machine=training["machine"]["cpu"], held=training["held_out"], right=training["right"],
        temperature=training["temperature"], pictures=one["pictures"], digits=one["digits"], both=one["right"],
        ink=one["right_by_ink"], closeup=one["right_by_closeup"], accepted=one["accepted_digits"],
        others=one["accepted_others"], wrong=one["wrong_of_accepted"], threshold=one["joint"]["threshold"],
    )  # fmt: skip


_GLYPHS_CARD = """# glyphs.onnx, the glyph network

A close-up of one mark in; which mark it is out: ten digits, `. , - / : + % = ( ) $ €`, or none of them. A convolutional network of
604,007 parameters in whole numbers, its last layers in float32; {size:,} bytes, sha256 `{digest}`.

Made by `make marks-model` ({step:,} steps of 256 close-ups of 32×32 on {machine}; seed 0).

## Learned from

Marks of the same composed pages and real numbers as [the marks network](marks.md), each cut out with its surroundings, its box not quite
exact, turned and bent a little; and what is none: letters, pieces of words and digits, two digits as one, rules, bare paper, digits that
the picture's edge cut off. The boxes of real numbers were found anew with its names while it trained.

## Reached

{right:.2%} of {held:,} close-ups of composed pages by held-out hands are named right: many are faint, spoilt or tiny on purpose.

Of {pictures:,} held-out crops with one digit ({digits:,}) or none, as `predict` finds them: {both:.2%} of the digits are right by both
networks together, {ink:.2%} by the digit network (ink alone), {closeup:.2%} by this one. From confidence {threshold:g} on
{accepted:.1%} of the digits are accepted and {others:.1%} of what is none; of all accepted {wrong:.2%} are wrong.

## Use it anywhere

Input `image`: float32 (N, 32, 32, 1), grey with mean 0 and spread 1, the mark in the middle of a square 1.6 times its longer side (or 0.7
times its row's height, where that is more). Output `probabilities`: (N, 23) scores; divide by {temperature:g} before the softmax.
"""


def rows_card() -> str:
    """The card of rows.onnx, from the results of its training."""
    training = _results("rows-training")
    file = MODELS / "rows.onnx"
    ways = ("by_marks", "by_columns", "by_both")
    held = [
        f"| {kind} | " + " | ".join(f"{training[way][kind]:.1%}" for way in ways) + " |"
        for kind in training["by_both"]
    ]
    return _ROWS_CARD.format(
        size=file.stat().st_size, digest=hashlib.sha256(file.read_bytes()).hexdigest(), step=training["step"],
        machine=training["machine"]["cpu"], rows=training["held_out_rows"], held="\n".join(held),
        marks=training["together"]["by_marks"], unfound=training["together"]["unfound"],
    )  # fmt: skip


_ROWS_CARD = """# rows.onnx, the row network

A row of marks as one strip in; what stands in each second column of it out: ten digits, `. , - / : + % = ( ) $ €`, or no mark. A
fully convolutional network of 421,383 parameters in whole numbers; {size:,} bytes, sha256 `{digest}`.

Made by `make marks-model` ({step:,} steps of 64 strips on {machine}; seed 0).

## Learned from

Rows of the same composed pages and real numbers as [the marks network](marks.md), and the number strings of UNIPEN's files for training,
as strips that are not quite exact: a mark at the end missed, the slope and the height a little wrong. It learns from the text alone, wherever
in the strip its marks stand (CTC). The signs of real numbers are not known for sure: there any sign may stand between two digits. Words and
blank cells are strips with no text.

## Reached

A row's text is the one that is likeliest by its marks (log share times {marks:g}) and by its strip together; a text that only the strip
spells starts at {unfound:g}. Of {rows:,} rows of held-out pictures so many are read right:

| kind | by the marks alone | by the strip alone | by both |
|---|---|---|---|
{held}

## Use it anywhere

Input `image`: float32 (1, 32, W, 1), grey with mean 0 and spread 1, the digits about 20 pixels high and level. Output `probabilities`:
(1, 23, 1, W/2) scores.
"""


def _written(row: dict[str, Any]) -> str:
    return (
        f"{row['inkdigits']['as_written']:.1%}"
        if "as_written" in row["inkdigits"]
        else ""
    )


def _accepted(own: dict[str, Any]) -> str:
    low, high = own["interval"]
    return f"{own['accepted_share']:.1%} | {own['accepted_wrong_share']:.2%} ({low:.1%} to {high:.1%})"


_MARKS_CARD = """# marks.onnx, the marks network

Grey pixels in; at every fourth pixel whether a mark's centre is here, which mark it is (ten digits, `. , - / : + % = ( ) $ €`, or
something else) and its box. What a mark is, [the glyph network](glyphs.md) says better; [the row network](rows.md) reads along. A fully convolutional network of 762,492 parameters in whole numbers; {size:,} bytes,
sha256 `{digest}`.

Made by `make marks-model` ({step:,} steps of 16 patches of 256×256 on {machine}; seed 0).

## Learned from

Pages composed of mnist, pendigits, unipen, swiss, letters, symbols, omniglot and signs, with exact boxes (`inkdigits.synthesis`); and real
numbers of copiste, lectaurep, congo cells, old hands and sudoku cells, where it found the digits' boxes itself and they spell the known
text. Writers, pages, stations and files of the validation and test parts (`data/number_splits.json`) are in none of it.

## Reached

On test parts and on sets that nothing was learned from (`make bench-read`). *Accepted right* is the share of all numbers that are accepted
and right; *wrong* the share of accepted lines that are wrong, with its 95 % interval.

| set | n | all digits right | as written | accepted right | of accepted lines wrong |
|---|---|---|---|---|---|
{rows}

A line is accepted from confidence {threshold:g} on. Lines of the validation parts, on which that was fitted:

| kind | lines read | right | accepted | of those wrong |
|---|---|---|---|---|
{held}

## Use it anywhere

Input `image`: float32 (1, H, W, 1), grey from 0 to 255, H and W multiples of sixteen. Output `probabilities`: (1, 28, H/4, W/4): the centre's
log-odds, 23 class scores, and the box as the middle's offset in cells and the logarithms of its sides in cells.
"""


def _predict() -> list[tuple[str, ...]]:
    r = _results("predict")
    cold, warm, command = r["cold"], r["warm"], "`make bench-predict`"
    rounds = f"{cold['rounds']} rounds, interleaved"
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


def _serve() -> list[tuple[str, ...]]:
    r = _results("serve")
    loads, memory, command = r["loads"], r["memory"], "`make bench-serve`"
    busy = (
        ", on a busy machine"
        if r["load_average_before"] > r["machine"]["cores"] / 2
        else ""
    )
    rounds = f"{r['rounds']} × {r['seconds']:g} s, interleaved{busy}"
    rows: list[tuple[str, ...]] = [(f"`inkdigits serve`, one worker, {size} PNG, 32 connections; compared with Flask + Keras and FastAPI + onnxruntime",
             _served(loads[f"{size} 32"]), rounds, command) for size in ("28×28", "200×200")]  # fmt: skip
    if memory:
        rows.append(("its memory over so many requests: at the start, at the end",
                     f"{memory['start_mb']:.0f} MB, {memory['end_mb']:.0f} MB", f"{memory['requests']:,}", command))  # fmt: skip
    return rows


def _served(row: dict[str, Any]) -> str:
    ours, others = row["inkdigits"], [row[name] for name in ("flask", "fastapi")]
    beside = ", ".join(
        f"{other['per_s']:,.0f} a second ({other['ours_times']:.1f}×)"
        for other in others
    )
    return f"**{ours['per_s']:,.0f} a second**, p99 {ours['p99_ms']:.0f} ms; {beside}"


def _page() -> list[tuple[str, ...]]:
    if not (HERE / "results" / "page.json").exists():
        return []
    r, command = _results("page"), "`make bench-page`"
    pen_up = [
        f"{r[f'digit{pace}_ms']:.1f} ms; {r[f'number{pace}_ms']:.1f} ms"
        for pace in ("", "_at_once")
    ]
    load = r.get(
        "load_average_before", float("inf")
    )  # a run that did not note it counts as disturbed
    busy = ", on a busy machine" if load > r["machine"]["cores"] / 2 else ""
    median = f"median of {r['rounds']}{busy}"
    return [
        (f"the page with no server: from pen-up to the answer, one digit; a number of three, a point each {r['hand_ms']:.0f} ms as a mouse gives them", pen_up[0], median, command),
        ("the same, drawn as fast as the browser takes events", pen_up[1], median, command),
        ("the same: the first answer on a cold load from loopback, the engine's start in it", f"{r['cold_s']:.1f} s", "median of 5", command),
        ("the page's weight before engine and model; the whole folder", f"{r['page_bytes'] / 1000:.0f} kB; {r['site_bytes'] / 1e6:.0f} MB", "1", command),
    ]  # fmt: skip


def _live() -> list[tuple[str, ...]]:
    if not _is_measured("live"):
        return []
    r, command = _results("live"), "`make bench-live`"
    busy = (
        ", on a busy machine"
        if r["load_average_before"] > r["machine"]["cores"] / 2
        else ""
    )
    what = "what the lab's live view costs a training of the classic recipe, in processor time"
    figure = f"{r['cost']:+.1%}: {r['live_cpu_s']:.1f} s; without it {r['plain_cpu_s']:.1f} s"
    rounds = f"{r['rounds']} rounds of {r['epochs']} epochs, interleaved{busy}"
    return [(what, figure, rounds, command)]


def _batch() -> list[tuple[str, ...]]:
    if not _is_measured("batch"):
        return []
    r, command = _results("batch"), "`make bench-batch`"
    runs = r["runs"]
    two, one, page = (
        runs["local_2"]["per_s"],
        runs["local_1"]["per_s"],
        runs["a4_local_2"]["per_s"],
    )
    what = "`inkdigits batch`: pictures of 100×100 with a number, 2 workers; 1 worker; the classic loop of Keras `predict`"
    figure = f"{two:,.0f} a second; {one:,.0f}; {r['classic_per_s']:,.0f}"
    pages = f"{page:,.1f} a second", f"{r['pages']:,}", command
    return [
        (what, figure, f"{r['pictures']:,}", command),
        ("the same: A4 pages with 500 digits, 2 workers", *pages),
    ]


def _finetune() -> list[tuple[str, ...]]:
    """Whatever parts have been measured."""
    if not (HERE / "results" / "finetune.json").exists():
        return []
    r, command = _results("finetune"), "`make bench-finetune`"
    rows: list[tuple[str, ...]] = []
    nets = {"bundled": "the bundled net", "classic": "the classic net", "drawn": "the bundled net, no open data at hand,",
            "wrong": "the bundled net, one label in ten wrong,"}  # fmt: skip
    for part, net in nets.items():
        if part in r:
            before, after, rest = (
                sum(row[name] for row in r[part])
                for name in ("wrong_before", "wrong_after", "rest")
            )
            loss = max(row["mnist_before"] - row["mnist_after"] for row in r[part])
            what = f"{net} fine-tuned on 10 pictures a digit of an unseen Swiss writer: error on the writer's rest; MNIST's largest loss"
            rows.append(
                (
                    what,
                    f"{before / rest:.2%} → **{after / rest:.2%}**; {100 * loss:.2f} points",
                    f"{len(r[part])} runs",
                    command,
                )
            )
    if "doubt" in r:
        least = min(one["found_least"] for one in r["doubt"].values())
        runs = sum(one["seeds"] for one in r["doubt"].values())
        rows.append(("`inkdigits data doubt`: of one label in ten made wrong, found in the first 15 % of the list, the least of "
                     + ", ".join(r["doubt"]), f"{least:.1%}", f"{runs} runs", command))  # fmt: skip
    return rows


def _tune() -> list[tuple[str, ...]]:
    if not (HERE / "results" / "tune.json").exists():
        return []
    r = _results("tune")
    what = f"`inkdigits tune`, {r['finished']} trials on digits8x8, killed {len(r['killed_after'])} times: validation (test), the recipe's own → best"
    own = f"{r['own']['accuracy']:.2%}" if r["own"] else "not tried"
    figure = f"{own} ({r['test']['own']:.2%}) → {r['best']['accuracy']:.2%} ({r['test']['best']:.2%})"
    return [(what, figure, f"{r['test']['n']} test", "`make bench-tune`")]


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
    samples = ", ".join(
        f"{name} {count:,}" for name, count in training["samples"].items()
    )
    short = _results("bundled-ablations")
    turns = list(short["turns"].values())
    turned = sum(turn["n"] for turn in turns)
    return _CARD.format(
        digits=digits, others=others, samples=samples, threshold=r["threshold"], temperature=r["temperature"],
        sureness=training["calibration"]["sureness"],
        bytes=speed["bytes"], batch=speed["batch_ms"], single=speed["single_with_framing_ms"], sha=r["sha256"],
        epochs=len(training["history"]), minutes=sum(row["seconds"] for row in training["history"]) / 60,
        cpu=training["machine"]["cpu"], cores=training["machine"]["cores"], terms=_terms(),
        turn_samples=short["samples"], turned=turned, worst_turn=min(turn["accuracy_scans"] for turn in turns),
        in_turn=sum(turn["accuracy_scans"] * turn["n"] for turn in turns) / turned,
    )  # fmt: skip


def bundled_results() -> str:
    """What the metadata of a folder for the Hugging Face Hub says of the bundled networks: per set, the share that is right."""
    sets, read, glyphs = (
        _results("bundled")["sets"],
        _results("read")["sets"],
        _results("glyphs-training"),
    )
    digits = [
        {
            "dataset": name.replace(" ", "-"),
            "name": shown,
            "n": sets[name]["n"],
            "accuracy": sets[name]["accuracy"],
        }
        for name, shown in _SETS.items()
    ]
    numbers = [
        {
            "dataset": _slug(name),
            "name": f"{name}: all digits right",
            "n": row["n"],
            "accuracy": row["inkdigits"]["exact"],
        }
        for name, row in read.items()
    ]
    closeups = {
        "dataset": "composed-close-ups", "name": "close-ups of composed pages", "n": glyphs["held_out"], "accuracy": glyphs["right"],
    }  # fmt: skip
    rows = [
        {
            "dataset": _slug(name),
            "name": f"{name}: held-out rows as written",
            "accuracy": share,
        }
        for name, share in _results("rows-training")["by_columns"].items()
    ]
    shown = {"digits": digits, "marks": numbers, "glyphs": [closeups], "rows": rows}
    return json.dumps(shown, indent=1, ensure_ascii=False) + "\n"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _terms() -> str:
    from inkdigits.data import SETS

    return "\n".join(
        f"- {s.name}: {s.citation}. {s.terms}."
        for s in SETS.values()
        if s.trainable and s.file
    )


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

Swiss writers held out in turn, a quarter of them at a time, by small nets on {turn_samples:,} samples each (`make bench-bundled`): {in_turn:.2%} of
{turned:,} grey scans right, {worst_turn:.2%} in the worst turn.

An answer is accepted from confidence {threshold} on (chosen on validation); temperature {temperature}, sureness {sureness}.
{batch:.3f} ms a glyph in batches, {single:.2f} ms a single one with its framing, on one core.

## Weak where

- Historical digits cut out of lines (DIDA): neighbours that intrude are cut away only where they run off the picture.
- Signs of scripts it never saw: it refuses eight in ten.
- ARDIS: it is less sure of itself there than it may be.
- Letters that people write like digits (o O i I l s S z Z b B g q) may be read as digits: nothing tells them apart without a word.
- Pieces of digits and of letters, as wrong cuts of a line leave them, often look like digits to it.
- Faint ink under hard shadow may lose strokes before the net sees them.

## Use it anywhere

Input `image`: float32 (N, 28, 28, 1), 0 to 1, ink high, framed as the file's metadata says (key `inkdigits`: framing, labels, temperature,
sureness, threshold). Output `probabilities`: (N, 11), the last one "not a digit". Apply the temperature as softmax(log p / T). With c for the
largest share of a digit and [k, a, b] for the sureness, the log-odds of that digit being right are k + a·ln c − b·ln(1 − c).
"""


def confidence() -> str:
    """What is accepted at each least confidence, and how much of that is wrong: numbers, and pictures of one digit."""
    read, digits = _results("read"), _results("digits")
    numbers = {
        name: row["inkdigits"]["curve"]
        for name, row in read["sets"].items()
        if row["inkdigits"]["curve"][0][1]
    }
    return _CONFIDENCE.format(
        line=_results("marks-training")["threshold"], digit=digits["threshold"], numbers=_curves(numbers),
        digits=_curves({name: row["curve"] for name, row in digits["sets"].items()}),
    )  # fmt: skip


def _curves(curves: dict[str, list[list[float]]]) -> str:
    leasts = [least for least, _, _ in next(iter(curves.values()))]
    head = "| set | " + " | ".join(f"{least:g}" for least in leasts) + " |"
    rows = [
        f"| {name} | "
        + " | ".join(f"{share:.0%}, {wrong:.1%}" for _, share, wrong in points)
        + " |"
        for name, points in curves.items()
    ]
    return "\n".join([head, "|---|" + "---|" * len(leasts), *rows])


_CONFIDENCE = """# Confidence, and what to ask of it

A line's `confidence` is the probability that all of its text is right. It is fitted on held-out lines, real and composed, with words and
drawings among them. A picture's (`predict`) is the probability that its digit is right, fitted on held-out crops of digits, letters and bare
paper. An answer is `accepted` from {line:g} (lines) or {digit:g} (one digit) on. Ask for more or less with `Reader(min_confidence=…)`.

Nothing was chosen on the sets below. Where a wrong number costs more than a question, take the column that fits.

## Numbers (`read`)

For each least confidence: the share of all numbers that are accepted and right, and the share of accepted lines that are wrong
(`make bench-read`).

{numbers}

## Pictures of one digit (`predict`)

For each least confidence: the share of pictures answered, and the share of those answers that are wrong (`make bench-digits`).

{digits}
"""


def files() -> dict[Path, str]:
    """Every file that shows figures of the results, made anew."""
    from inkdigits.evaluation.benchmark import page

    between_marks = {
        README: few,
        DOCS / "scale.md": _scale,
        DOCS / "forms.md": _forms,
        DOCS / "training-speed.md": _training,
        DOCS / "decisions" / "015-recipes-at-the-record.md": _choices,
        DOCS / "expectations.md": _install,
    }
    heads: dict[Path, str] = _script("render_heads").heads(
        _results("recipes")["recipes"], _results("speed")
    )
    recipes = {
        HERE / ("README.md" if name == "page" else name): text
        for name, text in page.files(HERE / "results").items()
    }
    recipes[HERE / "README.md"] += f"\n{page.BELOW}\n## Everything else\n\n{table()}"
    return {
        **{file: _between_marks(file.read_text(), figures()) for file, figures in between_marks.items()},
        **heads, **recipes, CARD: card(), MARKS_CARD: marks_card(), GLYPHS_CARD: glyphs_card(), ROWS_CARD: rows_card(), DOCS / "confidence.md": confidence(),
        BUNDLED_RESULTS: bundled_results(),
    }  # fmt: skip


def _between_marks(text: str, figures: str) -> str:
    return _MARKS.sub(lambda match: match[1] + figures + match[2], text)


def _script(name: str) -> ModuleType:
    """One that lies beside this one."""
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    return import_module(name)


if __name__ == "__main__":
    for file, text in files().items():
        file.write_text(text)
