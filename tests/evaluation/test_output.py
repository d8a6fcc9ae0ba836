"""What `inkdigits evaluate` leaves behind."""

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from inkdigits import Reader
from inkdigits.cli import app
from inkdigits.data import disputed, load

VOID = {"meta", "img", "line", "circle", "polyline"}


def evaluate(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation") / "bundled"
    evaluate("bundled", "--data", "digits8x8", "--output", folder)
    return folder


def test_all_files_are_there_and_agree(written: Path) -> None:
    figures = json.loads((written / "metrics.json").read_text())
    data = load("digits8x8", split="test")
    said = np.array([answer.digit for answer in Reader().predict_glyphs(data.images)])
    right = said == data.labels
    assert figures["accuracy"] == pytest.approx(right.mean())
    assert figures["n"] == 360
    assert {
        "loss",
        "ece",
        "classes",
        "confusion",
        "model_sha256",
        "data_sha256",
        "command",
        "versions",
    } <= set(figures)
    mistakes = list(csv.DictReader((written / "mistakes.csv").read_text().splitlines()))
    assert len(mistakes) == 360 - right.sum()
    sureness = [float(row["confidence"]) for row in mistakes]
    assert sureness == sorted(sureness, reverse=True)
    assert (
        len(list(csv.DictReader((written / "per_class.csv").read_text().splitlines())))
        == 10
    )
    for name in ("confusion.png", "reliability.png", "samples.png"):
        assert (written / name).read_bytes().startswith(b"\x89PNG")


def test_the_report_is_one_file_without_outside_references(written: Path) -> None:
    page = (written / "report.html").read_text()
    assert not re.search(r"https?://|@import|<script|url\(", page)
    for reference in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert reference.startswith("data:image/png;base64,")
    figures = json.loads((written / "metrics.json").read_text())
    assert f"{100 * figures['accuracy']:.2f} % right" in page
    assert len(page) < 1_000_000


def test_a_digit_and_its_share_are_never_broken_apart(written: Path) -> None:
    page = (written / "report.html").read_text()
    shares = re.findall(r'<span class="share">(\d: \d+ %)</span>', page)
    assert len(shares) >= 3 * 24
    assert ".share { white-space: nowrap }" in page


def test_the_report_is_well_formed_and_every_picture_is_described(
    written: Path,
) -> None:
    class Checker(HTMLParser):
        stack: list[str] = []  # noqa: RUF012
        pictures = 0

        def handle_starttag(
            self, tag: str, attrs: list[tuple[str, str | None]]
        ) -> None:
            if tag == "img":
                self.pictures += 1
                assert dict(attrs)["alt"]
            if tag not in VOID:
                self.stack.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if tag not in VOID:
                assert self.stack.pop() == tag

    checker = Checker()
    checker.feed((written / "report.html").read_text())
    assert checker.stack == []
    assert checker.pictures > 20


@pytest.mark.slow
def test_a_run_is_evaluated_in_its_own_folder_and_two_are_compared(
    written: Path, tmp_path: Path
) -> None:
    from inkdigits.training import Settings, train

    folder = train(
        Settings(data="digits8x8", epochs=2, filters=(4,), dense=0),
        output=tmp_path / "run",
    ).folder
    text = evaluate(
        folder,
        folder / "model.h5",
        "bundled",
        "--data",
        "digits8x8",
        "--output",
        tmp_path / "out",
    )
    assert text.count("p = ") + text.count("give the same answers") == 3
    assert text.count("on digits8x8: report in ") == 3
    assert len(list((tmp_path / "out").iterdir())) == 3
    shown = json.loads(evaluate(folder, "--json"))
    assert (folder / "evaluation" / "digits8x8" / "report.html").exists()
    trained = json.loads((folder / "run.json").read_text())["results"]["test"]
    assert (shown["data"], shown["n"]) == ("digits8x8", trained["n"])
    assert shown["accuracy"] == pytest.approx(trained["accuracy"], abs=0.003)
    assert shown["loss_as_trained"] == pytest.approx(trained["loss"], abs=1e-4)
    assert shown["temperature"] != 1
    assert f"as trained it is {trained['loss']:.4f}" in text
    compared = evaluate(folder, folder / "model.h5", "--output", tmp_path / "both")
    assert "on digits8x8: " in compared
    assert (
        "<h2>Learning</h2>"
        in (folder / "evaluation" / "digits8x8" / "report.html").read_text()
    )


@pytest.mark.slow
def test_a_run_of_ones_own_pictures_is_measured_on_those_held_out(
    digit_folder: Path, tmp_path: Path
) -> None:
    from inkdigits.training import Settings, train

    settings = Settings(
        data=str(digit_folder), epochs=1, filters=(2,), dense=0, validation=0.25
    )
    folder = train(settings, output=tmp_path / "run").folder
    shown = json.loads(evaluate(folder, "--json"))
    assert (shown["data"], shown["split"], shown["n"]) == (
        digit_folder.name,
        "validation",
        10,
    )
    assert "(train)" in evaluate(folder, "--split", "train")
    assert f"on {digit_folder.name} (validation): " in evaluate(
        folder, "bundled", "--output", tmp_path / "both"
    )


def test_a_model_that_is_not_there_is_known_before_a_set_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "inkdigits.data.mnist.fetch", lambda *_: pytest.fail("it was downloaded")
    )
    for name in ("nothing", "nothing.h5", "nothing.onnx"):
        result = CliRunner().invoke(
            app, ["evaluate", name, "--data-dir", str(tmp_path)]
        )
        assert "there is no model at" in str(result.exception)


