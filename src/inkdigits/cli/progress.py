"""How training is shown: a live bar on a terminal, plain lines elsewhere."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inkdigits.training import RunResult
    from inkdigits.training.finetune.run import FineTuned


def listener(quiet: bool) -> "Plain":
    if quiet:
        return Quiet()
    return Live() if sys.stdout.isatty() else Plain()


class Plain:
    """A line an epoch."""

    def __init__(self) -> None:
        self.run: Path | None = None
        self._epochs = 0

    def began(self, summary: str, run: Path, epochs: int) -> None:
        self.run, self._epochs = run, epochs
        self.said(summary)
        self.said(f"run folder: {run}")

    def stepped(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        pass

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        self.said(f"epoch {epoch}/{self._epochs}  {figures(row)}")

    def said(self, line: str) -> None:
        print(line, flush=True)

    def result(self, result: "RunResult") -> None:
        if result.test:
            self.said(f"test accuracy {result.test['accuracy']:.2%}, loss {result.test['loss']:.4f} (n = {result.test['n']:,})")
        self.said(f"finished: {result.folder}")

    def finetuned(self, result: "FineTuned") -> None:
        self.said(f"finished: {result.folder} ({result.seconds:.0f} s)")

    def close(self) -> None:
        pass


class Quiet(Plain):
    """Only where the run lies."""

    def began(self, summary: str, run: Path, epochs: int) -> None:
        self.run = run

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        pass

    def said(self, line: str) -> None:
        pass

    def result(self, result: "RunResult") -> None:
        print(result.folder)

    def finetuned(self, result: "FineTuned") -> None:
        print(result.folder)


class Live(Plain):
    """A bar that moves with every step."""

    def __init__(self) -> None:
        super().__init__()
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
            TimeRemainingColumn(), TextColumn("{task.fields[logs]}"), transient=True,
        )  # fmt: skip
        self._task: Any = None

    def stepped(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task(f"epoch {epoch}/{self._epochs}", total=steps, logs="")
        self._bar.update(self._task, completed=step, logs=figures(logs))

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None
        super().finished_epoch(epoch, row)

    def said(self, line: str) -> None:
        self._bar.console.print(line, highlight=False, markup=False)

    def close(self) -> None:
        self._bar.stop()


def figures(row: dict[str, float]) -> str:
    """`loss 0.1234  accuracy 0.9876`, and the same of validation."""
    return "  ".join(f"{name} {value:.4f}" for name, value in row.items())
