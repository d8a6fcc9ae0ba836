"""report.html: one self-contained file, for laptop and phone, light and dark."""

import base64
import html
import io
import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from inkdigits.evaluation import charts
from inkdigits.evaluation.evaluate import Evaluation
from inkdigits.evaluation.style import CSS

_GALLERY = 48  # mistakes that the report shows


def render(
    evaluation: Evaluation, command: str, history: list[dict[str, float]] | None = None
) -> str:
    """The whole page."""
    title = f"{evaluation.model} on {evaluation.data.name}"
    parts = [
        _header(evaluation),
        _cards(evaluation),
        _curves(history),
        _gallery(evaluation),
        _confusion(evaluation),
        _calibration(evaluation),
        _classes(evaluation),
        _samples(evaluation),
        _provenance(evaluation, command),
    ]
    body = "\n".join(section for section in parts if section)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta '
        f'charset="utf-8">\n<title>{_safe(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, '
        'initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        f"<style>{CSS}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _safe(text: object) -> str:
    """Escape a text for HTML."""
    return html.escape(str(text))


def _percent(share: float, places: int = 2) -> str:
    """A share in percent; a dash if there is none."""
    if math.isnan(share):
        return "–"
    percent = 100 * share
    return f"{percent:.{places}f} %"


def _header(evaluation: Evaluation) -> str:
    """The accuracy in large figures, with its interval."""
    metrics = evaluation.metrics
    low, high = metrics.interval
    wrong = metrics.n - round(metrics.accuracy * metrics.n)
    return (
        f'<header><p class="kicker">{_safe(evaluation.model)} on {_safe(evaluation.data.name)}, '
        f"{_safe(evaluation.data.split)} split</p><h1>{_percent(metrics.accuracy)} right</h1>"
        f"<p>{wrong:,} of {metrics.n:,} pictures are misread. "
        f"With 95 % confidence, the true accuracy is between {_percent(low)} and "
        f"{_percent(high)}.</p></header>"
    )


def _cards(evaluation: Evaluation) -> str:
    metrics = evaluation.metrics
    figures = [
        ("loss", f"{metrics.loss:.4f}", _loss_note(evaluation)),
        ("calibration error", _percent(metrics.ece), "ECE, 15 bins"),
        (
            "accepted",
            _percent(metrics.accepted, 1),
            f"confidence at least {evaluation.scored.threshold:.2f}",
        ),
        ("right of accepted", _percent(metrics.accuracy_accepted), ""),
        ("confidence when right", _percent(metrics.confidence_right, 1), "mean"),
        ("confidence when wrong", _percent(metrics.confidence_wrong, 1), "mean"),
    ]
    if evaluation.undisputed is not None:
        figures.insert(
            0,
            (
                "without disputed labels",
                _percent(evaluation.undisputed),
                "15 in MNIST",
            ),
        )
    cards = "".join(
        f"<div><dt>{name}</dt><dd>{value}</dd><small>{note}</small></div>"
        for name, value, note in figures
    )
    return f'<dl class="cards">{cards}</dl>'


def _loss_note(evaluation: Evaluation) -> str:
    if evaluation.scored.temperature == 1:
        return "cross-entropy"
    return f"cross-entropy, calibrated; {evaluation.loss_as_trained:.4f} as trained"


def _curves(history: list[dict[str, float]] | None) -> str:
    """Loss and accuracy by epoch, where there are two epochs or more."""
    if not history or len(history) < 2:
        return ""
    panels = "".join(charts.curves(history, name) for name in ("loss", "accuracy"))
    return f'<section><h2>Learning</h2><div class="pair">{panels}</div></section>'


def _gallery(evaluation: Evaluation) -> str:
    """The worst mistakes as pictures."""
    worst = evaluation.worst(_GALLERY)
    if not len(worst):
        return "<section><h2>Mistakes</h2><p>None.</p></section>"
    tiles = [_tile(evaluation, int(index)) for index in worst]
    right = int(evaluation.right.sum())
    total = evaluation.metrics.n - right
    shown = "all of them" if total <= len(worst) else f"{len(worst)} of {total:,}"
    return (
        "<section><h2>Worst mistakes</h2><p>The most confident first, "
        f'{shown}.</p><div class="tiles">{"".join(tiles)}</div></section>'
    )


