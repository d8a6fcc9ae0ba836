"""`inkdigits evaluate --suite`: prints rows and writes a JSON file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from inkdigits.evaluation.suites import CorruptionRow, DigitRow, OtherRow


def run_suite(
    suite: str,
    models: list[str],
    data_dir: Path | None,
    limit: int | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print one row per data set as soon as it is evaluated.

    With an output folder, the rows are also written to suite-NAME.json.
    """
    from inkdigits.errors import SettingError
    from inkdigits.evaluation import suites
    from inkdigits.files import write_whole

    if suite not in suites.SUITES:
        raise SettingError(f"--suite is {suite}: choose {', '.join(suites.SUITES)}")
    by_model: dict[str, list[dict[str, Any]]] = {}
    for model in models:
        rows: Any = (
            suites.everything(model, data_dir)
            if suite == "everything"
            else suites.corruptions(model, data_dir, limit)
        )
        of_model = by_model.setdefault(model, [])
        if not as_json:
            typer.echo(model)
        for row in rows:
            of_model.append(suites.as_dict(row))
            if not as_json:
                typer.echo(shown(row))
    text = json.dumps(by_model, indent=2) + "\n"
    if as_json:
        typer.echo(text, nl=False)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        write_whole(output / f"suite-{suite}.json", text)


def shown(row: "DigitRow | OtherRow | CorruptionRow") -> str:
    """Format one row."""
    from inkdigits.evaluation.suites import CorruptionRow, DigitRow

    if isinstance(row, CorruptionRow):
        return f"  {row.name:14} mean {row.mean:7.2%}   by strength " + " ".join(
            f"{share:7.2%}" for share in row.accuracies
        )
    if isinstance(row, DigitRow):
        star = " " if row.trained_on_its_kind else "*"
        return (
            f"  {row.name + star:14}{row.n:7,}  right {row.accuracy:7.2%}  accepted "
            f"{row.accepted:7.2%}  "
            f"right of those {row.accuracy_accepted:7.2%}  ECE {row.ece:6.2%}"
        )
    return (
        f"  {row.name:14}{row.n:7,}  refused {row.refused:7.2%}  AUROC {row.auroc:.4f}"
    )
