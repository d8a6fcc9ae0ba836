# ruff: noqa: E501
"""Write the figures of benchmarks/results/*.json into the pages that show them.

Run it with `python benchmarks/render.py`. It writes README.md, benchmarks/README.md, the docs, the
headers of the recipes and the model cards. A test compares all of them with the results, so that
no figure is typed by hand.
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
CLOSER_CARD = MODELS / "rows_closer.md"
BOXED_CARD = MODELS / "digits_boxed.md"
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


def _goals() -> str:
    measured = (_results(name) for name in ("read", "digits", "forms"))
    return str(_script("render_goals").goals(*measured))


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
        "| network and training method | parameters | building, compiling and first step | each further epoch of 60,000 |", "|---|---|---|---|", *rows, "",
        f"Augmenting one epoch in a single thread: {drawing}. Importing Keras and TensorFlow: {r['keras_and_tensorflow_loaded_s']:.1f} s.",
        f"Measured on {machine['cpu']}, {machine['cores']} cores, load {file['load']} at the end; epochs extrapolated from 20 to 120 steps.", "",
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
    head = "| Python | installed size | `import inkdigits` | `inkdigits predict`, cold start |"
    return "\n".join(
        [
            head,
            "|---|---|---|---|",
            *rows,
            "",
            f"The wheel itself is {file['wheel_mb']:.1f} MB. The largest packages with the newest Python: {heaviest}.",
            "Times are CPU time (median); then wall-clock time (fastest, median), over "
            f"{file['rounds']} interleaved runs on {machine['cpu']}, {machine['cores']} cores, "
            f"on a busy machine (load {file['load']}). `make bench-install`.",
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
        "chance": "Held out at random, so that the same writers are in the training and the validation data:",
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
        "| network and method | epochs | errors | log loss | errors (five shifts) | log loss (five shifts) | training time (s) |", "|---|---|---|---|---|---|---|",
        *(
            f"| {_choice_shown(name)} | {epochs_shown(row['settings']) if 'settings' in row else ''} | {row['one']['wrong']} | {row['one']['log_loss']:.4f} | "
            f"{row['five']['wrong']} | {row['five']['log_loss']:.4f} | {row.get('seconds', '')} |"
            for name, row in rows.items()
        ),
    ]  # fmt: skip


# How the docs call what the results file names in its own words.
_CHOICES = {
    "all of it a quarter more": "all augmentation 25 % stronger",
    "half by other pens": "half with other pen widths",
    "bends of 0.8 px": "deformations of 0.8 px",
    "no focus": "no hard-example sampling",
    "two seeds of fives": "fives, two seeds",
    "two seeds of threes": "threes, two seeds",
    "two of threes, two of fives, sevens, wide": "threes ×2, fives ×2, sevens, wide",
    "best, its threes": "best, threes of the same width",
    "best, its threes, a narrower threes": "best, threes of the same width, narrower threes",
    "fives, sevens, wide, taught by those": "fives, sevens, wide, distilled from those three",
}


def _choice_shown(name: str) -> str:
    for ours, shown in sorted(_CHOICES.items(), key=lambda item: -len(item[0])):
        if name == ours or name.startswith(f"{ours},") or name.endswith(f", {ours}"):
            return name.replace(ours, shown)
    return name


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
    """The six figures of the README."""
    mnist = _results("bundled")["sets"]["mnist"]
    best, fast = (
        _results("recipes")["recipes"][name]["summary"] for name in ("best", "fast")
    )
    photos = _results("read")["sets"]["photos"]
    cold = _results("predict")["cold"]
    served = _results("serve")["loads"]["200×200 32"]["inkdigits"]
    peer = (
        f" (RapidOCR: {100 * photos['rapidocr']['exact']:.0f} % of {photos['rapidocr']['n']})"
        if "rapidocr" in photos
        else ""
    )
    return _as_table([
        ("MNIST test accuracy, bundled model", _percent(mnist["accuracy"]), f"{mnist['n']:,}", "`make bench-model`"),
        ("MNIST test accuracy, `--recipe best`", _percent(best["mean"], best["sd"]), f"{best['n']} seeds",
         "`make bench-accuracy`"),
        (f"MNIST test accuracy, `--recipe fast`, {fast['fit_seconds']:.0f} s of training", _percent(fast["mean"], fast["sd"]),
         f"{fast['n']} seeds", "`make bench-accuracy`"),
        (f"users' phone photos of one digit, read correctly by `read`{peer}", _percent(photos["inkdigits"]["exact"]), str(photos["n"]),
         "`make bench-read`"),
        ("`inkdigits predict` on one file, cold start (the usual TensorFlow script)",
         f"{cold['inkdigits_s']:.2f} s ({cold['plain_s']:.1f} s)", f"{cold['rounds']} rounds", "`make bench-predict`"),
        ("`inkdigits serve`, 200×200 pictures per second", f"{served['per_s']:,.0f}", f"{_results('serve')['rounds']} rounds",
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
        (f"recipe `{name}`: MNIST test accuracy after {epochs_shown(entry['rows'][0]['settings'], with_unit=True)} ({r['parameters']:,} parameters, {r['fit_seconds']:.0f} s of training)",
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
        (f"speedup of `{name}` over `{peer['recipe']}` with {peer['epochs']} epochs (the fewest with a mean of {peer['mark']:.0%}): training; whole process",
         f"**{s['fit_ratio'][0]:.1f}×**, {s['fit']:.1f} s; {s['process_ratio'][0]:.1f}×, {s['process']:.1f} s", rounds, "`make bench-speed`")
        for name, s in r["summary"].items()
        if name != peer["recipe"]
    ]  # fmt: skip


def _bundled() -> list[tuple[str, ...]]:
    sets, command = _results("bundled")["sets"], "`make bench-model`"
    rows = [
        (
            f"bundled model: accuracy on {shown}",
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
            "bundled model: letters refused (without look-alikes, unseen files)",
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
        (f"{names[kind]}, {net} network: naive resizing and inverting → preprocessing of inkdigits",
         f"{r[kind]['plain']:.1%} → **{r[kind]['ours']:.1%}**", str(r[kind]["n"]), "`make bench-real`")
        for file, net in nets.items()
        for r in [_results(file)["results"]]
        for kind in names
    ]  # fmt: skip


def _photos() -> list[tuple[str, ...]]:
    names = {
        "photos": "synthetic photos of held-out digits, with shadows, ruled lines and table edges",
        "cuttings": "tight crops of one digit in a row",
    }
    return [
        (f"{names[kind]}: one binarization method → several", f"{r['one way alone']:.1%} → **{r['right']:.1%}**", f"{r['n']:,}",
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
    return [*rows, ("`Reader.read` on an A4 page at 300 dpi with 500 digits", page, "best of 3", command),
            ("`Reader.read` on a 12-megapixel photo with one number; on a field of 100×40 pixels", fast, "best of 5; best of 20", command)]  # fmt: skip


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

Classifies a close-up of one mark: ten digits, `. , - / : + % = ( ) $ €`, or none of them. A quantized convolutional network with
604,007 parameters; its last layers are float32. {size:,} bytes, sha256 `{digest}`.

Trained by `make marks-model` ({step:,} steps of 256 close-ups of 32×32 on {machine}; seed 0).

## Training data

Marks from the same synthetic pages and real numbers as [the marks network](marks.md). Each is cropped with its surroundings and a
slightly wrong bounding box, and slightly rotated and deformed. Negatives are letters, parts of words and digits, two digits as one,
ruled lines, blank paper, and digits cut off by the picture's edge. During training, the bounding boxes of real numbers were found again
with this network's predictions.

## Evaluation

{right:.2%} of {held:,} close-ups from synthetic pages by held-out writers are classified correctly. Many of them are deliberately faint,
degraded or tiny.

The second evaluation uses {pictures:,} held-out crops with one digit ({digits:,} of them) or none, as `predict` finds them. Both
networks together read {both:.2%} of the digits correctly, the digit network (ink only) {ink:.2%}, and this network {closeup:.2%}. At the
acceptance threshold of {threshold:g}, {accepted:.1%} of the digits and {others:.1%} of the non-digits are accepted, and {wrong:.2%} of
all accepted answers are wrong.

## Usage

Input `image`: float32 (N, 32, 32, 1), grey with mean 0 and standard deviation 1. The mark is in the middle of a square whose side is 1.6
times the mark's longer side, or 0.7 times its row's height if that is larger. Output `probabilities`: (N, 23) scores; divide by
{temperature:g} before the softmax.
"""


