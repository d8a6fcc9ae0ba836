"""Strips show the text they are labelled with, signs are free where they are not known, and the file says what Keras says."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, OTHER
from inkdigits.reading.numbers.columns import log_shares
from inkdigits.reading.numbers.row_network import RowNetwork, log_softmax
from inkdigits.reading.numbers.strips import HEIGHT_PX
from inkdigits.synthesis.hands import drawn_hands
from inkdigits.synthesis.patches import UNKNOWN, compose
from inkdigits.training.rows import samples as strips
from inkdigits.training.rows.loss import text_loss, wanted

NONE = CLASS_OF[OTHER]


def composed(count: int) -> list[strips.Strip]:
    rng = np.random.default_rng(5)
    return list(
        islice(strips._composed(rng, drawn_hands(), strips.StripSamples()), count)
    )


def test_a_composed_row_becomes_a_strip_with_its_text() -> None:
    found = composed(60)
    texts = ["".join(CLASSES[mark] for mark in marks) for _, (marks, _) in found]
    assert len(set(texts)) > 10
    assert all(
        strip.shape[0] == HEIGHT_PX and np.isfinite(strip).all() for strip, _ in found
    )
    # A longer text is a longer strip, on the whole.
    lengths, widths = (
        [len(text) for text in texts],
        [strip.shape[1] for strip, _ in found],
    )
    assert np.corrcoef(lengths, widths)[0, 1] > 0.7


def test_no_strip_shows_what_its_text_leaves_out() -> None:
    """Neither another row's mark nor a place of which nothing is known stands in the window of a row."""
    rng = np.random.default_rng(2)
    left_out = kept = 0
    for seed in range(12):
        patch = compose(np.random.default_rng(seed), drawn_hands())
        marks = patch.marks[patch.marks[:, 0] != NONE]
        unknown = patch.regions[patch.regions[:, 0] == UNKNOWN, 1:]
        for index in range(len(marks)):
            # One mark of a row alone: its neighbours are not in its text.
            strip = strips._row_strip(
                rng,
                patch.grey,
                marks[index : index + 1],
                marks,
                unknown,
                strips.StripSamples(),
            )
            left_out, kept = left_out + (strip is None), kept + (strip is not None)
    assert left_out > 5 * kept


def test_signs_are_free_where_they_are_not_known() -> None:
    """Columns that show 12.5 cost nothing for the text 125 of a picture whose signs nobody wrote down."""
    scores = np.zeros((1, 1, 9, len(CLASSES)), np.float32)
    for column, sign in enumerate("_1_2_._5_"):
        scores[0, 0, column, NONE if sign == "_" else CLASS_OF[sign]] = 12
    digits = tuple(CLASS_OF[sign] for sign in "125")
    known, free = (
        float(np.asarray(text_loss(wanted([(digits, knows_signs)]), scores)))
        for knows_signs in (True, False)
    )
    assert free < 0.1
    assert known > 5
    right = float(
        np.asarray(
            text_loss(
                wanted([(tuple(CLASS_OF[sign] for sign in "12.5"), True)]), scores
            )
        )
    )
    assert right == pytest.approx(
        -log_shares(log_softmax(scores[0, 0]), ["12.5"])[0], abs=0.02
    )


@pytest.mark.slow
def test_a_checkpoint_goes_on_and_its_file_says_what_keras_says(tmp_path: Path) -> None:
    from inkdigits.training.backend import load_keras_module
    from inkdigits.training.rows import net, train
    from inkdigits.training.stages import averaged, load_checkpoint, save_checkpoint

    if load_keras_module().backend.backend() == "jax":
        pytest.skip("JAX's convolutions take minutes on a CPU")
    shown, texts = strips.padded(composed(8))
    model = train.prepare(train.TrainSettings())
    losses = [
        float(model.train_on_batch(shown.astype(np.float32), texts)) for _ in range(6)
    ]
    assert losses[-1] < losses[0]
    save_checkpoint(model, 6, tmp_path / "checkpoint.npz")
    again = train.prepare(train.TrainSettings())
    assert load_checkpoint(again, tmp_path / "checkpoint.npz") == 6
    assert train.export(tmp_path / "checkpoint.npz", tmp_path / "rows.onnx") == 6
    scores = np.asarray(
        averaged(again, net.build).predict_on_batch(shown.astype(np.float32))
    )
    found = RowNetwork(tmp_path / "rows.onnx")._network(shown[:1].astype(np.float32))
    assert np.abs(found[0, :, 0].T - scores[0, 0]).max() < 1e-3
