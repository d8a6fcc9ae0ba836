"""The model card of a run: training data, evaluation and limitations."""

from typing import Any

from inkdigits.data.catalog import find


def write(run: dict[str, Any]) -> str:
    settings = run["settings"]
    results = run["results"]
    data = run["data"]
    return f"""# {settings["recipe"]} (seed {settings["seed"]})

Trained by `{run["command"]}`
with {run["backend"]} on {run["machine"]["cpu"]} ({run["machine"]["cores"]} cores),
in {run["seconds"]["fit"]:.0f} s.

## Training data

{_learned_from(data)}

## Evaluation

| on | n | accuracy | loss |
|---|---|---|---|
{_results(results, data)}

The figures are those of the last epoch ({results["epochs"]}). The test set was not used to choose
anything. The confidence is calibrated on the validation set (temperature
{run["calibration"]["temperature"]}). An answer is accepted at a confidence of
{run["calibration"]["threshold"]:.2f} or more.

## Limitations

- The network has no class for "not a digit": letters and other marks are read as digits, often
  with high confidence.
- It was trained on the handwriting of one data set. The 1, 7 and 9 of other countries, and very
  thin, thick or faint strokes, are read less well.

## Settings

{_settings(settings)}
"""


def _learned_from(data: dict[str, Any]) -> str:
    """The training data and its terms."""
    training = data["training"]
    entry = find(training["name"])
    source = (
        f"{entry.citation}. Terms: {entry.terms}." if entry else "The user's own data."
    )
    held_out = ""
    if "validation" in data:
        count = data["validation"]["n"]
        held_out = f" {count:,} more were held out for validation."
    sha256 = training["sha256"][:16]
    return (
        f"{training['n']:,} pictures of `{training['name']}` "
        f"(sha256 `{sha256}…`).{held_out} {source}"
    )


def _results(results: dict[str, Any], data: dict[str, Any]) -> str:
    last = results["last"]
    rows = []
    if "val_accuracy" in last:
        rows.append(
            (
                "validation",
                data["validation"]["n"],
                last["val_accuracy"],
                last["val_loss"],
            )
        )
    if results["test"]:
        rows.append(
            (
                f"{data['test']['name']} test",
                *(results["test"][key] for key in ("n", "accuracy", "loss")),
            )
        )
    return "\n".join(
        f"| {name} | {n:,} | {accuracy:.2%} | {loss:.4f} |"
        for name, n, accuracy, loss in rows
    )


def _settings(settings: dict[str, Any]) -> str:
    """A list of all settings, in words."""
    items = []
    for name, value in settings.items():
        in_words = name.replace("_", " ")
        items.append(f"- {in_words}: {value}")
    return "\n".join(items)