def rows_card() -> str:
    """The card of rows.onnx, from the results of its training."""
    from inkdigits.training.rows.train import TrainSettings

    training = _results("rows-training")
    stages = TrainSettings()
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
        malformed=training["together"]["malformed"],
        small=stages.small_steps, first=stages.earlier_steps[0], second=stages.earlier_steps[1], third=stages.earlier_steps[2], fourth=stages.earlier_steps[3], rate=stages.peak_rate,
    )  # fmt: skip


_ROWS_CARD = """# rows.onnx, the quick row network

Reads a row of marks as one line image; rows that are in doubt then are read by [a larger network](rows_closer.md) as well. For
every second column of pixels it predicts a digit, one of `. , - / : + % = ( ) $ €`, or no mark. A quantized, fully convolutional network with 914,791 parameters; {size:,} bytes, sha256 `{digest}`.

Trained by `make marks-model` on {machine}, in six stages: a network of 421,383 parameters in {small:,} steps of 64 line images (seed 0),
then grown to its size and trained for {first:,} more (seed 3; docs/decisions/018-context-for-rows.md), for {second:,} with the signs of
transcriptions (seed 4; docs/decisions/019-signs-from-transcriptions.md), for {third:,} on pictures that people can read (seed 5;
docs/decisions/020-legible-training-data.md), for {fourth:,} with fours that close and digits of one hand that differ in size (seed 9;
docs/decisions/031-digits-of-one-hand-differ-in-size.md), and for {step:,} with longer commas (seed 12;
docs/decisions/032-gaps-and-doubtful-signs.md); the peak rate of the last five is {rate}. After each of the last two stages, the weights are
the mean of those before and after it.

## Training data

Rows from the same synthetic pages and real numbers as [the marks network](marks.md), and number strings from UNIPEN's training files.
Half of the real line images are cut where the reader itself finds the row. The others are slightly inexact on purpose: a mark at the end
is missing, or the slope and the height are a little off. Some look as if they were sent by fax. The network
is trained with CTC, on the text alone, without the positions of the marks. A transcription says which signs a real number has. It
does not say whether the decimal sign of a register is a comma or a point, so either is right. Where signs are not known, any sign
is allowed between two digits. Words and blank cells are line images without text.

## Evaluation

The text of a row is the one with the highest combined score of its marks (log-probability times {marks:g}) and its line images. A text
that only the line images support starts at {unfound:g}; one that is written like no number loses {malformed:g}. Accuracy on {rows:,} rows of held-out pictures, with the line images of both networks:

| kind | marks only | line images only | both |
|---|---|---|---|
{held}

## Usage

Input `image`: float32 (1, 32, W, 1), grey with mean 0 and standard deviation 1, with level digits about 20 pixels high. Output
`probabilities`: (1, 23, 1, W/2) scores.
"""


