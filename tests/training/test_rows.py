"""Strips show the text they are labelled with, signs are free where they are not known, and the file says what Keras says."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS, OTHER
from inkdigits.reading.numbers import row_network
from inkdigits.reading.numbers.columns import log_shares
from inkdigits.reading.numbers.row_network import RowNetwork, log_softmax
from inkdigits.reading.numbers.strips import HEIGHT_PX, Window
from inkdigits.synthesis.drawn import draw_numbers
from inkdigits.synthesis.hands import drawn_hands
from inkdigits.synthesis.patches import UNKNOWN, compose
from inkdigits.training.rows import as_read, spliced, train
from inkdigits.training.rows import samples as strips
from inkdigits.training.rows.as_read import AsReadSettings, RowAsRead, RowText
from inkdigits.training.rows.loss import DECIMAL, text_loss, wanted

NONE = CLASS_OF[OTHER]


def composed(
    count: int, settings: strips.StripSamples = strips.SAMPLES
) -> list[strips.Strip]:
    rng = np.random.default_rng(5)
    return list(islice(strips._composed(rng, drawn_hands(), settings), count))


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


@pytest.mark.parametrize("sign", [",", "."])
def test_a_decimal_sign_may_be_a_comma_or_a_point(sign: str) -> None:
    scores = np.zeros((1, 1, 9, len(CLASSES)), np.float32)
    for column, mark in enumerate(f"_1_2_{sign}_5_"):
        scores[0, 0, column, NONE if mark == "_" else CLASS_OF[mark]] = 12
    one, two, five = (CLASS_OF[digit] for digit in "125")
    right, elsewhere, left_out = (
        float(np.asarray(text_loss(wanted([(text, True)]), scores)))
        for text in (
            (one, two, DECIMAL, five),
            (one, DECIMAL, two, five),
            (one, two, five),
        )
    )
    assert right < 0.1
    assert min(elsewhere, left_out) > 5


@pytest.mark.parametrize(
    ("name", "signs", "digits", "text"),
    [
        ("congo", "27.3", "273", "27d3"),
        ("congo", "0.2", "02", "0d2"),
        ("congo", "31", "31", "31"),
        ("congo", "31", "310", "31d0"),  # a final ",0" is not in the value
        ("copiste", "4,943", "4943", "4,943"),
        ("old_hands", "17.10.66", "171066", "17.10.66"),
    ],
)
def test_a_transcription_tells_where_signs_stand(
    name: str, signs: str, digits: str, text: str
) -> None:
    told = as_read.row_text(name, signs, digits)
    classes = tuple(DECIMAL if sign == "d" else CLASS_OF[sign] for sign in text)
    assert told == as_read.RowText(classes, knows_signs=True)


def test_a_gap_in_an_amount_may_have_been_a_sign() -> None:
    told = as_read.row_text("lectaurep", "3 75", "375")
    assert told == as_read.RowText((3, 7, 5), knows_signs=False)


def test_a_grown_network_begins_with_what_the_small_one_learned() -> None:
    from inkdigits.training.backend import load_keras_module
    from inkdigits.training.rows import net

    small, deeper = net.build(net.SMALL), net.build(replace(net.SMALL, deeper=True))
    rng = np.random.default_rng(4)
    taught = [value + 0.1 * rng.random(value.shape) for value in small.get_weights()]
    small.set_weights(taught)
    strip = rng.normal(size=(2, HEIGHT_PX, 48, 1)).astype(np.float32)
    wanted_scores = np.asarray(load_keras_module().ops.convert_to_numpy(small(strip)))
    net.grow(deeper, taught)
    # Two convolutions more add nothing at first.
    given = np.asarray(load_keras_module().ops.convert_to_numpy(deeper(strip)))
    assert np.abs(given - wanted_scores).max() < 1e-3
    whole = net.build()
    net.grow(whole, taught)
    for layer in small.layers:
        for value, same in zip(
            layer.get_weights(),
            whole.get_layer(layer.name).get_weights() if layer.weights else [],
            strict=True,
        ):
            assert np.array_equal(value, same)


def written_numbers(folder: Path, texts: list[str]) -> None:
    """A set of pictures of numbers, in the form of `copiste`."""
    jpeg, offset = [], [0]
    for text in texts:
        grey = np.asarray(draw_numbers([text], size_px=48).convert("L"))
        data = cv2.imencode(".jpg", grey)[1]
        jpeg.append(data)
        offset.append(offset[-1] + len(data))
    folder.mkdir()
    np.savez(
        folder / f"{folder.name}.npz",
        jpeg=np.concatenate(jpeg),
        offset=np.array(offset),
        writer=np.array(["drawn"] * len(texts)),
        label=np.array(texts),
        digits=np.array(texts),
    )


def test_rows_are_shown_as_the_reader_finds_them(tmp_path: Path) -> None:
    """A row whose label cannot be what stands there is left out."""
    written_numbers(tmp_path / "copiste", ["4711", "28", "905"])
    arrays = dict(np.load(tmp_path / "copiste" / "copiste.npz"))
    arrays["digits"] = arrays["label"] = np.array(["4711", "28", "333333"])
    np.savez(tmp_path / "copiste" / "copiste.npz", **arrays)
    settings = AsReadSettings(weights=(("copiste", 1.0),), words=())
    found = tmp_path / "as_read.npz"
    as_read.find_rows(tmp_path, found, print, settings)
    rows = as_read.load_rows(tmp_path, found, settings)
    texts = sorted("".join(DIGITS[mark] for mark in row.text.marks) for row in rows)
    assert texts == ["28", "4711"]
    assert all(row.text.knows_signs for row in rows)
    rng = np.random.default_rng(1)
    for row in rows:
        window = as_read.seen_differently(rng, row)
        # All of the number's ink is still in the window.
        columns = np.flatnonzero((row.grey < 128).any(axis=0))
        assert window.left <= columns[0]
        assert window.left + window.width > columns[-1]


def test_what_else_the_reader_finds_is_no_number(tmp_path: Path) -> None:
    """On words nothing is one, and beside a number what is not as surely one."""
    written_numbers(tmp_path / "copiste", ["4711"])
    written_numbers(tmp_path / "copiste_words", ["11"])
    number, alone = (
        np.asarray(draw_numbers([text], size_px=48).convert("L"))
        for text in ("4711", "1")
    )
    gap = np.full((number.shape[0], 200), 255, np.uint8)
    jpeg = cv2.imencode(".jpg", np.hstack([number, gap, alone]))[1]
    for name, changed in (
        ("copiste", {"jpeg": jpeg, "offset": [0, len(jpeg)]}),
        ("copiste_words", {"label": ["il"]}),
    ):
        arrays = dict(np.load(tmp_path / name / f"{name}.npz"))
        np.savez(tmp_path / "copiste" / f"{name}.npz", **arrays | changed)
    settings = AsReadSettings(weights=(("copiste", 1.0),), words=("copiste_words",))
    as_read.find_rows(tmp_path, tmp_path / "as_read.npz", print, settings)
    rows = as_read.load_rows(tmp_path, tmp_path / "as_read.npz", settings)
    whole, *others = rows
    assert whole.text.marks == (4, 7, 1, 1)
    assert len(whole.middles) == 4
    assert {row.text for row in others} == {as_read.NOTHING}
    assert {row.hand.split()[0] for row in others} == {"copiste", "copiste_words"}


def drawn_row(text: str, hand: str = "drawn") -> spliced.RowStrip:
    """A row of blots, one for each digit, as wide as it is high: the digit says how dark."""
    grey = np.full((32, 24 * (len(text) + 2)), 200, np.uint8)
    middles = []
    for place, digit in enumerate(text):
        left = 24 * (place + 1)
        grey[6:26, left + 2 : left + 20] = 10 + 10 * int(digit)
        middles.append(left + 11.0)
    window = Window(0, grey.shape[1], 32, grey.shape[1] / 2, 16.0, 0.0)
    told = RowText(tuple(int(digit) for digit in text), knows_signs=True)
    row = RowAsRead(grey, window, 20.0, told, 1.0, hand, tuple(middles))
    return spliced.RowStrip(row, grey, window)


def blots(strip: npt.NDArray[np.uint8]) -> str:
    """The digits of which a row of blots is drawn."""
    shown = strip[16].astype(int)
    starts = np.flatnonzero((shown[1:] < 150) & (shown[:-1] >= 150)) + 1
    return "".join(str((shown[start + 4] - 10) // 10) for start in starts)


def test_a_new_number_begins_as_one_and_ends_as_another() -> None:
    seen = set()
    for seed in range(30):
        new = spliced.spliced(
            np.random.default_rng(seed), drawn_row("123"), drawn_row("4567")
        )
        assert new is not None
        strip, told = new
        text = "".join(map(str, told.marks))
        assert blots(strip) == text
        seen.add(text)
    assert seen == {begin + end for begin in ("1", "12") for end in ("567", "67", "7")}


def test_a_row_is_not_cut_at_a_sign_or_through_ink() -> None:
    rng = np.random.default_rng(0)
    row = drawn_row("12")
    comma = replace(row.row, text=RowText((1, CLASS_OF[","], 2), knows_signs=True))
    assert spliced.spliced(rng, replace(row, row=comma), drawn_row("45")) is None
    joined = row.strip.copy()
    joined[6:26, 24:60] = 10
    assert spliced.spliced(rng, replace(row, strip=joined), drawn_row("45")) is None
    assert spliced.spliced(rng, row, drawn_row("4")) is None


def test_where_signs_are_not_known_of_one_only_digits_count() -> None:
    one, other = drawn_row("12"), drawn_row("345")
    told = RowText((3, CLASS_OF["."], 4, 5), knows_signs=True)
    other = replace(other, row=replace(other.row, text=told))
    unknown = replace(one.row, text=RowText((1, 2), knows_signs=False))
    new = spliced.spliced(np.random.default_rng(0), replace(one, row=unknown), other)
    assert new is not None
    assert new[1] == RowText((1, 5), knows_signs=False)
    new = spliced.spliced(np.random.default_rng(0), other, replace(one, row=unknown))
    assert new is not None
    assert new[1] == RowText((3, 4, 2), knows_signs=False)


def test_any_sign_counts_as_none_where_only_digits_are_known() -> None:
    scores = np.full((5, len(CLASSES)), -9.0, np.float32)
    for column, sign in enumerate("1.2_5"):
        scores[column, NONE if sign == "_" else CLASS_OF[sign]] = 9
    logs = log_softmax(scores)
    assert log_shares(as_read.without_signs(logs), ["125"])[0] > -0.01
    assert log_shares(logs, ["125"])[0] < -5


@pytest.mark.slow
@pytest.mark.parametrize("closer", [False, True])
def test_a_checkpoint_goes_on_and_its_file_says_what_keras_says(
    tmp_path: Path, *, closer: bool
) -> None:
    from inkdigits.training.backend import load_keras_module
    from inkdigits.training.rows import net, train
    from inkdigits.training.stages import averaged, load_checkpoint, save_checkpoint

    if load_keras_module().backend.backend() == "jax":
        pytest.skip("JAX's convolutions take minutes on a CPU")
    build = net.build_closer if closer else net.build
    settings = train.CLOSER_SAMPLES if closer else strips.SAMPLES
    shown, texts = strips.padded(composed(8, settings))
    model = train.prepare(train.TrainSettings(), build)
    losses = [
        float(model.train_on_batch(shown.astype(np.float32), texts)) for _ in range(6)
    ]
    assert losses[-1] < losses[0]
    save_checkpoint(model, 6, tmp_path / "checkpoint.npz")
    again = train.prepare(train.TrainSettings(), build)
    assert load_checkpoint(again, tmp_path / "checkpoint.npz") == 6
    assert train.export(tmp_path / "checkpoint.npz", tmp_path / "rows.onnx", build) == 6
    card = row_network.BUNDLED.with_name("rows_closer.md" if closer else "rows.md")
    assert f"{model.count_params():,} parameters" in card.read_text(encoding="utf-8")
    scores = np.asarray(
        averaged(again, build).predict_on_batch(shown.astype(np.float32))
    )
    found = RowNetwork(tmp_path / "rows.onnx")._network(shown[:1].astype(np.float32))
    assert np.abs(found[0, :, 0].T - scores[0, 0]).max() < 1e-3


def test_the_weights_that_a_round_begins_with_are_kept_once(tmp_path: Path) -> None:
    """The bundled weights are the mean of these and of those at its end."""
    start, run = tmp_path / "start.npz", tmp_path / "run"
    train.keep_start(start, run)
    assert not run.exists(), "there was nothing to begin with"
    start.write_bytes(b"first")
    train.keep_start(start, run)
    start.write_bytes(b"later")
    train.keep_start(start, run)
    assert (run / train.BEFORE).read_bytes() == b"first"
