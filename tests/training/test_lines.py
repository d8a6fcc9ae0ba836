"""What the line net learns from: rows composed afresh, lines from the reader's own road; the net, its loss and its file."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits.data import drawn
from inkdigits.data.strokes import CANVAS_PX
from inkdigits.reading.classifier import DIGITS
from inkdigits.reading.linenet import LineNet
from inkdigits.reading.strip import COLUMN_PX, HEIGHT_PX, Strip
from inkdigits.training.bundled.sources import REFUSED, Source
from inkdigits.training.lines import batches, marks, net
from inkdigits.training.lines.rows import Hands, drawn_row, row_of_one_hand
from inkdigits.training.lines.spoil import spoiled
from inkdigits.training.onnx_export import save_onnx


def canvas(sign: str, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return 255 - np.asarray(drawn.draw_sign(sign, size_px=CANVAS_PX, ink=0, paper=255, seed=seed), np.uint8)


@pytest.fixture(scope="module")
def hands() -> Hands:
    labels = np.arange(40) % 10
    digits = Source("digits", labels, lambda i, _: canvas(str(labels[i]), i), lambda i, _: canvas(str(labels[i]), i), 1.0)
    letters = Source(
        "letters", np.full(5, REFUSED), lambda i, _: canvas(drawn.LETTERS[i], i), lambda i, _: canvas(drawn.LETTERS[i], i), 1.0
    )
    return Hands.of([digits, letters])


def test_rows_are_seeded_level_and_have_their_digits(hands: Hands) -> None:
    rows = [drawn_row(np.random.default_rng(seed), hands) for seed in range(30)]
    again = [drawn_row(np.random.default_rng(seed), hands) for seed in range(30)]
    assert all(np.array_equal(one[0], other[0]) and one[1] == other[1] for one, other in zip(rows, again, strict=True))
    assert all(ink.shape[0] == HEIGHT_PX and ink.shape[1] % COLUMN_PX == 0 and ink.max() > 100 for ink, _ in rows)
    assert all(text.isdigit() and 1 <= len(text) <= 12 for _, text in rows)
    assert len({ink.tobytes() for ink, _ in rows}) == 30


def test_lines_of_composed_pages_go_through_the_readers_road(hands: Hands) -> None:
    found = [line for seed in range(8) for line in batches.page_lines(np.random.default_rng(seed), hands)]
    assert len(found) >= 4
    assert all(ink.shape[0] == HEIGHT_PX and text.isdigit() for ink, text in found)


def test_marks_and_spoiling_are_of_the_size_asked_for() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        mark, down = marks.drawn(rng, 36)
        assert mark.shape[0] <= 36 * 1.6 + 16
        assert -0.5 < down < 1
    row = np.zeros((100, 200), np.uint8)
    row[30:70, 40:160] = 255
    assert all(spoiled(row, np.random.default_rng(seed), 36).any() for seed in range(20))


def test_a_line_without_a_digit_is_learned_as_nothing_in_each_column() -> None:
    scores = np.random.default_rng(0).normal(size=(2, 9, net.CLASSES)).astype(np.float32)
    digits = np.array([[1, 2, net.NOTHING], [net.NOTHING] * 3], np.int32)
    shares = np.exp(scores[1]) / np.exp(scores[1]).sum(axis=1, keepdims=True)
    some, none = np.asarray(net._ctc(digits, scores)).tolist()
    assert none == pytest.approx(-np.log(shares[:, net.NOTHING]).sum(), rel=1e-4)
    assert some == pytest.approx(np.asarray(net._ctc_of_some(digits[:1], scores[:1]))[0], rel=1e-4)


def test_digits_on_their_side_are_none(hands: Hands) -> None:
    ink, text = row_of_one_hand(np.random.default_rng(4), hands, 1)
    assert text == ""
    assert ink.any()


@pytest.mark.slow
def test_the_net_learns_by_ctc_and_its_file_answers_as_it_does(tmp_path: Path, hands: Hands) -> None:
    model, exported = net.build(6)
    net.compile_for(model, 60, peak=0.01)
    rng = np.random.default_rng(1)
    samples = [drawn_row(rng, hands) for _ in range(batches.BATCH)]
    (batch,) = batches._batched(samples, rng, short_first=False)
    image = batch.ink[..., None].astype(np.float32) / 255
    losses = []
    for _ in range(25):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(image, batch.digits)))
    assert losses[-1] < 0.8 * losses[0]
    save_onnx(exported, tmp_path / "lines.onnx", {})
    expected = np.asarray(exported.predict(image[:3], verbose=0))[:, 0]
    found = LineNet(tmp_path / "lines.onnx").columns([Strip(ink, 0, 1.0) for ink in batch.ink[:3]])
    for one, other in zip(found, expected, strict=True):
        assert one.shape == (batch.ink.shape[2] // COLUMN_PX, DIGITS + 1)
        assert np.abs(one - other).max() < 1e-4
