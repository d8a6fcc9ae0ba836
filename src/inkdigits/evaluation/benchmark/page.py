"""The benchmark page, made from results files: Markdown and two plots.

Nothing in this part of the page is typed by hand.
"""

from pathlib import Path
from typing import Any

from inkdigits.errors import TrainingError
from inkdigits.evaluation.benchmark import (
    accuracy,
    backends,
    gpu,
    kept,
    sections,
    speed,
    spoiling,
)
from inkdigits.evaluation.benchmark.anchors import ANCHORS
from inkdigits.evaluation.benchmark.plot import Point, scatter
from inkdigits.files import write_whole

Results = dict[str, Any]
PLOTS = ("accuracy-seconds.svg", "accuracy-parameters.svg")
# What follows this line of the page is not written by this module and is kept.
BELOW = "<!-- other figures -->"


def render(output: Path, page: Path) -> Path:
    """Write the page and its plots from the results files in `output`.

    A page that was not generated here is not overwritten.
    """
    try:
        before = page.read_text(errors="replace") if page.exists() else _TITLE
        if not before.startswith(_TITLE):
            raise TrainingError(
                f"{page} is not a page of inkdigits benchmark: name another --page"
            )
        page.parent.mkdir(parents=True, exist_ok=True)
        for name, text in files(output).items():
            if name == "page":
                write_whole(page, text + _below(before))
            else:
                write_whole(page.with_name(name), text)
    except OSError as error:
        raise TrainingError(
            f"{page} could not be written ({error.strerror or error}): name another --page"
        ) from None
    return page


def _below(page: str) -> str:
    """The part of the page that is not generated here."""
    # Notes below the mark are written by hand and kept.
    _, mark, rest = page.partition(f"\n{BELOW}\n")
    return mark + rest


def files(output: Path) -> dict[str, str]:
    """The page's text, and each plot's SVG by its file name."""
    recipes = kept.load(output / accuracy.FILE).get("recipes", {})
    raced, spoiled, tried, on_gpu = (
        kept.load(output / name)
        for name in (speed.FILE, spoiling.FILE, backends.FILE, gpu.FILE)
    )
    parts = [
        _HEAD.format(results=output.name),
        sections.accuracy_section(recipes),
        _shown(recipes),
        sections.anchors_section(),
        sections.pairs_section(recipes),
        sections.speed_section(raced),
        sections.spoiling_section(spoiled),
        sections.backends_section(tried),
        sections.gpu_section(on_gpu),
        _FOOT,
    ]
    return {
        "page": "\n".join(section for section in parts if section),
        **plots(recipes, raced),
    }


def plots(recipes: Results, raced: Results) -> dict[str, str]:
    """Each plot's SVG by its file name; empty if nothing was measured."""
    if not recipes:
        return {}
    shown = {name: entry for name, entry in recipes.items() if entry["rows"]}
    seconds = [_point(name, entry, "fit_seconds") for name, entry in shown.items()]
    sizes = [_point(name, entry, "parameters") for name, entry in shown.items()]
    unknown = [
        Point(anchor.name, None, anchor.accuracy, anchor.sd, "theirs")
        for anchor in ANCHORS
    ]
    known = [
        Point(anchor.name, anchor.parameters, anchor.accuracy, anchor.sd, "theirs")
        for anchor in ANCHORS
    ]
    titles = (
        "MNIST test accuracy against seconds of fit",
        "MNIST test accuracy against parameters",
    )
    drawn = (
        scatter(
            titles[0],
            "seconds of fit (log scale)",
            [*seconds, *unknown],
            _peer_curve(recipes, raced),
        ),
        scatter(titles[1], "parameters (log scale)", [*sizes, *known]),
    )
    return dict(zip(PLOTS, drawn, strict=True))


def _point(name: str, entry: Results, what: str) -> Point:
    """The mean of a recipe's seeds, and each seed's own value."""
    summary = entry["summary"]
    kind = "peer" if entry["recipe"] == speed.PEER else "ours"
    each = tuple((row[what], row["accuracy"]) for row in entry["rows"])
    return Point(
        name,
        summary[what],
        summary["mean"],
        summary["sd"],
        kind,
        each,
    )


def _peer_curve(recipes: Results, raced: Results) -> list[tuple[float, float]]:
    """The classic recipe's seconds of training and accuracy after each epoch."""
    means = raced.get("peer", {}).get("means", [])
    peer = recipes.get(speed.PEER)
    if not peer:
        return []
    an_epoch = peer["summary"]["fit_seconds"] / peer["summary"]["epochs"]
    return [(an_epoch * epoch, mean) for epoch, mean in enumerate(means, 1)]


def _shown(recipes: Results) -> str:
    if not recipes:
        return ""
    shown = [
        f"![{alt}]({name})"
        for name, alt in zip(
            PLOTS,
            ("accuracy against seconds", "accuracy against parameters"),
            strict=True,
        )
    ]
    return "\n\n".join(shown) + (
        "\n\nBlue: the classic recipe; the line shows its accuracy after each epoch. Red: "
        "the other recipes. Error bars are one standard deviation, faint dots single seeds. "
        "Diamonds and dashed lines: published figures (their training times are not known).\n"
    )


_TITLE = "# Benchmarks of the recipes\n"
_HEAD = """# Benchmarks of the recipes

This page is generated by `inkdigits benchmark` from the files in [{results}]({results}/).
`python benchmarks/render.py` generates it again. Each seed is an ordinary `inkdigits train` on all
60,000 training pictures of MNIST. Settings were chosen on a validation split. The test set was
evaluated once per seed, after the last epoch.
"""

_FOOT = """## Run it yourself

```console
$ make bench-accuracy               # every recipe over its seeds; resumes after a kill
$ make bench-speed                  # fast and classic, interleaved; best on a quiet machine
$ make bench-corruptions            # sixteen corruptions, for the first seeds and the bundled model
$ inkdigits benchmark best --jobs 2   # two training runs at a time, each on its share of the cores
$ inkdigits benchmark fast --seeds 10
```
"""
