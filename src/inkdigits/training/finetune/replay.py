"""Fine-tuning with replay: a few new digits, mixed with the run's own training data.

    inkdigits train --from runs/mine --data digits.npz --replay 0.67

What was fixed and what was forgotten is counted and shown. The new network is kept even
if it forgot a lot: showing that is the purpose. The lab's page starts it.
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.data import Dataset
from inkdigits.data.own import load_own
from inkdigits.errors import DataError, SettingError
from inkdigits.files import write_whole
from inkdigits.machine import machine, versions
from inkdigits.training import artefacts, curves
from inkdigits.training.backend import load_keras_module, make_deterministic
from inkdigits.training.calibration import calibrate
from inkdigits.training.finetune import card, folder
from inkdigits.training.finetune.adapt import (
    ROUNDS,
    Plan,
    adapt,
    own_count,
    practice,
    probabilities,
)
from inkdigits.training.finetune.comparison import Comparison, compared, without
from inkdigits.training.finetune.evidence import Change, as_rows, table
from inkdigits.training.finetune.memory import Memory
from inkdigits.training.finetune.start import open_start
from inkdigits.training.fit import Listener, Silent
from inkdigits.training.plain_keras import plain_keras_of_replay
from inkdigits.training.run import parts, read_run, settings_of

DIGITS_FILE, CHANGES_FILE = "digits.npz", "changes.json"


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of the old data is replayed, and for how long."""

    # Of the run's training digits, at random: 90 steps ask for at most twice as many
    known: int = 6000
    # Held-out digits that memory asks about; the figures reported are of the test part
    asked: int = 500
    # Ninety steps of the classic network take two seconds; on a much slower machine,
    # training ends after the round in which this many seconds have passed
    limit_s: float = 60.0
    most_share: float = 0.95  # of replay: the user's digits need a place in each batch


AMOUNTS = Amounts()


@dataclass(frozen=True)
class Replayed:
    """Where the new run will be, and its accuracy before and after.

    It is measured on the given digits, and on the run's test part without them.
    """

    folder: Path
    changes: list[Change]
    seconds: float


def finetune_with_replay(
    source: str | Path,
    *,
    start: str,
    share: float,
    into: Path,
    output: Path,
    data_dir: str | Path | None = None,
    plan: Plan | None = None,
    listener: Listener | None = None,
) -> Replayed:
    """Fine-tune the run `start` on `source`; `share` of each batch is its own data.

    Everything is written to the folder `into`, which becomes `output` once it is
    complete.
    """
    if not 0 <= share <= AMOUNTS.most_share:
        raise SettingError(
            f"--replay is {share}: give a share of each batch from 0 to {AMOUNTS.most_share}"
        )
    begun = time.perf_counter()
    plan = replace(plan or Plan(), own_share=1 - share, limit_s=AMOUNTS.limit_s)
    run = _first_run(Path(start))
    load_keras_module()
    own, _ = load_own(source, split="train", data_dir=data_dir)
    if not own.trainable or own.labels.min() < 0:
        raise DataError(
            f"{own.name} cannot be used for training: give pictures of digits"
        )
    work = _Work(Path(start), own, run, data_dir, plan, listener or Silent(), output)
    return work.go(into, begun)


def _first_run(path: Path) -> dict[str, Any]:
    """run.json of the run; a run whose training data is not known is refused."""
    if not path.is_dir():
        raise SettingError(
            f"--replay needs the training data of a run, and {path} is not a run folder: "
            "name one with --from"
        )
    run = read_run(path)
    if "replayed" not in run and run.get("kind") == folder.KIND:
        raise SettingError(
            f"{path} was fine-tuned without --replay: name the run that it was made from"
        )
    return run


