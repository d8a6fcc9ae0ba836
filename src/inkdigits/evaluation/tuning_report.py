"""report.html of a search: one file with its pictures embedded."""

import base64
import html
import json
import math
from pathlib import Path
from typing import Any

from inkdigits.errors import DataError
from inkdigits.evaluation.style import CSS
from inkdigits.files import write_whole
from inkdigits.training.tuning import pictures
from inkdigits.training.tuning.search import SEARCH_FILE, Tuned
from inkdigits.training.tuning.space import Space
from inkdigits.training.tuning.trials import Trial

_ROWS = 60  # of the table of trials; trials.csv holds the rest
_ALT = {
    "history": "validation accuracy of the trials in order, and the best so far",
    "importance": "how much each setting explains of the variation in validation accuracy",
    "paths": "one line per trial across all settings, the best in red",
}
_EXTRA = """
.shot { background: #fff; border: 1px solid var(--line); border-radius: .6rem;
  width: 100%; height: auto; display: block }
.trials { width: max-content; max-width: calc(100vw - 2.5rem);
  margin-left: 50%; transform: translateX(-50%); font-size: .85rem }
.trials th, .trials td { padding: .3rem .5rem }
"""  # the table of trials has a column for each setting and may be wider than the text


def write(tuned: Tuned, space: Space, command: str) -> Path:
    """Draw the search, write the report and return its path."""
    drawn = pictures.draw(tuned.trials, space)
    facts = json.loads((tuned.folder / SEARCH_FILE).read_text())
    try:
        return write_whole(
            tuned.folder / "report.html", render(tuned, drawn, facts, command)
        )
    except OSError as error:
        raise DataError(
            f"{tuned.folder} cannot be written ({error.strerror or error}): "
            "free some space and run it again"
        ) from None


def render(
    tuned: Tuned, drawn: dict[str, bytes], facts: dict[str, Any], command: str
) -> str:
    parts = [
        _header(tuned),
        _cards(tuned),
        *(_picture(name, drawn[name]) for name in _ALT if name in drawn),
        _trials(tuned.trials),
        _provenance(tuned, facts, command),
    ]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Search over {_safe(tuned.settings.recipe)} on "
        f"{_safe(tuned.settings.data)}</title>\n"
        '<meta name="viewport" content="width=device-width, '
        'initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        f"<style>{CSS}{_EXTRA}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _safe(text: object) -> str:
    """Escape a text for HTML."""
    return html.escape(str(text))


def _header(tuned: Tuned) -> str:
    return (
        f'<header><p class="kicker">Search over the recipe {_safe(tuned.settings.recipe)} on '
        f"{_safe(tuned.settings.data)}</p>"
        f"<h1>{tuned.best.accuracy:.2%} on "
        f"validation</h1><p>{_safe(tuned.sentence().capitalize())}. "
        "The best of many trials on one validation split looks better than it is: "
        "trust the test accuracy if there is one.</p></header>"
    )


def _cards(tuned: Tuned) -> str:
    states = [trial.state for trial in tuned.trials]
    figures = [
        ("complete", str(states.count("complete")), "trained to the end"),
        ("pruned", str(states.count("pruned")), "stopped early: worse than most"),
        (
            "seconds",
            f"{sum(trial.seconds for trial in tuned.trials):,.0f}",
            "of training in all trials",
        ),
    ]
    if tuned.run is not None and tuned.run.test:
        figures.insert(
            0,
            (
                "best run on the test set",
                f"{tuned.run.test['accuracy']:.2%}",
                f"n = {tuned.run.test['n']:,}",
            ),
        )
    cards = "".join(
        f"<div><dt>{name}</dt><dd>{value}</dd><small>{note}</small></div>"
        for name, value, note in figures
    )
    return f'<dl class="cards">{cards}</dl>'


def _picture(name: str, drawn: bytes) -> str:
    uri = "data:image/png;base64," + base64.b64encode(drawn).decode()
    return (
        f'<section><img class="shot" alt="{_ALT[name]}" src="{uri}" '
        'style="margin-top:2rem"></section>'
    )


def _trials(trials: list[Trial]) -> str:
    ranked = sorted(
        trials,
        key=lambda trial: (
            trial.state != "complete",
            -_number(trial.accuracy),
            _number(trial.loss),
        ),
    )
    names = sorted({name for trial in trials for name in trial.params})
    head = "".join(
        f"<th>{_safe(name.replace('_', ' '))}</th>"
        for name in ("trial", "state", "accuracy", "loss", "epochs run", *names)
    )
    rows = "".join(_row(trial, names) for trial in ranked[:_ROWS])
    shown = (
        ""
        if len(trials) <= _ROWS
        else f", {_ROWS} of {len(trials)}; trials.csv holds all"
    )
    return (
        f"<section><h2>Trials</h2><p>The best first{shown}. "
        "Accuracy and loss are those of the last epoch on validation.</p>"
        '<div class="wide trials" '
        f'tabindex="0"><table><tr>{head}</tr>{rows}</table></div></section>'
    )


def _number(value: float) -> float:
    """A value to sort by; -1 if it is not finite."""
    return value if math.isfinite(value) else -1.0


def _row(trial: Trial, names: list[str]) -> str:
    """A trial as a row of the table."""
    values = [
        trial.number,
        trial.state,
        f"{trial.accuracy:.2%}",
        f"{trial.loss:.4f}",
        trial.epochs,
    ]
    # A trial may lack some of the settings.
    values += [_shown(trial.params.get(name, "")) for name in names]
    cells = [f"<td>{_safe(value)}</td>" for value in values]
    return f"<tr>{''.join(cells)}</tr>"


def _shown(value: object) -> str:
    """A setting's value; numbers are shown with four digits."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def _provenance(tuned: Tuned, facts: dict[str, Any], command: str) -> str:
    """What the search ran on."""
    machine = facts["machine"]
    versions = [f"{name} {version}" for name, version in facts["versions"].items()]
    rows = {
        "command": command,
        "best run": f"{tuned.folder / 'best'}, trained in full with the best trial's settings",
        "engine": facts["engine"],
        "machine": f"{machine['cpu']}, {machine['cores']} cores",
        "versions": ", ".join(versions),
    }
    listed = "".join(
        f"<dt>{name}</dt><dd>{_safe(value)}</dd>" for name, value in rows.items()
    )
    return (
        f'<section><h2>About this report</h2><dl class="facts">{listed}</dl></section>'
    )
