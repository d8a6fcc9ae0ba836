"""`inkdigits tune`."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from inkdigits.training.tuning.trials import Trial

_Opt = typer.Option


def command(
    recipe: Annotated[str, _Opt(help="The recipe to tune: classic.")] = "classic",
    data: Annotated[
        str | None,
        _Opt(
            help="A data set's name, a folder, a CSV, IDX or .npz file.",
            show_default="mnist",
        ),
    ] = None,
    trials: Annotated[int, _Opt(help="Number of trials to finish.")] = 40,
    minutes: Annotated[
        float | None, _Opt(help="Start no new trials after N minutes.")
    ] = None,
    jobs: Annotated[
        int, _Opt(help="Number of parallel trials, each in its own process.")
    ] = 1,
    output: Annotated[
        Path | None,
        _Opt(
            help="The folder of the search; use the same one to resume.",
            show_default="runs/tune-…",
        ),
    ] = None,
    space: Annotated[
        Path | None,
        _Opt(
            help="A TOML file with the search space.", show_default="the recipe's own"
        ),
    ] = None,
    storage: Annotated[
        str | None,
        _Opt(
            help="Database URL of the trials, such as postgresql+psycopg://…",
            show_default="SQLite in the folder",
        ),
    ] = None,
    study: Annotated[
        str | None,
        _Opt(
            help="The name of the search in the database.",
            show_default="the folder's name",
        ),
    ] = None,
    pruner: Annotated[
        str, _Opt(help="How bad trials are pruned: median, hyperband or none.")
    ] = "median",
    engine: Annotated[str, _Opt(help="optuna or ray.")] = "optuna",
    address: Annotated[
        str | None, _Opt(help="The Ray cluster.", show_default="this machine")
    ] = None,
    data_dir: Annotated[
        Path | None, _Opt(help="The folder with the named data sets.")
    ] = None,
    epochs: Annotated[
        int | None,
        _Opt(help="Epochs of the initial settings.", show_default="10"),
    ] = None,
    validation: Annotated[
        float | None,
        _Opt(
            help="Share of the training data held out for validation.",
            show_default="0.1",
        ),
    ] = None,
    limit: Annotated[
        int | None, _Opt(help="Use only the first N training pictures.")
    ] = None,
    seed: Annotated[
        int | None,
        _Opt(help="Seed of the split, the networks and the search.", show_default="1"),
    ] = None,
    quiet: Annotated[
        bool, _Opt("--quiet", help="Print only the folder of the best run.")
    ] = False,
) -> None:
    """Search for the best settings of a recipe.

    Trials are compared on validation data. The best settings are then trained in
    full, and a report is written. After a kill the same command resumes. Machines
    with the same --storage and --study share one search.
    """
    from inkdigits.cli.progress import listener
    from inkdigits.evaluation import tuning_report
    from inkdigits.training import recipes
    from inkdigits.training.tuning.plan import TunePlan
    from inkdigits.training.tuning.search import tune
    from inkdigits.training.tuning.space import space_for

    settings = recipes.settings_for(
        recipe, data=data, epochs=epochs, validation=validation, limit=limit, seed=seed
    )
    plan = TunePlan(trials, minutes, jobs, storage, study, pruner, engine, address)
    searched = space_for(settings, space)
    told = listener(quiet)
    table = _Table(quiet)
    try:
        tuned = tune(
            settings,
            searched,
            plan,
            output=output,
            data_dir=data_dir,
            watcher=table,
            listener=told,
        )
    except KeyboardInterrupt:
        typer.echo("\nstopped; the same command with its --output resumes", err=True)
        raise typer.Exit(130) from None
    finally:
        told.close()
        table.close()
    page = tuning_report.write(
        tuned, searched, shlex.join(["inkdigits", *sys.argv[1:]])
    )
    if quiet:
        typer.echo(tuned.folder / "best")
        return
    typer.echo(f"{tuned.sentence()}\nbest run: {tuned.folder / 'best'}\nreport: {page}")


class _Table:
    """Shows the best trials during the search.

    On a terminal this is a table that stays in place, elsewhere one line per trial.
    """

    def __init__(self, quiet: bool) -> None:
        """A table that is redrawn on a terminal; elsewhere lines are printed."""
        self._quiet = quiet
        self._live = sys.stdout.isatty() and not quiet
        self._screen: Any = None
        self._said: set[int] = set()

    def trials(self, trials: "list[Trial]", wanted: int) -> None:
        if self._live:
            self._show(trials, wanted)
            return
        for trial in trials:
            if trial.finished and trial.number not in self._said:
                self._said.add(trial.number)
                if not self._quiet:
                    print(
                        _line(trial, sum(one.finished for one in trials), wanted),
                        flush=True,
                    )

    def _show(self, trials: "list[Trial]", wanted: int) -> None:
        from rich.live import Live

        if self._screen is None:
            self._screen = Live(auto_refresh=False)
            self._screen.start()
        self._screen.update(_table(trials, wanted), refresh=True)

    def close(self) -> None:
        if self._screen is not None:
            self._screen.stop()


def _line(trial: "Trial", finished: int, wanted: int) -> str:
    """Format a trial on one line."""
    settings = [f"{name} {_short(value)}" for name, value in trial.params.items()]
    parts = [
        f"trial {trial.number} ({finished}/{wanted})",
        trial.state,
        f"val_accuracy {trial.accuracy:.4f}",
        *settings,
    ]
    return "  ".join(parts)


def _short(value: object) -> str:
    """A setting's value; numbers are shown with three digits."""
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value)


def _table(trials: "list[Trial]", wanted: int) -> Any:
    from rich.table import Table

    finished = [trial for trial in trials if trial.finished]
    names = sorted({name for trial in trials for name in trial.params})
    table = Table(
        "trial",
        "state",
        "val_accuracy",
        *names,
        title=f"{len(finished)} of {wanted} trials, best first",
    )
    running = [trial for trial in trials if not trial.finished]
    ranked = sorted(
        finished,
        key=lambda trial: (trial.state != "complete", -trial.accuracy, trial.loss),
    )
    for trial in [*ranked[:10], *running]:
        cells = (_short(trial.params.get(name, "")) for name in names)
        table.add_row(str(trial.number), trial.state, f"{trial.accuracy:.4f}", *cells)
    return table