def closer_card() -> str:
    """The card of rows_closer.onnx, from the results of its training."""
    from inkdigits.training.rows.train import CloserSettings

    training, settings = _results("rows-training"), CloserSettings()
    file = MODELS / "rows_closer.onnx"
    held = [
        f"| {kind} | {training['quick_alone'][kind]:.1%} | {training['by_both'][kind]:.1%} |"
        for kind in training["by_both"]
    ]
    return _CLOSER_CARD.format(
        size=file.stat().st_size, digest=hashlib.sha256(file.read_bytes()).hexdigest(), step=training["closer_step"],
        machine=training["machine"]["cpu"], rows=training["held_out_rows"], held="\n".join(held), rate=settings.peak_rate,
        rounds=f"{', '.join(f'{end:,}' for end in settings.ends[:-1])} and {settings.ends[-1]:,}", later=settings.later_peak_rate,
    )  # fmt: skip


def boxed_card() -> str:
    """The card of digits_boxed.onnx."""
    file = BOXED_CARD.with_suffix(".onnx")
    results = _results("boxed-training"), _results("closed-fours")
    return str(_script("render_boxed").card(file, *results))


_CLOSER_CARD = """# rows_closer.onnx, the network for rows in doubt

Reads a row of marks as one line image, like [the quick row network](rows.md), but sees more pixels, is larger, and was trained
independently of it: its reading is a second opinion. For every fourth column of pixels it predicts a digit, one of
`. , - / : + % = ( ) $ €`, or no mark. A quantized, fully convolutional network with 1,758,495 parameters; {size:,} bytes, sha256 `{digest}`.

Trained from the start by `make marks-model` on {machine}, in {step:,} steps of 64 line images. Rounds ended after {rounds}; the first had a
peak rate of {rate}, the others of {later} (seeds 0 to 5 from steps 0, 5,000, 10,000, 14,000, 18,500 and 19,500, then 11). After each of the
last two rounds, the weights are the mean of those before and after it (docs/decisions/025-second-opinion.md, 027-legible-signs.md,
032-gaps-and-doubtful-signs.md).

## Training data

The rows that the quick network learns from. In addition, half of the real rows as the reader finds them are spliced: the beginning of one number
with the end of another by the same writer, page or station. Pieces of neighbours and of ruling that the reader took for a number, and
real words, are line images without text. Some of the nines are like a P, and some amounts end in a sign that closes them.

## Evaluation

Accuracy on {rows:,} rows of held-out pictures, marks and line images together, without this network and with it:

| kind | quick network alone | with this network |
|---|---|---|
{held}

## Usage

Input `image`: float32 (1, 48, W, 1), grey with mean 0 and standard deviation 1, with level digits about 30 pixels high. Output
`probabilities`: (1, 23, 1, W/4) scores.
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

Detects marks in grey pixels. At every fourth pixel it predicts whether the centre of a mark is there, its class (ten digits,
`. , - / : + % = ( ) $ €`, or something else) and its bounding box. [The glyph network](glyphs.md) then classifies each mark more
accurately, and [the row network](rows.md) reads whole rows. A quantized, fully convolutional network with 762,492 parameters; {size:,}
bytes, sha256 `{digest}`.

Trained by `make marks-model` ({step:,} steps of 16 patches of 256×256 on {machine}; seed 0).

## Training data

Synthetic pages with exact bounding boxes (`inkdigits.synthesis`), composed of mnist, pendigits, unipen, swiss, letters, symbols,
omniglot and signs. Real numbers from copiste, lectaurep, congo cells, old hands and sudoku cells: there the network found the bounding
boxes of the digits itself, and only those that spell the known text were used. Writers, pages, stations and files of the validation and
test splits (`data/number_splits.json`) were excluded.

## Evaluation

On test splits, and on data sets that were not used for training (`make bench-read`). *Accepted and right* is the share of all numbers
that are accepted and right. *Error rate* is the share of accepted lines that are wrong, with its 95 % confidence interval.

| set | n | all digits right | as written | accepted and right | error rate of accepted lines |
|---|---|---|---|---|---|
{rows}

A line is accepted at a confidence of {threshold:g} or more. The threshold was fitted on lines of the validation splits:

| kind | lines read | right | accepted | accepted but wrong |
|---|---|---|---|---|
{held}

## Usage

Input `image`: float32 (1, H, W, 1), grey from 0 to 255, with H and W multiples of sixteen. Output `probabilities`: (1, 28, H/4, W/4):
the log-odds of a centre, 23 class scores, and the bounding box as the offset of its centre in cells and the logarithms of its sides in
cells.
"""


