"""What the bundled model learns from: strokes drawn afresh, spoiled samples, negatives; the net's bounds."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from inkdigits import Reader, errors
from inkdigits.reading.classifier import BUNDLED, Classifier
from inkdigits.reading.glyphs import frame
from inkdigits.synthesis import drawn
from inkdigits.synthesis.canvas import CANVAS_PX
from inkdigits.training import recipes, resume, run, train
from inkdigits.training.bundled import __main__ as command
from inkdigits.training.bundled import batches, calibrate, net, sources
from inkdigits.training.bundled.recipe import further
from inkdigits.training.bundled.sources import REFUSED, Source
from inkdigits.training.fit import Silent
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.quantize import PROBABILITIES, glyph_batches, quantize
from made_strokes import NINE, seven


def a_source() -> Source:
    return Source(
        "sevens",
        np.full(40, 7),
        lambda _, rng: seven(rng),
        lambda _, rng: frame(seven(rng)),
        1.5,
    )


def test_an_epoch_is_the_same_for_the_same_seed_and_epoch() -> None:
    images, labels = batches.draw_epoch([a_source()], 1, 1)
    again, other = (
        batches.draw_epoch([a_source()], 1, 1),
        batches.draw_epoch([a_source()], 1, 2),
    )
    assert len(images) == 60 + round(batches.NEGATIVE_SHARE * 60)
    assert sorted(set(labels.tolist())) == [7, REFUSED]
    assert np.array_equal(images, again[0])
    assert not np.array_equal(images, other[0])
    assert [len(part[0]) for part in batches.epochs([a_source()], 1, 1, 3)] == [
        len(images)
    ] * 3


def test_the_net_is_small_and_learns_and_exports(tmp_path: Path) -> None:
    model = net.build(8)
    net.compile_for(model, 4)
    images, labels = batches.draw_epoch([a_source()], 1, 1)
    loss = model.fit(
        images[..., None] / np.float32(255), labels, epochs=8, verbose=0
    ).history["loss"]
    assert loss[-1] < loss[0]
    assert calibrate.lower_refusal(model, (images, labels)) <= 0
    save_onnx(model, tmp_path / "net.onnx", {"recipe": "bundled"})
    quantize(
        tmp_path / "net.onnx",
        glyph_batches(images),
        tmp_path / "small.onnx",
        {"temperature": 0.8, "threshold": 0.7},
        exact=PROBABILITIES,
    )
    assert Classifier(tmp_path / "small.onnx").settings.temperature == 0.8
    facts = calibrate.confidence_of(tmp_path / "small.onnx", (images, labels))
    assert 0.5 <= facts["threshold"] <= 0.95
    assert 0.5 <= facts["temperature"] <= 4
    quantize(
        tmp_path / "net.onnx",
        glyph_batches(images),
        tmp_path / "small.onnx",
        facts,
        exact=PROBABILITIES,
    )
    assert (
        list(Classifier(tmp_path / "small.onnx").settings.sureness or ())
        == facts["sureness"]
    )
    save_onnx(net.build(), tmp_path / "whole.onnx", facts)
    assert (tmp_path / "whole.onnx").stat().st_size < 2_000_000


def test_the_other_shape_gives_the_same_classes() -> None:
    plain, other = net.build(8), net.build_residual(8)
    assert plain.output_shape == other.output_shape == (None, REFUSED + 1)
    assert other.count_params() < 2 * plain.count_params()


def test_the_refusal_is_lowered_as_far_as_enough_is_still_refused() -> None:
    rng = np.random.default_rng(0)
    raw = np.full((400, 11), 0.01, np.float32)
    raw[:, REFUSED] = np.where(np.arange(400) < 200, 0.3, 0.9)
    raw[:, 3] = 1 - raw[:, REFUSED] - 0.09
    labels = np.where(np.arange(400) < 200, 3, REFUSED)
    shift = calibrate.allowed_shift(raw, labels)
    assert -6 <= shift < 0
    moved = calibrate.shifted(raw, shift)
    assert np.allclose(moved.sum(axis=1), 1)
    assert (
        moved[200:, :REFUSED].max(axis=1) < calibrate.DECISION
    ).mean() >= calibrate.REFUSED_SHARE
    noisy = calibrate.shifted(rng.dirichlet(np.ones(11), 50).astype(np.float32), -2.0)
    assert np.allclose(noisy.sum(axis=1), 1)


def test_what_is_held_out_is_not_trained_on(mnist_dir: Path) -> None:
    training = {
        source.name: source for source in sources.sources(mnist_dir, held_out=False)
    }
    held = {source.name: source for source in sources.sources(mnist_dir, held_out=True)}
    assert set(training) == set(held)
    assert set(training) == {"mnist", "optdigits", "swiss", "swiss scans", "pendigits", "unipen", "letters", "symbols",
                             "omniglot", "signs"}  # fmt: skip
    assert len(training["mnist"].labels) + len(held["mnist"].labels) == 60_000
    assert not {"usps", "ardis", "semeion", "dida"} & set(training)
    rng = np.random.default_rng(0)
    glyphs = {
        training["mnist"].draw(index, rng).tobytes()
        for index in range(len(training["mnist"].labels))
    }
    shared = sum(
        held["mnist"].draw(index, rng).tobytes() in glyphs for index in range(200)
    )
    assert shared == 0


def of_kind(
    name: str,
    labels: npt.NDArray[np.int64],
    picture: Callable[[int], npt.NDArray[np.uint8]],
) -> Source:
    """A source drawn by the project: `picture` gives the canvas of a sample."""
    return Source(
        name,
        labels,
        lambda index, _: picture(index),
        lambda index, _: frame(picture(index)),
        1.0,
    )


def few_signs() -> list[Source]:
    """Drawn digits and letters, in place of the open sets."""
    digits = np.arange(120) % 10

    def canvas(sign: str, seed: int) -> npt.NDArray[np.uint8]:
        return 255 - np.asarray(
            drawn.draw_sign(sign, size_px=CANVAS_PX, ink=0, paper=255, seed=seed),
            np.uint8,
        )

    return [
        of_kind("digits", digits, lambda index: canvas(str(digits[index]), index)),
        of_kind(
            "letters",
            np.full(30, REFUSED),
            lambda index: canvas(drawn.LETTERS[index % 5], index),
        ),
    ]


@pytest.mark.slow
def test_the_recipe_trains_stops_goes_on_and_is_read_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after an epoch and resumed, on drawn digits and letters in place of the open sets."""
    monkeypatch.setattr(sources, "sources", lambda data_dir, **_: few_signs())
    settings = recipes.settings_for("bundled", epochs=3, batch_size=16, filters=(8,))
    stop = Silent()
    monkeypatch.setattr(
        stop,
        "finished_epoch",
        lambda epoch, row: (_ for _ in ()).throw(KeyboardInterrupt),
        raising=False,
    )
    with pytest.raises(KeyboardInterrupt):
        train(settings, output=tmp_path / "run", data_dir=tmp_path, listener=stop)
    assert len(resume(tmp_path / "run").history) == 3
    reader = Reader(tmp_path / "run")
    assert reader.classifier.refuses
    assert reader.predict(drawn.draw_digit(7)).probabilities
    assert {path.name for path in (tmp_path / "run").iterdir()} >= {
        "model.keras",
        "model.onnx",
        "run.json",
        "curves.png",
    }


