"""How long work is shown: a live bar on a terminal, plain lines elsewhere."""

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inkdigits.training import RunResult
    from inkdigits.training.finetune.replay import Replayed
    from inkdigits.training.finetune.result import FineTuned

_VERB_WIDTH = len("inkdigits predict PICTURE --model ")


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
        """Say what is trained, and where."""
        self.run, self._epochs = run, epochs
        self.said(summary)
        self.said(f"run folder: {run}")

    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None:
        pass

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        self.said(f"epoch {epoch}/{self._epochs}  {figures(row)}")

    def said(self, line: str) -> None:
        print(line, flush=True)

    def result(self, result: "RunResult") -> None:
        if result.test:
            self.said(
                f"test accuracy {result.test['accuracy']:.2%}, "
                f"loss {result.test['loss']:.4f} (n = {result.test['n']:,})"
            )
        self.said(f"finished: {result.folder}")
        self._what_next(result.folder)

    def finetuned(self, result: "FineTuned | Replayed") -> None:
        self.said(f"finished: {result.folder} ({result.seconds:.0f} s)")
        self._what_next(result.folder)

    def _what_next(self, run: Path) -> None:
        """The commands that most people give next, ready to be copied."""
        place = shlex.quote(str(run))
        for verb, what in (
            (f"evaluate {place}", "figures, mistakes and a report"),
            (f"predict PICTURE --model {place}", "read a digit with it"),
            (f"export {place} --format h5", "a file for plain Keras"),
        ):
            self.said(
                f"next: {'inkdigits ' + verb:{_VERB_WIDTH + len(place)}}  # {what}"
            )

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

    def finetuned(self, result: "FineTuned | Replayed") -> None:
        print(result.folder)


class Live(Plain):
    """A bar that moves with every step."""

    def __init__(self) -> None:
        super().__init__()
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[logs]}"),
            transient=True,
        )
        self._task: Any = None

    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None:
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task(
                f"epoch {epoch}/{self._epochs}", total=steps, logs=""
            )
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


def counter(quiet: bool) -> "Counter":
    if quiet:
        return Counter(every_s=float("inf"))
    return LiveCounter() if sys.stderr.isatty() else Counter()


class Counter:
    """A line on stderr now and then: how many pictures, how fast, how long still."""

    def __init__(self, every_s: float = 10.0) -> None:
        self._every_s, self._total, self._done, self._from = every_s, 0, 0, 0
        self._start = self._said = 0.0

    def planned(self, pictures: int, done: int) -> None:
        self._total, self._done = pictures, done
        self._said = time.monotonic()

    def read(self, pictures: int) -> None:
        self._count(pictures)
        if time.monotonic() - self._said >= self._every_s:
            self._said = time.monotonic()
            print(self.line(), file=sys.stderr, flush=True)

    def damaged(self, file: str) -> None:
        print(
            f"{file} is missing or not as it was written: its pictures are read again",
            file=sys.stderr,
            flush=True,
        )

    def _count(self, pictures: int) -> None:
        """The clock runs from the first pictures on: what came before was starting."""
        self._done += pictures
        if not self._start:
            self._start = time.monotonic()
            self._from = self._done

    def line(self) -> str:
        """`1,200/20,000 pictures  410 a second  46 s left`"""
        rate = (self._done - self._from) / max(1e-9, time.monotonic() - self._start)
        left = (
            f"{(self._total - self._done) / rate:,.0f} s left"
            if rate
            else "no rate yet"
        )
        return f"{self._done:,}/{self._total:,} pictures  {rate:,.0f} a second  {left}"

    def close(self) -> None:
        pass


class LiveCounter(Counter):
    """The same as a bar."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._bar = Progress(
            BarColumn(),
            TextColumn("{task.fields[said]}"),
            transient=True,
            console=Console(stderr=True),
        )
        self._task: Any = None

    def planned(self, pictures: int, done: int) -> None:
        super().planned(pictures, done)
        self._bar.start()
        self._task = self._bar.add_task(
            "reading", total=pictures, completed=done, said="starting"
        )

    def read(self, pictures: int) -> None:
        self._count(pictures)
        self._bar.update(self._task, completed=self._done, said=self.line())

    def close(self) -> None:
        self._bar.stop()


def figures(row: dict[str, float]) -> str:
    """`loss 0.1234  accuracy 0.9876`, and the same of validation."""
    return "  ".join(f"{name} {value:.4f}" for name, value in row.items())
