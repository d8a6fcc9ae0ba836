"""Fine-tuning with replay: what it says it mended and forgot is so, and the run it starts from stays as it was."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.data import Dataset, load
from inkdigits.errors import DataError, InkdigitsError, SettingError, TrainingError
from inkdigits.files import part_of
from inkdigits.reading.classifier import Classifier
from inkdigits.training.finetune.adapt import Plan
from inkdigits.training.finetune.replay import finetune_with_replay
from inkdigits.training.fit import Silent
from inkdigits.training.hub import write_hub_folder
from inkdigits.training.live import Recorder
from inkdigits.training.run import made_whole, read_run, settings_of

pytestmark = pytest.mark.slow

QUICK = Plan(steps=36, batch_size=64, learning_rate=0.003)


@pytest.fixture(scope="module")
def digits(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six test digits that the run is wrong about, with their labels."""
    test = load("digits8x8", split="test")
    wrong = np.flatnonzero(answers(run, test) != test.labels)[:6]
    file: Path = tmp_path_factory.mktemp("replay") / "digits.npz"
    np.savez(file, images=test.images[wrong], labels=test.labels[wrong])
    return file


@pytest.fixture(scope="module")
def before(run: Path) -> dict[str, bytes]:
    """The files of the run as they were."""
    return {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def made(run: Path, digits: Path, before: dict[str, bytes]) -> Path:
    """A run that learned the six digits with replay."""
    tuned(run, digits, digits.with_name("tuned"))
    return digits.with_name("tuned")


def answers(run: Path, digits: Dataset) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = (
        Classifier(run / "model.onnx").raw(digits.images).argmax(axis=1)
    )
    return found


def tuned(
    run: Path, digits: Path | str, output: Path, share: float = 0.65, **options: Any
) -> dict[str, Any]:
    """Fine-tune into `output`; gives what came of it."""
    with made_whole(output) as part:
        finetune_with_replay(
            digits,
            start=str(run),
            share=share,
            into=part,
            output=output,
            plan=options.pop("plan", QUICK),
            **options,
        )
    return changes_of(output)


def changes_of(run: Path) -> dict[str, Any]:
    """What the page is given of it."""
    changes: dict[str, Any] = json.loads((run / "changes.json").read_text())
    return changes


def test_what_it_mended_and_forgot_is_what_both_networks_say(
    run: Path, digits: Path, made: Path, before: dict[str, bytes]
) -> None:
    changes = changes_of(made)
    assert before == {
        path.name: path.read_bytes() for path in run.iterdir() if path.is_file()
    }
    given = load(digits)
    test = load("digits8x8", split="test")
    known = {picture.tobytes() for picture in given.images}
    others = test.take(
        np.array(
            [
                at
                for at, picture in enumerate(test.images)
                if picture.tobytes() not in known
            ]
        )
    )
    assert changes["n"] == len(others) == len(test) - 6
    first, second = answers(run, others), answers(made, others)
    assert changes["before"] == pytest.approx((first == others.labels).mean())
    assert changes["after"] == pytest.approx((second == others.labels).mean())
    mended = (first != others.labels) & (second == others.labels)
    forgotten = (first == others.labels) & (second != others.labels)
    assert changes["mended_n"] == mended.sum()
    assert changes["forgotten_n"] == forgotten.sum()
    for kind, expected in (("mended", mended), ("forgotten", forgotten)):
        shown = [
            (
                base64.b64decode(one["picture"]),
                one["label"],
                one["before"],
                one["after"],
            )
            for one in changes[kind]
        ]
        places = np.flatnonzero(expected)
        assert sorted(shown) == sorted(
            (
                others.images[at].tobytes(),
                int(others.labels[at]),
                int(first[at]),
                int(second[at]),
            )
            for at in places
        )
    assert changes["given_before"] == 0
    assert changes["given_after"] == sum(
        one["after"] == one["label"] for one in changes["given"]
    )
    assert changes["given_after"] >= 4
    names = {path.name for path in made.iterdir()}
    assert names == {
        *("model.keras", "model.h5", "model.onnx", "history.csv", "curves.png"),
        *("run.json", "card.md", "changes.json", "digits.npz"),
    }
    facts = json.loads((made / "run.json").read_text())
    assert facts["from"] == run.name
    assert (facts["mended"], facts["forgotten"]) == (mended.sum(), forgotten.sum())
    assert "--replay 0.65 --learning-rate 0.003 --batch-size 64" in facts["command"]
    assert f"{facts['forgotten']} that were right" in (
        made / "card.md"
    ).read_text().replace("\n", " ")
    # The fine-tuned run can be fine-tuned again, for it knows what the first one learned from.
    assert settings_of(read_run(made)) == settings_of(read_run(run))


def test_its_folder_for_the_hub_has_its_card(made: Path, tmp_path: Path) -> None:
    write_hub_folder(made / "model.onnx", made, tmp_path)
    page = (tmp_path / "README.md").read_text()
    assert "fine-tuned with replay" in page
    assert "model-index" not in page  # its figures are no test of a whole set


def test_without_replay_more_is_forgotten(
    run: Path, digits: Path, made: Path, tmp_path: Path
) -> None:
    nothing = tuned(run, digits, tmp_path / "nothing", 0.0)
    assert nothing["given_after"] == 6
    assert nothing["forgotten_n"] > 2 * changes_of(made)["forgotten_n"]


def test_the_plain_keras_lines_learn_the_digits_too(digits: Path, made: Path) -> None:
    program = json.loads((made / "run.json").read_text())["keras"]
    assert len([line for line in program.splitlines() if line]) <= 12
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102
    given = load(digits)
    shares = names["model"].predict(given.images[..., None] / 255, verbose=0)
    assert (shares.argmax(axis=1) == given.labels).sum() >= 4


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def fail(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("act", "raised"), [(stop, KeyboardInterrupt), (fail, TrainingError)]
)
def test_of_one_that_is_stopped_nothing_is_left(
    run: Path,
    digits: Path,
    tmp_path: Path,
    act: Callable[..., None],
    raised: type[BaseException],
) -> None:
    listener = Silent()
    listener.began = act  # type: ignore[method-assign]
    part_of(tmp_path / "tuned").mkdir()  # of one that was killed
    (part_of(tmp_path / "tuned") / "model.keras").write_text("half of it")
    with pytest.raises(raised):
        tuned(run, digits, tmp_path / "tuned", listener=listener)
    assert not list(tmp_path.iterdir())


def test_a_loss_that_is_no_number_is_said_and_nothing_is_kept(
    run: Path, digits: Path, tmp_path: Path
) -> None:
    events: list[dict[str, Any]] = []

    class Kept(Recorder):
        def write(self, kind: str, **fields: Any) -> None:
            super().write(kind, **fields)
            events.append({"kind": kind, **fields})

    recorder = Kept(Silent(), tmp_path)
    wild = Plan(steps=6, batch_size=32, learning_rate=1e38)
    with (
        pytest.raises(TrainingError, match=r"not a number \(NaN\) in round"),
        recorder.watched(),
    ):
        tuned(run, digits, tmp_path / "tuned", plan=wild, listener=recorder)
    assert [event["kind"] for event in events][-2:] == ["epoch", "ended"]
    assert np.isnan(events[-2]["loss"])
    assert '"loss":null' in (tmp_path / "events.jsonl").read_text()
    assert not (tmp_path / "tuned").exists()


@pytest.mark.parametrize(
    ("options", "said", "kind"),
    [
        ({"share": 1.0}, "--replay is 1.0: give a share", SettingError),
        ({"run": Path("nowhere.keras")}, "is not a run folder", SettingError),
        ({"digits": "all.npz"}, "all holds all of digits8x8", DataError),
    ],
)
def test_mistakes_are_one_line(
    run: Path,
    digits: Path,
    tmp_path: Path,
    options: dict[str, Any],
    said: str,
    kind: type[InkdigitsError],
) -> None:
    given: dict[str, Any] = {"run": run, "digits": digits, **options}
    if given["digits"] == "all.npz":
        test = load("digits8x8", split="test")
        given["digits"] = tmp_path / "all.npz"
        np.savez(given["digits"], images=test.images, labels=test.labels)
    with pytest.raises(kind, match=said):
        tuned(output=tmp_path / "tuned", **given)
    assert not (tmp_path / "tuned").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--replay", "0.5"], "--replay is for fine-tuning"),
        (["--from", "x", "--replay", "0.5"], "--from needs --data"),
        (
            ["--from", "x", "--data", "y", "--replay", "0.5", "--epochs", "3"],
            "--epochs",
        ),
        (
            ["--from", "x", "--data", "y", "--live"],
            "--live cannot be combined with --from",
        ),
        (
            ["--from", "x", "--data", "y", "--replay", "0.5", "--validation", "0.1"],
            "--validation cannot be combined",
        ),
    ],
)
def test_options_without_effect_are_refused(options: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["train", *options])
    assert result.exit_code != 0
    assert said in str(result.exception)
