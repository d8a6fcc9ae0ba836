"""Progress display: a live bar on a terminal, plain lines elsewhere."""

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
    """Prints one line per epoch."""

    def __init__(self) -> None:
        self.run: Path | None = None
        self._epochs = 0

    def began(self, summary: str, run: Path, epochs: int) -> None:
        """Print what is trained, and where."""
        self.run = run
        self._epochs = epochs
        self.said(summary)
        self.said(f"run folder: {run}")

    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None:
        pass

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """One line for each epoch."""
        place = f"epoch {epoch}/{self._epochs}"
        self.said(f"{place}  {figures(row)}")

    def said(self, line: str) -> None:
        print(line, flush=True)

    def result(self, result: "RunResult") -> None:
        """How well it did, where it lies, and what can be done with it."""
        test = result.test
        # A training without a test set has no figures.
        if test:
            self.said(
                f"test accuracy {test['accuracy']:.2%}, "
                f"loss {test['loss']:.4f} (n = {test['n']:,})"
            )
        self.said(f"finished: {result.folder}")
        self._what_next(result.folder)

    def finetuned(self, result: "FineTuned | Replayed") -> None:
        """Where the new network lies, and what can be done with it."""
        folder = result.folder
        seconds = f"{result.seconds:.0f} s"
        self.said(f"finished: {folder} ({seconds})")
        self._what_next(folder)

    def _what_next(self, run: Path) -> None:
        """Print the commands that usually come next, ready to be copied."""
        place = shlex.quote(str(run))
        for verb, what in (
            (f"evaluate {place}", "metrics, mistakes and a report"),
            (f"predict PICTURE --model {place}", "read a digit with it"),
            (f"export {place} --format h5", "a file for plain Keras"),
        ):
            self.said(
                f"next: {'inkdigits ' + verb:{_VERB_WIDTH + len(place)}}  # {what}"
            )

    def close(self) -> None:
        pass


class Quiet(Plain):
    """Prints only the run folder."""

    def began(self, summary: str, run: Path, epochs: int) -> None:
        """Only remember where the run lies."""
        self.run = run

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Nothing is said."""

    def said(self, line: str) -> None:
        pass

    def result(self, result: "RunResult") -> None:
        print(result.folder)

    def finetuned(self, result: "FineTuned | Replayed") -> None:
        print(result.folder)


class Live(Plain):
    """Shows a progress bar that moves with every step."""

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
        """Move the epoch's bar on; its first step shows it."""
        shown = figures(logs)
        if self._task is None:
            self._bar.start()
            name = f"epoch {epoch}/{self._epochs}"
            self._task = self._bar.add_task(name, total=steps, logs="")
        self._bar.update(self._task, completed=step, logs=shown)

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """A line takes the place of the epoch's bar."""
        task = self._task
        if task is not None:
            self._bar.remove_task(task)
            self._task = None
        # Said last, so that it stays above the next epoch's bar.
        super().finished_epoch(epoch, row)

    def said(self, line: str) -> None:
        """A line above the bar."""
        console = self._bar.console
        console.print(line, highlight=False, markup=False)

    def close(self) -> None:
        self._bar.stop()


def counter(quiet: bool) -> "Counter":
    """A counter for where it is shown: a terminal, a log, or nowhere."""
    if quiet:
        return Counter(every_s=float("inf"))
    return LiveCounter() if sys.stderr.isatty() else Counter()


class Counter:
    """Prints progress lines to stderr: pictures, rate and remaining time."""

    def __init__(self, every_s: float = 10.0) -> None:
        """A line at most every so many seconds."""
        self._every_s = every_s
        self._total = 0
        self._done = 0
        self._from = 0
        self._start = 0.0
        self._said = 0.0

    def planned(self, pictures: int, done: int) -> None:
        """So many pictures in all, of which an earlier start has read some."""
        self._total = pictures
        self._done = done
        # The first line comes after as long a wait as the others.
        self._said = time.monotonic()

    def read(self, pictures: int) -> None:
        """So many more were read; say so, but not too often."""
        self._count(pictures)
        now = time.monotonic()
        if now - self._said < self._every_s:
            return
        self._said = now
        # On stderr: stdout is for results.
        print(self.line(), file=sys.stderr, flush=True)

    def damaged(self, file: str) -> None:
        print(
            f"{file} is missing or damaged: its pictures are read again",
            file=sys.stderr,
            flush=True,
        )

    def _count(self, pictures: int) -> None:
        """Start the clock at the first pictures, so that startup does not count."""
        self._done += pictures
        if not self._start:
            self._start = time.monotonic()
            self._from = self._done

    def line(self) -> str:
        """`1,200/20,000 pictures  410 a second  46 s left`"""
        # Those of an earlier start took none of this one's time.
        fresh = self._done - self._from
        seconds = max(1e-9, time.monotonic() - self._start)
        rate = fresh / seconds
        left = "no rate yet"
        if rate:
            missing = self._total - self._done
            left = f"{missing / rate:,.0f} s left"
        pictures = f"{self._done:,}/{self._total:,} pictures"
        return f"{pictures}  {rate:,.0f} per second  {left}"

    def close(self) -> None:
        pass


class LiveCounter(Counter):
    """Shows the same as a bar."""

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
        """Show a bar with so many pictures to go."""
        super().planned(pictures, done)
        self._bar.start()
        self._task = self._bar.add_task(
            "reading", total=pictures, completed=done, said="starting"
        )

    def read(self, pictures: int) -> None:
        """Move the bar on."""
        self._count(pictures)
        line = self.line()
        # A bar may be drawn as often as one likes.
        self._bar.update(self._task, completed=self._done, said=line)

    def close(self) -> None:
        self._bar.stop()


def figures(row: dict[str, float]) -> str:
    """Format training and validation metrics: `loss 0.1234  accuracy 0.9876`."""
    shown = []
    for name, value in row.items():
        shown.append(f"{name} {value:.4f}")
    return "  ".join(shown)