def _tile(evaluation: Evaluation, index: int) -> str:
    """A glyph with what it is, what it was read as, and the three likeliest digits."""
    true = int(evaluation.data.labels[index])
    said = int(evaluation.predicted[index])
    scores = evaluation.scored.probabilities[index]
    top = ", ".join(
        _share(int(digit), float(scores[digit])) for digit in np.argsort(-scores)[:3]
    )
    source = (
        evaluation.data.sources[index] if evaluation.data.sources else f"no. {index}"
    )
    sign = "wrong" if true != said else "right"
    return (
        f'<figure class="{sign}"><img alt="a {true}, '
        f'read as {said}" src="{_uri(evaluation.data.images[index])}">'
        f"<figcaption><b>{true} → "
        f"{said}</b><span>{top}</span><span>{_safe(source)}</span></figcaption></figure>"
    )


def _share(digit: int, share: float) -> str:
    """A digit and its probability, which a line break never separates."""
    percent = 100 * share
    return f'<span class="share">{digit}: {percent:.0f} %</span>'


def _uri(glyph: npt.NDArray[np.uint8]) -> str:
    """The glyph, dark on light, as a data URI."""
    out = io.BytesIO()
    Image.fromarray(255 - glyph).save(out, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def _confusion(evaluation: Evaluation) -> str:
    """The confusion matrix; mistakes are shaded by how frequent they are."""
    counts = np.array(evaluation.metrics.confusion)
    mistakes = counts - np.diag(np.diag(counts))
    # At least 1, because counts are divided by it.
    worst = max(1, int(mistakes.max()))
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(10))
    rows = ""
    for true in range(10):
        cells = ""
        for said in range(10):
            count = int(counts[true, said])
            cells += _cell(count, true, said, worst)
        rows += f'<tr><th scope="row">{true}</th>{cells}</tr>'
    return (
        "<section><h2>Confusion</h2><p>Rows are the true digits, columns the predictions.</p>"
        '<div class="wide"><table '
        f'class="confusion"><tr><td></td>{head}</tr>{rows}</table></div></section>'
    )


def _cell(count: int, true: int, said: int, worst: int) -> str:
    """A cell of the confusion, darker the more often it happened."""
    if true == said:
        return f'<td class="hit">{count:,}</td>'
    if not count:
        return "<td></td>"
    strength = 15 + round(70 * (count / worst) ** 0.6)
    return (
        f'<td title="{count} times {true} read as {said}" style="--s:{strength}%" '
        f'class="miss">{count:,}</td>'
    )


def _calibration(evaluation: Evaluation) -> str:
    return (
        "<section><h2>Calibration</h2><p>How many of the answers with a given confidence "
        "are right? On the diagonal, the confidence equals "
        "the share of right answers.</p><div "
        f'class="pair">{charts.reliability(evaluation.metrics)}'
        f"{charts.answered(evaluation.scored.confidence, evaluation.right)}</div></section>"
    )


def _classes(evaluation: Evaluation) -> str:
    rows = "".join(
        "<tr><th "
        f'scope="row">{c.digit}</th><td>{_percent(c.precision)}</td><td>{_percent(c.recall)}</td>'
        f"<td>{_percent(c.f1)}</td><td>{c.n:,}</td></tr>"
        for c in evaluation.metrics.classes
    )
    return (
        "<section><h2>Digit by digit</h2><div "
        'class="wide"><table><tr><th>digit</th><th>precision</th><th>recall</th>'
        f"<th>F1</th><th>n</th></tr>{rows}</table></div></section>"
    )


def _samples(evaluation: Evaluation) -> str:
    """Glyphs drawn at random, the same each time."""
    count = min(24, len(evaluation.data))
    some = np.sort(
        np.random.default_rng(1).choice(len(evaluation.data), count, replace=False)
    )
    tiles = "".join(_tile(evaluation, int(index)) for index in some)
    return (
        "<section><h2>Samples</h2><p>Chosen at random: "
        f'label → prediction.</p><div class="tiles">{tiles}</div></section>'
    )


def _provenance(evaluation: Evaluation, command: str) -> str:
    """How the figures were made, and on which machine."""
    facts = evaluation.as_dict()
    rows = {
        "command": command,
        "model": f"{evaluation.scored.path}, sha256 {evaluation.scored.sha256[:16]}…",
        "data": f"{evaluation.data.name} ({evaluation.data.split}), n = {evaluation.metrics.n:,}, "
        f"sha256 {evaluation.data.digest[:16]}…",
        "machine": f"{facts['machine']['cpu']}, {facts['machine']['cores']} cores, "
        f"{evaluation.seconds:.2f} s",
        "versions": ", ".join(
            f"{name} {version}" for name, version in facts["versions"].items()
        ),
    }
    listed = "".join(
        f"<dt>{name}</dt><dd>{_safe(value)}</dd>"
        for name, value in rows.items()
        if value
    )
    return (
        f'<section><h2>About this report</h2><dl class="facts">{listed}</dl></section>'
    )