@pytest.mark.slow
def test_a_net_from_elsewhere_may_end_in_plain_scores(tmp_path: Path) -> None:
    from inkdigits.training.backend import load_keras_module
    from inkdigits.training.onnx_export import save_onnx

    keras = load_keras_module()
    keras.utils.set_random_seed(1)
    image = keras.Input((28, 28, 1))
    scores = keras.layers.Dense(10)(keras.layers.Flatten()(image))
    plain, soft = (
        keras.Model(image, scores),
        keras.Model(image, keras.layers.Softmax()(scores)),
    )
    for name, model in (("plain", plain), ("soft", soft)):
        save_onnx(model, tmp_path / f"{name}.onnx", {})
    answers = [
        Reader(tmp_path / f"{name}.onnx").predict_glyphs(load("digits8x8").images[:20])
        for name in ("plain", "soft")
    ]
    for one, other in zip(*answers, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)


def test_a_set_without_digits_cannot_be_measured(drawn_sets: Path) -> None:
    result = CliRunner().invoke(
        app,
        ["evaluate", "bundled", "--data", "omniglot", "--data-dir", str(drawn_sets)],
    )
    assert result.exit_code != 0
    assert "contains no digits" in str(result.exception)


def test_disputed_labels_are_left_out_of_one_figure(
    drawn_sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = load("mnist", split="test", data_dir=drawn_sets)
    monkeypatch.setattr(disputed, "MNIST_TEST", test.digest)
    monkeypatch.setattr(disputed, "DISPUTED", (3, 5))
    text = evaluate(
        "bundled", "--data", "mnist", "--data-dir", drawn_sets, "--output", tmp_path
    )
    assert "without MNIST's 15 disputed labels" in text
    figures = json.loads((tmp_path / "metrics.json").read_text())
    right = Reader().predict_glyphs(test.images)
    kept = [
        answer.digit == label
        for at, (answer, label) in enumerate(zip(right, test.labels, strict=True))
        if at not in (3, 5)
    ]
    assert figures["accuracy_undisputed"] == pytest.approx(np.mean(kept))


@pytest.mark.slow
def test_mnist_is_given_without_its_disputed_labels_too(
    mnist_dir: Path, tmp_path: Path
) -> None:
    text = evaluate(
        "bundled", "--data", "mnist", "--data-dir", mnist_dir, "--output", tmp_path
    )
    assert "without MNIST's 15 disputed labels" in text
    figures = json.loads((tmp_path / "metrics.json").read_text())
    assert figures["accuracy_undisputed"] >= figures["accuracy"] > 0.985