def _predict() -> list[tuple[str, ...]]:
    r = _results("predict")
    cold, warm, command = r["cold"], r["warm"], "`make bench-predict`"
    rounds = f"{cold['rounds']} rounds, interleaved"
    return [
        ("`inkdigits predict`, cold start: wall-clock time, peak memory", f"{cold['inkdigits_s']:.2f} s, {cold['inkdigits_mb']:.0f} MB",
         rounds, command),
        ("the usual TensorFlow script with an `.h5` model, same file", f"{cold['plain_s']:.2f} s, {cold['plain_mb']:.0f} MB: "
         f"{cold['ratio']:.0f}× slower", rounds, command),
        ("`import inkdigits`", f"{r['import_ms']:.0f} ms", "10", command),
        ("`Reader.predict`, warm, one 28×28 array: light on dark as in MNIST; dark on light",
         f"{warm['single_ms']:.2f} ms; {warm['single_dark_on_light_ms']:.2f} ms", "1,000", command),
        (f"`Reader.predict`, a list of 28×28 arrays, {warm['threads']} cores", f"{warm['batch_per_s']:,.0f} per second", "10,000",
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
        rows.append(("memory of the service at the start and at the end of the run",
                     f"{memory['start_mb']:.0f} MB, {memory['end_mb']:.0f} MB", f"{memory['requests']:,}", command))  # fmt: skip
    return rows


def _served(row: dict[str, Any]) -> str:
    ours, others = row["inkdigits"], [row[name] for name in ("flask", "fastapi")]
    compared = ", ".join(
        f"{other['per_s']:,.0f} per second ({other['ours_times']:.1f}×)"
        for other in others
    )
    return (
        f"**{ours['per_s']:,.0f} per second**, p99 {ours['p99_ms']:.0f} ms; {compared}"
    )


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
        (f"static page: time from pen-up to the answer for one digit; for three digits; one pointer event per {r['hand_ms']:.0f} ms, as from a mouse", pen_up[0], median, command),
        ("static page: the same, with pointer events as fast as the browser accepts them", pen_up[1], median, command),
        ("static page: first answer after a cold load over loopback, including the start of the engine", f"{r['cold_s']:.1f} s", "median of 5", command),
        ("static page: size without engine and models; size of the whole folder", f"{r['page_bytes'] / 1000:.0f} kB; {r['site_bytes'] / 1e6:.0f} MB", "1", command),
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
    what = "`inkdigits train --live`: extra CPU time, classic recipe"
    figure = (
        f"{r['cost']:+.1%}: {r['live_cpu_s']:.1f} s instead of {r['plain_cpu_s']:.1f} s"
    )
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
    what = "`inkdigits batch` on 100×100 pictures with one number: 2 workers; 1 worker; a loop over Keras `predict`"
    figure = f"{two:,.0f} per second; {one:,.0f}; {r['classic_per_s']:,.0f}"
    pages = f"{page:,.1f} per second", f"{r['pages']:,}", command
    return [
        (what, figure, f"{r['pictures']:,}", command),
        ("`inkdigits batch` on A4 pages with 500 digits, 2 workers", *pages),
    ]


def _finetune() -> list[tuple[str, ...]]:
    """The parts that have been measured."""
    if not (HERE / "results" / "finetune.json").exists():
        return []
    r, command = _results("finetune"), "`make bench-finetune`"
    rows: list[tuple[str, ...]] = []
    nets = {"bundled": "bundled network", "classic": "classic network", "drawn": "bundled network without the open data sets",
            "wrong": "bundled network with 10 % wrong labels"}  # fmt: skip
    for part, net in nets.items():
        if part in r:
            before, after, rest = (
                sum(row[name] for row in r[part])
                for name in ("wrong_before", "wrong_after", "rest")
            )
            loss = max(row["mnist_before"] - row["mnist_after"] for row in r[part])
            what = f"{net}, fine-tuned on 10 pictures per digit of an unseen Swiss writer: error rate on the writer's other digits; largest drop on MNIST"
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
        rows.append(("`inkdigits data doubt` with 10 % wrong labels: share found in the first 15 % of the list; the lowest of "
                     + ", ".join(r["doubt"]), f"{least:.1%}", f"{runs} runs", command))  # fmt: skip
    return rows


def _tune() -> list[tuple[str, ...]]:
    if not (HERE / "results" / "tune.json").exists():
        return []
    r = _results("tune")
    what = f"`inkdigits tune`, {r['finished']} trials on digits8x8, killed {len(r['killed_after'])} times: validation (test) accuracy of the recipe's settings → the best settings"
    own = f"{r['own']['accuracy']:.2%}" if r["own"] else "not tried"
    figure = f"{own} ({r['test']['own']:.2%}) → {r['best']['accuracy']:.2%} ({r['test']['best']:.2%})"
    return [(what, figure, f"{r['test']['n']} test", "`make bench-tune`")]


_SETS = {
    "mnist": "MNIST test", "pendigits": "pendigits test (unseen writers)", "optdigits": "optdigits windep (unseen writers)",
    "unipen": "UNIPEN digits (unseen files)", "swiss": "swiss_numbers (unseen writers)", "swiss scans": "the same as grey scans, with `Reader.predict`", "usps": "USPS test (not trained on)",
    "ardis": "ARDIS test (not trained on)", "semeion": "Semeion (not trained on)", "dida": "DIDA 1000 (not trained on), with `Reader.predict`",
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
    """The accuracy of the bundled networks per data set, for the metadata on the Hugging Face Hub."""
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

Classifies a 28×28 glyph as one of ten digits or as "not a digit". Three pairs of 3×3 convolutions, quantized to int8. {bytes:,} bytes,
sha256 `{sha}`.

Trained by `make model` (seed 1, {epochs} epochs, {minutes:.0f} minutes on {cpu}, {cores} cores of a busy machine). Evaluated by
`make bench-model`. Nothing was trained or fitted on a test set or on an evaluation-only data set. Two choices were made after test
figures of the float32 network had been seen: the share of non-digits that must be refused on the validation set (93 %), and int8.

## Training data

{samples} samples. Pen strokes are drawn again in each epoch. An eighth of the samples are unchanged, about half are slightly perturbed,
and the rest are rotated, deformed, thinned, thickened, blurred, broken or badly framed, as in real pictures. Signs of other scripts are
used in their eight symmetries. Drawn negatives are noise, specks, lines, textures, corners, invented signs, and digits that are joined,
halved or on their side. Every seventh writer, file or run of a hundred samples was held out for validation, in addition to the test
splits below.

{terms}

## Evaluation

| digits | n | accuracy | accepted | accuracy of accepted | ECE |
|---|---|---|---|---|---|
{digits}

| non-digits | n | refused | AUROC against digits |
|---|---|---|---|
{others}

Four-fold cross-validation over Swiss writers, with small networks trained on {turn_samples:,} samples each (`make bench-bundled`):
{in_turn:.2%} of {turned:,} grey scans are right, {worst_turn:.2%} in the worst fold.

An answer is accepted at a confidence of {threshold} or more (chosen on the validation set). Temperature {temperature}, confidence
coefficients {sureness}. On one core, a glyph takes {batch:.3f} ms in batches, and a single one {single:.2f} ms including framing.

## Limitations

- Historical digits cropped from lines (DIDA): intruding neighbours are removed only where they touch the picture's edge.
- Signs of unseen scripts: only eight in ten are refused.
- ARDIS: the confidence is lower than the accuracy there.
- Letters that look like digits (o O i I l s S z Z b B g q) may be read as digits. Without the context of a word they cannot be told apart.
- Fragments of digits and letters, from wrong cuts of a line, are often taken for digits.
- Faint ink under hard shadow may lose strokes in preprocessing.

## Usage

Input `image`: float32 (N, 28, 28, 1), from 0 (paper) to 1 (ink), framed as the file's metadata says (key `inkdigits`: framing, labels,
temperature, sureness, threshold). Output `probabilities`: (N, 11), the last one for "not a digit". Apply the temperature as
softmax(log p / T). Let c be the largest digit probability and [k, a, b] the confidence coefficients (`sureness`). Then the log-odds that
this digit is right are k + a·ln c − b·ln(1 − c).
"""


def confidence() -> str:
    """Shares of accepted and of wrong answers at each confidence threshold, for `read` and `predict`."""
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


_CONFIDENCE = """# Confidence

The `confidence` of a line is the probability that its whole text is right: that its digits are, times that its signs are. It is
calibrated on held-out lines, real and synthetic, including words and drawings. Whether thousands are set apart, or a number ends with a
full stop or a dash, lowers it no further: the number is the same.

The `confidence` of a prediction (`predict`) is the probability that its digit is right. It is calibrated on held-out crops of digits,
letters and blank paper. An answer is `accepted` at a confidence of {line:g} or more (lines), or {digit:g} or more (single digits).
`Reader(min_confidence=…)` sets another threshold.

The tables show the effect of the threshold. Choose the column with the error rate that you can accept. None of these data sets was used
to choose anything.

## Numbers (`read`)

Each cell shows the share of all numbers that are accepted and right, and the error rate of accepted lines, at the confidence threshold of
its column (`make bench-read`).

{numbers}

## Pictures of one digit (`predict`)

Each cell shows the share of pictures that are accepted, and the error rate of those answers, at the confidence threshold of its column
(`make bench-digits`).

{digits}
"""


def files() -> dict[Path, str]:
    """Every file that shows figures of the results, with its new text."""
    from inkdigits.evaluation.benchmark import page

    between_marks = {
        README: few,
        DOCS / "scale.md": _scale,
        DOCS / "forms.md": _forms,
        DOCS / "goals.md": _goals,
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
    recipes[HERE / "README.md"] += (
        f"\n{page.BELOW}\n## All other benchmarks\n\n{table()}"
    )
    return {
        **{file: _between_marks(file.read_text(), figures()) for file, figures in between_marks.items()},
        **heads, **recipes, CARD: card(), MARKS_CARD: marks_card(), GLYPHS_CARD: glyphs_card(), ROWS_CARD: rows_card(), CLOSER_CARD: closer_card(),
        BOXED_CARD: boxed_card(), DOCS / "confidence.md": confidence(),
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