class _Work:
    """One fine-tuning with replay; its steps in the order they are taken."""

    def __init__(
        self,
        start: Path,
        own: Dataset,
        run: dict[str, Any],
        data_dir: str | Path | None,
        plan: Plan,
        listener: Listener,
        output: Path,
    ) -> None:
        self._folder, self._own, self._plan = start, own, plan
        self._start = open_start(str(start), start)
        self._listener, self._output = listener, output
        self._settings = settings_of(run)
        place = data_dir or run.get("data_dir")
        self._training, self._validation, self._test = parts(self._settings, place)

    def go(self, into: Path, begun: float) -> Replayed:
        make_deterministic(self._plan.seed)
        model = self._start.fresh()
        parts_asked = (self._own, self._not_given())
        before = [probabilities(model, part.images) for part in parts_asked]
        self._listener.began(
            f"{model.name}: {model.count_params():,} weights", self._output, ROUNDS
        )
        memory = self._memory()
        nothing_doubted = np.zeros(len(self._own), bool)
        adapted = adapt(
            model,
            self._own,
            nothing_doubted,
            practice(model, memory),
            self._plan,
            self._listener.finished_epoch,
        )
        own, others = (
            compared(part, then, probabilities(model, part.images))
            for part, then in zip(parts_asked, before, strict=True)
        )
        seconds = round(time.perf_counter() - begun, 1)
        run = self._described(own, others, adapted.history, len(memory.images), seconds)
        self._write(into, model, run, own, others)
        changes = _rows(own, others)
        for line in [*table(changes), _sentence(run)]:
            self._listener.said(line)
        return Replayed(self._output, changes, seconds)

    def _not_given(self) -> Dataset:
        """The run's test part, or its validation part if there is none.

        The given digits are left out, because they would say nothing about others.
        """
        whole = self._test or self._validation or self._training
        rest = without(whole, self._own)
        if rest is None:
            raise DataError(
                f"{self._own.name} holds all of {whole.name} ({whole.split}): "
                "give fewer digits, so that some are left to see what was forgotten"
            )
        return rest

    def _memory(self) -> Memory:
        rng = np.random.default_rng([self._plan.seed, 0x4E])
        known = without(self._training, self._own) or self._training
        rows = rng.permutation(len(known))[: AMOUNTS.known]
        held = self._validation or known
        asked = rng.permutation(len(held))[: AMOUNTS.asked]
        return Memory(
            known.images[rows],
            known.labels[rows],
            held.images[asked],
            held.labels[asked],
            trust=0.0,  # the labels alone, as in plain Keras
            allowed=1.0,  # forgetting is what is studied: nothing is undone
            sets=(self._settings.data,),
        )

    def _described(
        self,
        own: Comparison,
        others: Comparison,
        history: list[dict[str, float]],
        practised: int,
        seconds: float,
    ) -> dict[str, Any]:
        """run.json, except for what is known only when the files are written."""
        before, after = others.accuracies()
        return {
            "state": "finished",
            "kind": folder.KIND,
            "settings": {"recipe": folder.KIND, **asdict(self._plan)},
            "replayed": self._settings.as_dict(),
            "from": self._start.name,
            "command": self._command(),
            "keras": plain_keras_of_replay(
                artefacts.from_here(self._folder / "model.keras"),
                artefacts.from_here(self._output / DIGITS_FILE),
                self._settings,
                self._plan.batch_size - own_count(self._plan),
                own_count(self._plan),
                self._plan.steps,
                self._plan.learning_rate,
            ),
            "changes": as_rows(_rows(own, others)),
            "mended": int(others.is_mended.sum()),
            "forgotten": int(others.is_forgotten.sum()),
            "results": {
                "test": {"accuracy": after, "before": before, "n": len(others.digits)}
            },
            "data": {
                "training": {
                    "name": DIGITS_FILE,
                    "n": len(self._own),
                    "sha256": self._own.digest,
                },
                "practised": [self._settings.data],
                "practised_n": practised,
            },
            "seconds": {"fit": seconds},
            "history": history,
            "machine": machine(),
            "versions": versions(),
            "backend": load_keras_module().backend.backend(),
        }

    def _command(self) -> str:
        """The command line that repeats it."""
        usual, plan = Plan(), self._plan
        changed = [
            f" --{name.replace('_', '-')} {getattr(plan, name)}"
            for name in ("learning_rate", "batch_size", "seed")
            if getattr(plan, name) != getattr(usual, name)
        ]
        digits = artefacts.from_here(self._output / DIGITS_FILE)
        share = round(1 - plan.own_share, 4)
        return (
            f"inkdigits train --from {artefacts.from_here(self._folder)} "
            f"--data {digits} --replay {share:g}{''.join(changed)}"
        )

    def _write(
        self,
        into: Path,
        model: Any,
        run: dict[str, Any],
        own: Comparison,
        others: Comparison,
    ) -> None:
        calibration = calibrate(model, self._validation)
        facts = {**calibration, "recipe": folder.KIND, "finetuned_from": run["from"]}
        artefacts.save_models(into, model, {**facts, "seed": self._plan.seed})
        np.savez_compressed(
            into / DIGITS_FILE, images=self._own.images, labels=self._own.labels
        )
        write_whole(into / CHANGES_FILE, json.dumps(_shown(own, others)))
        run = {**run, "calibration": calibration}
        write_whole(into / "history.csv", artefacts.history_csv(run["history"]))
        title = f"{run['from']}, {folder.KIND}"
        write_whole(into / "curves.png", curves.draw(run["history"], title))
        write_whole(into / "card.md", card.write_replay(run))
        artefacts.write_json(into / "run.json", run)


def _rows(own: Comparison, others: Comparison) -> list[Change]:
    what = f"{others.digits.name} {others.digits.split}, without these"
    return [
        Change("the digits given", len(own.digits), *own.accuracies()),
        Change(what, len(others.digits), *others.accuracies()),
    ]


def _sentence(run: dict[str, Any]) -> str:
    return (
        f"{run['mended']} digits that were wrong before are right now, "
        f"{run['forgotten']} that were right before are wrong now"
    )


def _shown(own: Comparison, others: Comparison) -> dict[str, Any]:
    """What the lab's page shows, with pictures."""
    before, after = others.accuracies()
    return {
        "data": f"{others.digits.name} ({others.digits.split})",
        "n": len(others.digits),
        "before": before,
        "after": after,
        "given": own.described(np.ones(len(own.digits), bool)),
        "given_n": len(own.digits),
        "given_before": int((own.before == own.digits.labels).sum()),
        "given_after": int((own.after == own.digits.labels).sum()),
        "mended_n": int(others.is_mended.sum()),
        "mended": others.described(others.is_mended),
        "forgotten_n": int(others.is_forgotten.sum()),
        "forgotten": others.described(others.is_forgotten),
    }
