"""`inkdigits evaluate`."""

import shlex
import sys
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from inkdigits.evaluation import Evaluation


def command(
    models: Annotated[
        list[str], typer.Argument(help="Run folders, .onnx, .keras or .h5 files, or `bundled`.", metavar="MODEL...")
    ],
    data: Annotated[
        list[str] | None, typer.Option(help="A set's name, folder or file; may be given again.", show_default="mnist")
    ] = None,
    split: Annotated[str, typer.Option(help="train, test or all.")] = "test",
    output: Annotated[Path | None, typer.Option(help="Where the report goes.", show_default="beside the model")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where named data sets lie.")] = None,
    suite: Annotated[
        str | None, typer.Option(help="everything: every set that is here; corruptions: MNIST spoiled in sixteen ways.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Use only the first so many pictures.", min=1)] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure models on data sets: a table, metrics.json, pictures and report.html; models are compared pair by pair."""
    from inkdigits.data import load
    from inkdigits.evaluation import compare, evaluate

    if suite is not None:
        from inkdigits.cli.suites import run_suite

        run_suite(suite, models, data_dir, limit, output, as_json=json_)
        return
    ways: list[tuple[str, Path, Evaluation]] = []
    comparisons = []
    for source in data or ["mnist"]:
        dataset = load(source, split=split, data_dir=data_dir).first(limit)
        group = []
        for model in models:
            evaluation = evaluate(model, dataset)
            several = len(models) > 1 or len(data or []) > 1
            folder = _folder(model, dataset.name, output, several)
            _write(evaluation, folder, model)
            group.append((model, folder, evaluation))
        ways += group
        pairs = combinations(group, 2)
        comparisons += [compare(a[0], b[0], a[2].right, b[2].right) for a, b in pairs]
    if json_:
        _print_json(ways)
    else:
        _print_table(ways)
        for comparison in comparisons:
            typer.echo(comparison.sentence())


def _folder(model: str, data: str, output: Path | None, several: bool) -> Path:
    """The output named, or RUN/evaluation/DATA, or evaluation/DATA beside a model file; one each where there are several."""
    path = Path(model)
    if output is not None:
        return output / f"{_label(path)}-{data}" if several else output
    if path.is_dir():
        return path / "evaluation" / data
    beside = path.parent if path.exists() else Path()
    return beside / "evaluation" / f"{path.name if path.exists() else model}-{data}"


def _label(path: Path) -> str:
    """RUN's name, or RUN-model.h5 for a file in it: two models never share a folder."""
    return path.resolve().name if path.is_dir() or not path.exists() else f"{path.resolve().parent.name}-{path.name}"


def _write(evaluation: "Evaluation", folder: Path, model: str) -> None:
    from inkdigits.evaluation import write_evaluation

    write_evaluation(evaluation, folder, command=shlex.join(["inkdigits", *sys.argv[1:]]), history=_history(Path(model)))


def _history(run: Path) -> list[dict[str, float]] | None:
    import json

    file = run / "run.json"
    if not file.is_file():
        return None
    found: Any = json.loads(file.read_text()).get("history")
    return found


def _print_json(ways: list[tuple[str, Path, "Evaluation"]]) -> None:
    import json

    rows = [json.loads((folder / "metrics.json").read_text()) for _, folder, _ in ways]
    typer.echo(json.dumps(rows[0] if len(rows) == 1 else rows, indent=2))


def _print_table(ways: list[tuple[str, Path, "Evaluation"]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("model", "data", box=None, pad_edge=False)
    for name in ("n", "accuracy", "± 95 %", "loss", "ECE", "accepted", "right of accepted"):
        table.add_column(name, justify="right")
    for model, _, evaluation in ways:
        m = evaluation.metrics
        half = (m.interval[1] - m.interval[0]) / 2
        table.add_row(
            model, evaluation.data.name, f"{m.n:,}", f"{m.accuracy:.2%}", f"{half:.2%}", f"{m.loss:.4f}", f"{m.ece:.2%}",
            f"{m.accepted:.1%}", f"{m.accuracy_accepted:.2%}" if m.accepted else "–",
        )  # fmt: skip
    console = Console()
    wide = console if console.is_terminal else Console(width=200)
    wide.print(table)
    for model, folder, evaluation in ways:
        if evaluation.undisputed is not None:
            wide.print(f"{model}: {evaluation.undisputed:.2%} without MNIST's 15 disputed labels", highlight=False)
        wide.print(f"report: {folder / 'report.html'}", highlight=False)
