"""The confidence of a line and of each of its digits: fitted on held-out writers' lines."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inkdigits.data import composed
from inkdigits.reading.answers import Evidence, answers_of
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.linenet import LineNet, confidence_of, digit_features, features
from inkdigits.reading.page import Road, prepare
from inkdigits.reading.sheet import sheet_of
from inkdigits.reading.upright import skew_deg
from inkdigits.training.bundled import sources
from inkdigits.training.lines.batches import hand_of
from inkdigits.training.lines.rows import Hands

_PAGES, _SEED = 400, 31


def line_confidence(data_dir: Path, line_net: Path) -> dict[str, list[float]]:
    """The weights of two logistic models, and how far off they are on the half they were not fitted on."""
    found = _lines(data_dir, line_net)
    lines, right = np.array([features(line.evidence) for line in found]), np.array([line.right for line in found])
    fitted = _fitted("line", lines, right)
    sure = [confidence_of(fitted["line_weights"], features(line.evidence)) for line in found]
    digits = np.array([digit_features(share, own) for line, own in zip(found, sure, strict=True) for share, _ in line.digits])
    return {**fitted, **_fitted("digit", digits, np.array([good for line in found for _, good in line.digits]))}


def _fitted(name: str, rows: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> dict[str, list[float]]:
    from sklearn.linear_model import LogisticRegression

    even = np.arange(len(rows)) % 2 == 0
    model = LogisticRegression(C=10.0, max_iter=1000).fit(rows[even], right[even])
    shown = model.predict_proba(rows[~even])[:, 1]
    bins = np.minimum((shown * 10).astype(int), 9)
    gaps = [
        abs(shown[bins == b].mean() - right[~even][bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any()
    ]
    return {
        f"{name}_weights": [round(float(value), 5) for value in (*model.intercept_, *model.coef_[0])],
        f"{name}_ece": [round(float(sum(gaps)), 5), int((~even).sum())],
    }


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it was read: whether it is right, and of each digit its share, and whether it is right."""

    evidence: Evidence
    right: bool
    digits: list[tuple[float, bool]]


def _lines(data_dir: Path, line_net: Path) -> list[_Line]:
    hands = Hands.of(sources.sources(data_dir, held_out=True))
    road = Road(Classifier(), LineNet(line_net), 0.5)
    read: list[_Line] = []
    for page in composed.pages(_SEED, _PAGES, lambda rng: hand_of(rng, hands)):
        sheet = sheet_of(page.grey)
        askew = skew_deg(sheet)
        works = prepare(sheet_of(page.grey, askew) if askew else sheet, road)
        for place, found in enumerate(answers_of(work, None) for work in works):
            if found is not None:
                digits = [answer for answer in found[0] if answer.digit is not None]
                text = "".join(str(answer.digit) for answer in digits)
                same = len(works) == len(page.lines)
                truth = page.lines[place] if same else ""
                good = _matched(text, truth) if same else []
                marks = [(answer.confidence, one) for answer, one in zip(digits, good, strict=False)]
                read.append(_Line(found[1], text == truth if same else text in page.lines, marks))
    return read


def _matched(text: str, truth: str) -> list[bool]:
    """For each sign of a text whether it is in the truth too, where both are laid side by side as well as can be."""
    good = [False] * len(text)
    for block in SequenceMatcher(None, text, truth, autojunk=False).get_matching_blocks():
        good[block.a : block.a + block.size] = [True] * block.size
    return good
