"""`inkdigits evaluate`."""

import shlex
import sys
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inkdigits.data import Dataset
    from inkdigits.evaluation import Evaluation


def command(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Run folders, .onnx, .keras or .h5 files, or `bundled`.",
            metavar="MODEL...",
        ),
    ],
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="A data set's name, a folder or a file; may be repeated.",
            show_default="the run's own data set, else mnist",
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="train, test or all.")] = "test",
    output: Annotated[
        Path | None,
        typer.Option(
            help="The folder for the report.", show_default="next to the model"
        ),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="The folder with the named data sets.")
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            help=(
                "everything: all installed data sets; corruptions: sixteen "
                "corruptions of MNIST."
            )
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Use only the first N pictures.", min=1)
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print the results as JSON.")
    ] = False,
) -> None:
    """Evaluate models on data sets and compare them.

    Writes a table, metrics.json, pictures and report.html. Several models are compared
    pairwise. By default, a run is evaluated on the test set of its data set, or on its
    validation set if there is no test set. Other models get the same pictures.
    """
    from inkdigits.evaluation import check_model, evaluate

    if suite is not None:
        from inkdigits.cli.suites import run_suite

        run_suite(suite, models, data_dir, limit, output, as_json=json_)
        return
    for model in models:
        check_model(model)
    measured: list[tuple[str, Path, Evaluation]] = []
    several = len(models) > 1 or len(data or []) > 1
    for model, dataset in _pairs(models, data, split, data_dir):
        evaluation = evaluate(model, dataset.first(limit))
        folder = _folder(model, dataset.name, output, several)
        _write(evaluation, folder, model)
        measured.append((model, folder, evaluation))
    if json_:
        _print_json(measured)
        return
    _print_table(measured)
    for line in _comparisons(measured):
        typer.echo(line)


def _pairs(
    models: list[str], data: list[str] | None, split: str, data_dir: Path | None
) -> "Iterator[tuple[str, Dataset]]":
    """Pair each model with each given data set, or with its own."""
    from inkdigits.data import load
    from inkdigits.evaluation import usual_data

    if data is None:
        yield from zip(models, usual_data(models, data_dir, split), strict=True)
        return
    for source in data:
        dataset = load(source, split=split, data_dir=data_dir)
        for model in models:
            yield model, dataset


def _comparisons(measured: "list[tuple[str, Path, Evaluation]]") -> "Iterator[str]":
    """Compare each two models that were evaluated on the same pictures."""
    from inkdigits.evaluation import compare

    for (name_a, _, model_a), (name_b, _, model_b) in combinations(measured, 2):
        same_pictures = model_a.data.digest == model_b.data.digest
        if same_pictures and name_a != name_b:
            compared = compare(name_a, name_b, model_a.right, model_b.right)
            yield f"on {_named(model_a.data)}: {compared.sentence()}"


def _named(data: "Dataset") -> str:
    """The data set, and its split if that is not the test set."""
    if data.split == "test":
        return data.name
    return f"{data.name} ({data.split})"


def _folder(model: str, data: str, output: Path | None, several: bool) -> Path:
    """The output folder of an evaluation.

    It is --output, RUN/evaluation/DATA, or evaluation/DATA next to a model file.
    Several models or data sets have one folder each.
    """
    path = Path(model)
    if output is not None:
        return output / f"{_label(path)}-{data}" if several else output
    if path.is_dir():
        return path / "evaluation" / data
    # "bundled" and other names of models are no files.
    if not path.exists():
        return Path("evaluation") / f"{model}-{data}"
    return path.parent / "evaluation" / f"{path.name}-{data}"


def _label(path: Path) -> str:
    """A folder name for a model, so that two models never share one.

    It is the name of the run, or RUN-model.h5 for a file in it.
    """
    return (
        path.resolve().name
        if path.is_dir() or not path.exists()
        else f"{path.resolve().parent.name}-{path.name}"
    )


def _write(evaluation: "Evaluation", folder: Path, model: str) -> None:
    from inkdigits.evaluation import write_evaluation

    write_evaluation(
        evaluation,
        folder,
        command=shlex.join(["inkdigits", *sys.argv[1:]]),
        history=_history(Path(model)),
    )


def _history(run: Path) -> list[dict[str, float]] | None:
    import json

    file = run / "run.json"
    if not file.is_file():
        return None
    history: Any = json.loads(file.read_text()).get("history")
    return history


def _print_json(ways: list[tuple[str, Path, "Evaluation"]]) -> None:
    """One object for one evaluation, a list for several."""
    import json

    rows = [json.loads((folder / "metrics.json").read_text()) for _, folder, _ in ways]
    typer.echo(json.dumps(rows[0] if len(rows) == 1 else rows, indent=2))


def _print_table(ways: list[tuple[str, Path, "Evaluation"]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("model", "data", box=None, pad_edge=False)
    for name in (
        "n",
        "accuracy",
        "± 95 %",
        "loss",
        "ECE",
        "accepted",
        "right of accepted",
    ):
        table.add_column(name, justify="right")
    for model, _, evaluation in ways:
        m = evaluation.metrics
        half = (m.interval[1] - m.interval[0]) / 2
        table.add_row(
            model,
            _named(evaluation.data),
            f"{m.n:,}",
            f"{m.accuracy:.2%}",
            f"{half:.2%}",
            f"{m.loss:.4f}",
            f"{m.ece:.2%}",
            f"{m.accepted:.1%}",
            f"{m.accuracy_accepted:.2%}" if m.accepted else "–",
        )
    console = Console()
    wide = console if console.is_terminal else Console(width=200)
    wide.print(table)
    for model, folder, evaluation in ways:
        where = f"{model} on {_named(evaluation.data)}"
        if evaluation.undisputed is not None:
            wide.print(
                f"{where}: {evaluation.undisputed:.2%} without MNIST's 15 disputed labels",
                highlight=False,
            )
        if evaluation.scored.temperature != 1:
            trained, temperature = (
                evaluation.loss_as_trained,
                evaluation.scored.temperature,
            )
            wide.print(
                f"{where}: the loss is of calibrated answers (temperature {temperature:g}); "
                f"as trained it is {trained:.4f}",
                highlight=False,
            )
        wide.print(f"{where}: report in {folder / 'report.html'}", highlight=False)
