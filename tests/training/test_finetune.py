"""Fine-tuning on drawn hands: it learns a way of writing, keeps the old model where it is no better, names what it doubts."""

import json
from pathlib import Path

import numpy as np
import pytest

from inkdigits import Reader, errors
from inkdigits.data import Dataset, load
from inkdigits.synthesis.drawn import as_file, draw_digit, draw_sign
from inkdigits.training.finetune import memory
from inkdigits.training.finetune.adapt import Plan
from inkdigits.training.finetune.judge import chance_of, judge, parts
from inkdigits.training.finetune.run import finetune

QUICK = Plan(steps=12, batch_size=48)


class Told:
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def began(self, summary: str, run: Path, epochs: int) -> None: ...
    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None: ...
    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None: ...
    def said(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture(autouse=True)
def no_open_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is practised is drawn, so that the test is the same everywhere; and little of it."""
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path / "no-sets"))
    monkeypatch.setattr(memory, "_DRAWN", 800)
    monkeypatch.setattr(memory, "_DRAWN_ASKED", 400)


def draw_hand(folder: Path, each: int) -> Path:
    """A hand whose 4 looks like an H and whose 7 like an M."""
    signs = {4: "H", 7: "M"}
    for digit in range(10):
        (folder / str(digit)).mkdir(parents=True)
        for seed in range(each):
            picture = draw_sign(
                signs.get(digit, str(digit)), size_px=60, seed=100 * digit + seed
            )
            (folder / str(digit) / f"{seed}.png").write_bytes(as_file(picture, "PNG"))
    return folder


@pytest.mark.slow
def test_it_learns_a_hand_and_the_run_reads(run: Path, tmp_path: Path) -> None:
    """From a run folder: 4s and 7s nobody else writes so; before they are wrong, afterwards most of them are right."""
    told = Told()
    hand = draw_hand(tmp_path / "hand", 6)
    plan = Plan(steps=90, batch_size=96, learning_rate=0.002)
    result = finetune(
        hand, start=str(run), output=tmp_path / "tuned", plan=plan, listener=told
    )
    assert result.verdict.better, result.verdict
    assert result.verdict.wrong_after <= 0.6 * result.verdict.wrong_before
    reader = Reader(tmp_path / "tuned")
    assert [
        p.digit for p in reader.predict([hand / "7" / f"{n}.png" for n in range(6)])
    ].count(7) >= 5
    names = {path.name for path in (tmp_path / "tuned").iterdir()}
    assert names == {
        "model.keras",
        "model.h5",
        "model.onnx",
        "history.csv",
        "curves.png",
        "run.json",
        "card.md",
    }
    facts = json.loads((tmp_path / "tuned" / "run.json").read_text())
    assert facts["better"] is True
    assert 0.5 <= facts["calibration"]["threshold"] <= 0.95
    assert any(line.startswith("better (p = ") for line in told.lines)
    again = finetune(
        hand, start=str(tmp_path / "tuned"), output=tmp_path / "again", plan=QUICK
    )
    assert Reader(tmp_path / "again").predict(hand / "1" / "0.png").digit in range(10)
    assert again.verdict.n == 60


@pytest.mark.slow
def test_few_pictures_with_trouble_among_them(tmp_path: Path) -> None:
    """Ten pictures, no 4, one wrong label, a letter, a text file: named, and the bundled model stays as good as it was."""
    folder = tmp_path / "few"
    for digit in (0, 1, 2, 3, 5, 6, 7, 8, 9):
        (folder / str(digit)).mkdir(parents=True)
        (folder / str(digit) / "one.png").write_bytes(
            as_file(draw_digit(digit, size_px=60, seed=digit), "PNG")
        )
    (folder / "8" / "wrong.png").write_bytes(
        as_file(draw_digit(3, size_px=60, seed=5), "PNG")
    )
    (folder / "5" / "letter.png").write_bytes(
        as_file(draw_sign("W", size_px=60), "PNG")
    )
    (folder / "6" / "notes.txt").write_text("six")
    told = Told()
    result = finetune(folder, output=tmp_path / "run", plan=QUICK, listener=told)
    said = "\n".join(told.lines)
    assert f"doubtful: {folder}/8/wrong.png: given 8, likely 3" in said
    assert f"doubtful: {folder}/5/letter.png: given 5, likely no digit" in said
    assert f"left out: {folder}/6/notes.txt" in said
    assert "no pictures of 4: they are rehearsed from earlier training data" in said
    assert "3-fold cross-validation" in said
    assert not result.verdict.better
    assert "not better, the old model is kept" in said
    assert (
        tmp_path / "run" / "model.onnx"
    ).read_bytes() == Reader().classifier.path.read_bytes()
    assert Reader(tmp_path / "run").predict(folder / "7" / "one.png").digit == 7


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"start": "nowhere.onnx"}, "there is no model at nowhere.onnx"),
        ({"validation": 1.0}, "--validation is 1.0"),
        ({"source": "usps"}, "usps is not at"),
    ],
)
def test_mistakes_are_one_line(
    options: dict[str, object], said: str, digit_folder: Path, tmp_path: Path
) -> None:
    arguments: dict[str, object] = {
        "source": digit_folder,
        "output": tmp_path / "run",
        **options,
    }
    with pytest.raises(errors.InkdigitsError) as caught:
        finetune(**arguments)  # type: ignore[arg-type]
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_evaluate_only_sets_are_not_learned_from(tmp_path: Path) -> None:
    held = Dataset(
        "usps",
        "all",
        np.zeros((10, 28, 28), np.uint8),
        np.zeros(10, np.int64),
        trainable=False,
    )
    assert not held.trainable
    data_dir = tmp_path / "sets"
    (data_dir / "evaluate_only").mkdir(parents=True)
    digits = load("digits8x8").first(40)
    np.savez(
        data_dir / "evaluate_only" / "usps.npz",
        images=digits.images,
        labels=digits.labels,
    )
    with pytest.raises(errors.DataError, match="is for evaluation only"):
        finetune("usps", output=tmp_path / "run", data_dir=data_dir)


def chances(
    rows: list[tuple[int, float]],
) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    made = np.zeros((len(rows), 11), np.float32)
    for index, (digit, sure) in enumerate(rows):
        made[index] = (1 - sure) / 10
        made[index, digit] = sure
    return made


def test_better_is_said_only_of_what_is_better() -> None:
    labels = np.full(20, 3)
    bad, good = chances([(8, 0.9)] * 10 + [(3, 0.9)] * 10), chances([(3, 0.95)] * 20)
    assert judge(labels, bad, good, 1.0).sentence().startswith("better (p = ")
    assert judge(labels, good, bad, 1.0).reason == "it makes more errors"
    assert (
        judge(labels, good, good, 1.0).reason
        == "it makes no fewer errors, and its confidence is no higher"
    )
    assert "forgot" in judge(labels, bad, good, 0.0).reason
    surer = judge(labels, good, chances([(3, 0.99)] * 20), 1.0)
    assert surer.sentence().startswith("better: as many right, with higher confidence")
    lucky = judge(
        labels, chances([(8, 0.9)] + [(3, 0.9)] * 19), chances([(3, 0.9)] * 20), 1.0
    )
    assert lucky.better
    assert "may be due to chance" in lucky.sentence()


def test_gains_against_luck() -> None:
    assert chance_of(np.full(20, 0.1)) < 0.001
    assert chance_of(np.full(20, -0.1)) > 0.99
    assert chance_of(np.array([0.9, *[0.0] * 30])) == pytest.approx(0.5, abs=0.05)


def test_parts_hold_out_in_proportion() -> None:
    many = load("digits8x8").first(400)
    (held,) = parts(many, 0.25, 1)
    assert 90 <= len(held) <= 110
    assert np.array_equal(held, parts(many, 0.25, 1)[0])
    few = many.first(31)
    turns = parts(few, 0.25, 1)
    assert len(turns) == 3
    assert sorted(np.concatenate(turns).tolist()) == list(range(31))
