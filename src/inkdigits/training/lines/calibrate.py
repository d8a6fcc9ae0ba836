"""The confidence of a whole line: fitted on held-out writers' lines, so that it is the share of such lines that are right."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from inkdigits.data import composed
from inkdigits.reading.answers import Evidence, answers_of
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.linenet import LineNet, features
from inkdigits.reading.page import Road, prepare
from inkdigits.reading.sheet import sheet_of
from inkdigits.reading.upright import skew_deg
from inkdigits.training.bundled import sources
from inkdigits.training.lines.batches import hand_of
from inkdigits.training.lines.rows import Hands

_PAGES, _SEED = 400, 31


def line_confidence(data_dir: Path, line_net: Path) -> dict[str, list[float]]:
    """The weights of a logistic model of what `Evidence` holds, and how well it then fits (on pages it was not fitted on)."""
    from sklearn.linear_model import LogisticRegression

    rows, right = _lines(data_dir, line_net)
    even = np.arange(len(rows)) % 2 == 0
    model = LogisticRegression(C=10.0, max_iter=1000).fit(rows[even], right[even])
    shown = model.predict_proba(rows[~even])[:, 1]
    bins = np.minimum((shown * 10).astype(int), 9)
    gaps = [
        abs(shown[bins == b].mean() - right[~even][bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any()
    ]
    return {
        "line_weights": [round(float(value), 5) for value in (*model.intercept_, *model.coef_[0])],
        "line_ece": [round(float(sum(gaps)), 5), int((~even).sum())],
    }


def _lines(data_dir: Path, line_net: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    hands = Hands.of(sources.sources(data_dir, held_out=True))
    road = Road(Classifier(), LineNet(line_net), 0.5)
    evidence: list[Evidence] = []
    right: list[bool] = []
    for page in composed.pages(_SEED, _PAGES, lambda rng: hand_of(rng, hands)):
        sheet = sheet_of(page.grey)
        askew = skew_deg(sheet)
        works = prepare(sheet_of(page.grey, askew) if askew else sheet, road)
        for place, found in enumerate(answers_of(work, None) for work in works):
            if found is not None:
                text = "".join(str(answer.digit) for answer in found[0] if answer.digit is not None)
                evidence.append(found[1])
                right.append(text == page.lines[place] if len(works) == len(page.lines) else text in page.lines)
    return np.array([features(one) for one in evidence]), np.array(right)
