"""Fine-tuning from start to run folder.

Train, judge on held-out pictures, calibrate, and keep the better of the two models.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.data.catalog import find
from inkdigits.data.dataset import NOT_A_DIGIT
from inkdigits.data.doubt import Doubt, doubts
from inkdigits.data.own import Unusable, load_own
from inkdigits.errors import DataError, SettingError
from inkdigits.machine import cores
from inkdigits.reading.classifier import Classifier
from inkdigits.training.backend import load_keras_module, make_deterministic
from inkdigits.training.finetune import evidence, folder
from inkdigits.training.finetune.adapt import (
    ROUNDS,
    Adapted,
    Plan,
    Practice,
    adapt,
    classes_of,
    practice,
    probabilities,
)
from inkdigits.training.finetune.evidence import Change
from inkdigits.training.finetune.judge import Verdict, judge, parts
from inkdigits.training.finetune.memory import remember
from inkdigits.training.finetune.recalibrate import recalibrated
from inkdigits.training.finetune.result import FineTuned
from inkdigits.training.finetune.start import Start, open_start
from inkdigits.training.fit import Listener, Silent
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.quantize import PROBABILITIES, glyph_batches, quantize

LEAST_PICTURES = 5  # the minimum number of pictures with ink
_CLEARLY = 0.9  # labels doubted this much wait until the network agrees


def finetune(
    source: str | Path,
    *,
    start: str = "bundled",
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    plan: Plan | None = None,
    validation: float = 0.25,
    listener: Listener | None = None,
) -> FineTuned:
    """Fine-tune the model `start` on the pictures of `source`, into a new run folder.

    The folder holds the better of the two models.
    """
    if not 0 < validation < 1:
        raise SettingError(
            f"--validation is {validation}: give a share between 0 and 1, such as 0.25"
        )
    begun, plan, listener = time.perf_counter(), plan or Plan(), listener or Silent()
    load_keras_module()
    own, unusable = load_own(source, split="train", data_dir=data_dir)
    path = folder.make(output)
    with tempfile.TemporaryDirectory() as scratch:
        opened = open_start(start, Path(scratch))
        work = _Work(
            opened,
            _usable(own, opened),
            Path(data_dir) if data_dir else None,
            plan,
            listener,
            path,
            Path(scratch),
        )
        return work.go(validation, unusable, begun)


def _usable(own: Dataset, start: Start) -> Dataset:
    """The pictures that this network can be trained on; raise if they are too few."""
    if not own.trainable:
        raise DataError(
            f"{own.name} is for evaluation only: its licence does not allow training on it"
        )
    # A network with ten classes cannot learn "not a digit".
    if not Classifier(start.file).refuses:
        digits = np.flatnonzero(own.labels != NOT_A_DIGIT)
        own = own.take(digits) if len(digits) else own
    has_digits = own.labels.max() != NOT_A_DIGIT
    if len(own) < LEAST_PICTURES or not has_digits:
        raise DataError(
            f"{own.name} holds {len(own)} pictures that can be used for training: "
            f"give {LEAST_PICTURES} digits or more"
        )
    return own


class _Work:
    """One fine-tuning; its steps in the order they are taken."""

    def __init__(
        self,
        start: Start,
        own: Dataset,
        data_dir: Path | None,
        plan: Plan,
        listener: Listener,
        output: Path,
        scratch: Path,
    ) -> None:
        self._start, self._own, self._data_dir, self._plan = start, own, data_dir, plan
        self._listener, self._output, self._scratch = listener, output, scratch
        self._source = entry.name if (entry := find(own.name)) else ""
        self._memory = remember(
            start.file, start.learned_from, data_dir, plan.seed, without=self._source
        )

    def go(
        self, validation: float, unusable: list[Unusable], begun: float
    ) -> FineTuned:
        doubted = [
            doubt for doubt in doubts(self._own, self._start.file) if doubt.doubtful
        ]
        clearly = np.isin(
            np.arange(len(self._own)),
            [doubt.index for doubt in doubted if doubt.score >= _CLEARLY],
        )
        # Each part is read by a network that has not seen it.
        held = parts(self._own, validation, self._plan.seed)
        self._announce(held, doubted, unusable)
        make_deterministic(self._plan.seed)
        known = practice(self._start.fresh(), self._memory)
        after = np.zeros((len(self._own), 11), np.float32)
        for number, rows in enumerate(held, start=1):
            model, adapted = self._learn(
                np.setdiff1d(np.arange(len(self._own)), rows),
                clearly,
                known,
                number if len(held) > 1 else 0,
            )
            after[rows] = _eleven(probabilities(model, self._own.images[rows]))
        if len(held) > 1:
            # The final network is trained on all pictures; the folds only served to judge.
            model, adapted = self._learn(np.arange(len(self._own)), clearly, known, 0)
        asked = np.concatenate(held)
        verdict = self._judge(asked, after[asked], adapted.mix)
        facts = self._write(model, verdict, self._own.take(asked))
        return self._finish(
            verdict, adapted, facts, doubted, unusable, len(held), begun
        )

    def _announce(
        self,
        held: list[npt.NDArray[np.int64]],
        doubted: list[Doubt],
        unusable: list[Unusable],
    ) -> None:
        say, own = self._listener.said, self._own
        way = (
            f"{len(held[0])} held out"
            if len(held) == 1
            else f"few, so {len(held)}-fold cross-validation is used"
        )
        say(
            f"fine-tuning {self._start.name} on {len(own):,} pictures of {own.name} ({way})"
        )
        for file in unusable:
            say(f"left out: {file.file}: {file.reason}")
        for doubt in doubted:
            say(f"doubtful: {doubt.sentence()}")
        missing = [str(digit) for digit in range(10) if digit not in own.labels]
        if missing:
            say(
                f"no pictures of {', '.join(missing)}: "
                "they are rehearsed from earlier training data, nothing new is learned"
            )
        sets = (
            ", ".join(self._memory.sets)
            or "drawn digits, with the old model's own answers"
        )
        say(f"rehearsal: {len(self._memory.images):,} other pictures ({sets})")

    def _learn(
        self,
        rows: npt.NDArray[np.int64],
        clearly: npt.NDArray[np.bool_],
        known: Practice,
        turn: int,
    ) -> tuple[Any, Adapted]:
        model = self._start.fresh()
        if not turn:
            self._listener.began(
                f"{model.name}: {model.count_params():,} weights", self._output, ROUNDS
            )
        doubted = (
            clearly[rows] if not clearly[rows].all() else np.zeros(len(rows), bool)
        )

        def tell(number: int, row: dict[str, float]) -> None:
            """Only the epochs of the network that is kept are shown."""
            if turn:
                return
            self._listener.finished_epoch(number, row)

        if turn:
            self._listener.said(
                f"fold {turn}: training on {len(rows)}, judged on the others"
            )
        return model, adapt(
            model, self._own.take(rows), doubted, known, self._plan, tell
        )

    def _judge(
        self, asked: npt.NDArray[np.int64], after: npt.NDArray[np.float32], mix: float
    ) -> Verdict:
        classifier = Classifier(self._start.file, cores())
        before = _eleven(
            np.concatenate(
                [classifier.raw(self._own.images[row : row + 1]) for row in asked]
            )
        )
        return judge(classes_of(self._own.labels[asked]), before, after, mix)

    def _write(self, model: Any, verdict: Verdict, held: Dataset) -> dict[str, Any]:
        """Write the run's model files, and return the facts in its ONNX file."""
        if not verdict.better:
            folder.save(
                self._output, self._start.fresh(), self._start.file, self._start.facts
            )
            return self._start.facts
        run_facts = {
            key: value
            for key, value in self._start.facts.items()
            if key not in ("temperature", "threshold")
        }
        facts = {**run_facts, "finetuned_from": self._start.name}
        exact = self._scratch / "exact.onnx"
        file = self._scratch / "file.onnx"
        # Written twice: the calibration is fitted on the file as it is shipped, and
        # then saved in it.
        for _ in range(2):
            save_onnx(model, exact, facts)
            if self._start.quantized:
                glyphs = np.concatenate([self._own.images, self._memory.images])
                quantize(exact, glyph_batches(glyphs), file, facts, exact=PROBABILITIES)
            else:
                file = exact
            if "temperature" not in facts:
                facts |= recalibrated(file, self._start.file, self._memory, held)
        folder.save(self._output, model, file, facts)
        return facts

    def _finish(
        self,
        verdict: Verdict,
        adapted: Adapted,
        facts: dict[str, Any],
        doubted: list[Doubt],
        unusable: list[Unusable],
        turns: int,
        begun: float,
    ) -> FineTuned:
        wrong = (
            verdict.wrong_before,
            verdict.wrong_after if verdict.better else verdict.wrong_before,
        )
        own = Change(
            "your held-out pictures",
            verdict.n,
            *(evidence.share_right(count, verdict.n) for count in wrong),
        )
        after = self._output / "model.onnx" if verdict.better else self._start.file
        rows = [
            own,
            *evidence.changes(self._start.file, after, self._data_dir, self._source),
        ]
        result = FineTuned(
            self._output,
            verdict,
            rows,
            doubted,
            unusable,
            round(time.perf_counter() - begun, 1),
        )
        folder.describe(
            result,
            self._start,
            self._own,
            self._memory,
            adapted,
            self._plan,
            facts,
            turns,
        )
        for line in [*evidence.table(rows), verdict.sentence()]:
            self._listener.said(line)
        return result


def _eleven(raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Ten or eleven classes as eleven."""
    missing = 11 - raw.shape[1]
    return np.pad(raw, ((0, 0), (0, missing)))
