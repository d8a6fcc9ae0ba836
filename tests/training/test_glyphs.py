"""Close-ups are what they are labelled, and the training resumes where it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import TrainingError
from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.marks.closeup import SIZE_PX
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.synthesis.hands import drawn_hands
from inkdigits.synthesis.patches import compose
from inkdigits.training.glyphs.samples import (
    SampleSettings,
    Source,
    closeup_of,
    no_mark,
    source_of,
)

EXACT = SampleSettings(
    off_box=0.0, off_height=0.0, turned_degrees=0.0, leaning=0.0, stretched=0.0
)


def source(seed: int) -> Source:
    patch = compose(np.random.default_rng(seed), drawn_hands())
    return source_of(patch.grey, patch.marks, patch.regions)


def test_a_close_up_shows_the_mark_it_is_labelled_with() -> None:
    """The middle of a mark is darker or brighter than the paper around the number."""
    page = np.full((80, 80), 240, np.uint8)
    page[20:60, 30:50] = 30
    one = Source(
        page,
        np.array([[8, 30, 20, 50, 60]], np.float32),
        40.0,
        np.zeros((0, 4), np.float32),
    )
    shown = closeup_of(
        np.random.default_rng(0), one, one.marks[0, 1:], EXACT, is_lone=False
    )
    middle, corner = shown[SIZE_PX // 2, SIZE_PX // 2], shown[0, 0]
    assert abs(middle - corner) > 1


def test_what_is_no_mark_lies_on_none() -> None:
    """Neither bare paper nor a piece of a digit has a whole digit in its middle."""
    rng = np.random.default_rng(1)
    seen = 0
    for seed in range(40):
        one = source(seed)
        digits = one.of_class(0, 10)[:, 1:]
        for _ in range(10):
            box = no_mark(rng, one)
            if box is None or not len(digits):
                continue
            seen += 1
            shared = np.clip(
                np.minimum(box[2:], digits[:, 2:]) - np.maximum(box[:2], digits[:, :2]),
                0,
                None,
            ).prod(axis=1)
            union = (
                (box[2:] - box[:2]).prod()
                + (digits[:, 2:] - digits[:, :2]).prod(axis=1)
                - shared
            )
            assert (shared / union).max() < 0.75
    assert seen > 100


def test_real_pictures_teach_nothing_where_nothing_is_known() -> None:
    """Beside the numbers whose boxes were found, others may stand: only pieces of the known ones are no marks."""
    one = replace(
        source(3),
        marks=np.zeros((0, 5), np.float32),
        words=np.zeros((0, 4), np.float32),
        is_partly_known=True,
    )
    assert all(no_mark(np.random.default_rng(seed), one) is None for seed in range(20))


@pytest.mark.slow
def test_a_checkpoint_goes_on_and_its_file_says_what_keras_says(tmp_path: Path) -> None:
    from inkdigits.training.backend import load_keras_module
    from inkdigits.training.glyphs import net, train
    from inkdigits.training.stages import averaged, load_checkpoint, save_checkpoint

    if load_keras_module().backend.backend() == "jax":
        pytest.skip("JAX's convolutions take minutes on a CPU")
    rng = np.random.default_rng(0)
    classes = rng.integers(0, len(CLASSES), 16)
    closeups = rng.normal(0, 1, (16, SIZE_PX, SIZE_PX, 1)).astype(np.float32)
    wanted = np.eye(len(CLASSES), dtype=np.float32)[classes]
    model = train.prepare(train.TrainSettings())
    losses = [model.train_on_batch(closeups, wanted)[0] for _ in range(5)]
    assert losses[-1] < losses[0]
    with pytest.raises(TrainingError, match="there is no checkpoint at"):
        train.export(tmp_path / "nowhere.npz", tmp_path / "glyphs.onnx")
    save_checkpoint(model, 5, tmp_path / "checkpoint.npz")
    again = train.prepare(train.TrainSettings())
    assert load_checkpoint(again, tmp_path / "checkpoint.npz") == 5

    assert train.export(tmp_path / "checkpoint.npz", tmp_path / "glyphs.onnx") == 5
    scores = np.asarray(averaged(again, net.build).predict_on_batch(closeups))
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    assert (
        np.abs(GlyphNetwork(tmp_path / "glyphs.onnx")(closeups) - shares).max() < 1e-4
    )
