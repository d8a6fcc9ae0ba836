"""`inkdigits benchmark`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from inkdigits.evaluation.benchmark import Plan
    from inkdigits.evaluation.benchmark.runs import Listener

_Opt = typer.Option


def command(
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            help="Recipes to measure.", metavar="[RECIPE]...", show_default="all"
        ),
    ] = None,
    seeds: Annotated[int, _Opt(help="Number of seeds per recipe, starting at 1.")] = 5,
    jobs: Annotated[
        int,
        _Opt(help="Number of parallel training runs, each on its share of the cores."),
    ] = 1,
    output: Annotated[Path, _Opt(help="The folder for the results files.")] = Path(
        "benchmarks/results"
    ),
    render: Annotated[
        bool, _Opt("--render", help="Also write a page with the results.")
    ] = False,
    page: Annotated[
        Path | None,
        _Opt(
            help="The page to write.",
            show_default="README.md in the folder above the results",
        ),
    ] = None,
    runs: Annotated[Path, _Opt(help="The folder for the training runs.")] = Path(
        "runs/bench"
    ),
    speed: Annotated[
        bool,
        _Opt(
            "--speed",
            help=(
                "Instead, measure the time to 99 %, interleaved with the classic "
                "recipe."
            ),
        ),
    ] = False,
    rounds: Annotated[int, _Opt(help="Rounds of --speed.")] = 5,
    corruptions: Annotated[
        bool,
        _Opt(
            "--corruptions",
            help=(
                "Instead, evaluate the first seed of each recipe on corrupted pictures."
            ),
        ),
    ] = False,
    backends: Annotated[
        bool,
        _Opt(
            "--backends",
            help="Instead, try each recipe on every installed Keras backend.",
        ),
    ] = False,
    gpu: Annotated[
        bool,
        _Opt(
            "--gpu",
            help=(
                "Instead, train the first seed of each recipe on this machine's "
                "GPU, with JAX and torch."
            ),
        ),
    ] = False,
    draw: Annotated[
        bool, _Opt("--draw", help="Only write the page; measure nothing.")
    ] = False,
    data: Annotated[
        str | None,
        _Opt(help="Another data set, for a quick try.", show_default="mnist"),
    ] = None,
    data_dir: Annotated[
        Path | None, _Opt(help="The folder with the named data sets.")
    ] = None,
    epochs: Annotated[
        int | None,
        _Opt(
            help="Another number of epochs, for a quick try.",
            show_default="the recipe's own",
        ),
    ] = None,
    limit: Annotated[
        int | None, _Opt(help="Use only the first N pictures, for a quick try.", min=1)
    ] = None,
    fresh: Annotated[
        bool,
        _Opt(
            "--fresh", help="Measure again, even if the results file has the figures."
        ),
    ] = False,
    quiet: Annotated[
        bool, _Opt("--quiet", help="Print only the results file.")
    ] = False,
) -> None:
    """Train recipes with several seeds, test each once, and write results files.

    All 60,000 training pictures of MNIST are used. Each training run is a separate
    `inkdigits train` process. After a kill the same command resumes: finished seeds are
    kept, and the current one continues from its last epoch.
    """
    from inkdigits.evaluation import benchmark

    plan = benchmark.Plan(output, runs, data, data_dir, epochs, limit, fresh)
    written = output
    told = _Quiet() if quiet else _Live() if sys.stdout.isatty() else _Plain()
    try:
        if not draw:
            asked = {
                "speed": speed,
                "corruptions": corruptions,
                "backends": backends,
                "gpu": gpu,
            }
            kinds = [kind for kind, wanted in asked.items() if wanted]
            written = _measure(kinds, recipes or [], plan, told, seeds, rounds, jobs)
        if draw or render or page is not None:
            written = benchmark.render(output, page or output.parent / "README.md")
    except KeyboardInterrupt:
        typer.echo("\nstopped; the same command resumes", err=True)
        raise typer.Exit(130) from None
    finally:
        told.close()
    typer.echo(written if quiet else f"written: {written}")


def _measure(
    kinds: list[str],
    recipes: list[str],
    plan: "Plan",
    told: "Listener",
    seeds: int,
    rounds: int,
    jobs: int,
) -> Path:
    from inkdigits.errors import SettingError
    from inkdigits.evaluation import benchmark

    if len(kinds) > 1:
        raise SettingError(
            f"--{kinds[0]} and --{kinds[1]} are separate measurements: give only one of them"
        )
    kind = kinds[0] if kinds else "accuracy"
    if kind == "speed":
        raced = benchmark.chosen(recipes or ["fast", "fast-longer"])
        return benchmark.measure_speed(raced, plan, told, rounds=rounds, seeds=seeds)
    if kind == "corruptions":
        return benchmark.measure_spoiling(benchmark.chosen(recipes), plan, told)
    if kind == "backends":
        return benchmark.measure_backends(benchmark.chosen(recipes), plan, told)
    if kind == "gpu":
        return benchmark.measure_gpu(benchmark.chosen(recipes), plan, told)
    return benchmark.measure_recipes(
        benchmark.chosen(recipes), plan, told, seeds=seeds, jobs=jobs
    )


class _Plain:
    """Prints one line when a training run starts, after each epoch, and at its end."""

    def began(self, what: str) -> None:
        """A part begins, under a heading."""
        self.said(f"-- {what}")

    def epoch(self, line: str) -> None:
        """An epoch, indented below its training."""
        self.said(f"   {line}")

    def said(self, line: str) -> None:
        print(line, flush=True)

    def close(self) -> None:
        pass


class _Quiet(_Plain):
    def said(self, line: str) -> None:
        pass


class _Live(_Plain):
    """Shows running work in the last line and finished work above it."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console()
        self._what = ""
        self._status: Any = self._console.status("")

    def began(self, what: str) -> None:
        self._what = what
        self._status.update(what)
        self._status.start()

    def epoch(self, line: str) -> None:
        """The newest epoch takes the place of the one before it."""
        status = f"{self._what}: {line}"
        self._status.update(status)

    def said(self, line: str) -> None:
        """A line that stays, above the status."""
        self._console.print(line, highlight=False, markup=False)

    def close(self) -> None:
        self._status.stop()