@pytest.mark.slow
def test_the_bundled_network_is_trained_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One epoch of a few drawn digits and letters, with steps too small to forget what it knows."""
    monkeypatch.setattr(sources, "sources", lambda data_dir, **_: few_signs())
    settings = recipes.settings_for(
        "bundled", epochs=1, batch_size=16, learning_rate=1e-6, precision="bfloat16"
    )
    run.train(further(BUNDLED), settings, output=tmp_path / "run", data_dir=tmp_path)
    reader = Reader(tmp_path / "run")
    assert [reader.predict(drawn.draw_digit(digit)).digit for digit in range(10)] == [
        *range(10)
    ]


def test_some_fours_are_closed_some_are_barred_nines_and_others_stay() -> None:
    hook = np.array([[2.0, 0.0], [0.0, 6.0], [8.0, 6.0]])
    four = [hook, np.array([[6.0, 0.5], [5.5, 10.0]])]
    (of_nine,) = sources.fours_of([four, [NINE]], np.array([4, 9]))
    rng = np.random.default_rng(0)
    drawn_as = [sources.open_or_closed(four, [of_nine], rng) for _ in range(300)]
    kinds = Counter(
        "a nine" if one is of_nine else "open" if one is four else "closed"
        for one in drawn_as
    )
    assert all(70 < kinds[kind] < 150 for kind in ("a nine", "open", "closed"))
    seven_strokes = [hook]
    assert sources.open_or_closed(seven_strokes, [], rng) is seven_strokes


@pytest.mark.parametrize(
    ("option", "value"), [("data", "mnist"), ("optimizer", "sgd"), ("dense", 64)]
)
def test_the_recipe_refuses_what_it_would_not_heed(option: str, value: object) -> None:
    with pytest.raises(
        errors.SettingError,
        match=f"--{option} cannot be combined with the recipe bundled, which takes --batch-size",
    ):
        recipes.settings_for("bundled", **{option: value})


def test_how_a_network_was_made_is_recorded_with_the_run_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, seed in (("first", 6), ("second", 7)):
        folder = tmp_path / place
        folder.mkdir()
        (folder / "model.onnx").write_bytes(place.encode())
        facts: dict[str, object] = {
            "settings": {"seed": seed},
            "data": {"samples": {}},
            "seconds": {"fit": 1},
            **dict.fromkeys(("history", "calibration", "machine", "versions")),
        }
        (folder / "run.json").write_text(json.dumps(facts))
    output = tmp_path / "boxed.onnx"
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    monkeypatch.setattr(command, "_RECORDS", {output: "boxed.json"})
    command._put_in_place(tmp_path / "second", output, tmp_path / "first/model.onnx")
    assert output.read_bytes() == b"second"
    record = json.loads((tmp_path / "boxed.json").read_text())
    assert record["settings"]["seed"] == 7
    assert record["began_with"]["settings"]["seed"] == 6
    assert record["command"] == "make boxed-model"
