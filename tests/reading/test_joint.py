"""Two networks say what one digit is: together surer than apart, and unsure where one sees no digit."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import ModelError
from inkdigits.reading.classifier import Scores
from inkdigits.reading.joint import Answer, Seen, answers_by_both
from inkdigits.reading.marks import glyph_network
from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import BUNDLED, MarksNetwork


def answer(
    by_ink: dict[int, float],
    by_closeup: dict[int, float],
    *,
    refusal: float = 0.01,
    fill: float = 1.0,
) -> Answer:
    """What the bundled fit makes of two networks' shares; what is left of the close-up's is none of the alphabet."""
    ink = np.full((1, 10), 1e-4, np.float32)
    closeup = np.full(len(CLASSES), 1e-4, np.float32)
    for digit, share in by_ink.items():
        ink[0, digit] = share
    for digit, share in by_closeup.items():
        closeup[digit] = share
    closeup[-1] = max(1 - closeup[:-1].sum(), 1e-4)
    share = ink.max(axis=1)
    scores = Scores(ink / ink.sum(), share, share, np.array([refusal], np.float32))
    (given,) = answers_by_both(
        scores, [Seen(closeup, 0.95, fill)], GlyphNetwork().joint, 0.9
    )
    return given


def test_two_that_agree_are_surer_than_two_that_do_not() -> None:
    agreed = answer({4: 0.95}, {4: 0.97})
    torn = answer({9: 0.6, 4: 0.4}, {4: 0.6, 9: 0.35})
    assert int(agreed.shares.argmax()) == 4
    assert agreed.shares.sum() == pytest.approx(1, abs=1e-5)
    assert agreed.confidence > 0.95 > torn.confidence
    assert (agreed.reason, torn.reason) == ("", "unsure")


def test_a_letter_of_a_word_is_no_digit_for_all_that_it_looks_like_one() -> None:
    assert (
        answer({0: 0.9}, {0: 0.9}, fill=0.02).confidence
        < answer({0: 0.9}, {0: 0.9}).confidence
    )
    refused = answer({0: 0.9}, {0: 0.05}, refusal=0.9)
    assert refused.reason == "no digit"


def test_a_file_that_was_fitted_for_other_evidence_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from inkdigits.training.quantize import set_facts

    for bundled, opened, facts in (
        (glyph_network.BUNDLED, GlyphNetwork, {"existence": [1.0, 2.0]}),
        (glyph_network.BUNDLED, GlyphNetwork, {"joint": {"confidence": [1.0, 2.0]}}),
        (
            BUNDLED,
            lambda path: MarksNetwork(path).confidence,
            {"line_confidence": [1.0, 2.0]},
        ),
    ):
        file = tmp_path / bundled.name
        shutil.copy(bundled, file)
        set_facts(file, facts)
        with pytest.raises(ModelError, match="was fitted for another version"):
            opened(file)
