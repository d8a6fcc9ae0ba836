"""The card of a fine-tuned run."""

from typing import Any


def write(run: dict[str, Any]) -> str:
    data = run["data"]
    verdict = run["verdict"]
    machine = run["machine"]
    training = data["training"]
    model = "the new one" if run["better"] else "the old one, unchanged"
    return f"""# {run["from"]}, fine-tuned on {training["name"]} (seed {run["settings"]["seed"]})

Trained by `{run["command"]}`
with {run["backend"]} on {machine["cpu"]} ({machine["cores"]} cores),
in {run["seconds"]["fit"]:.0f} s.

This run's model is {model}: {verdict["sentence"]}.

## Training data

{training["n"]:,} pictures of `{training["name"]}` (sha256 `{training["sha256"][:16]}…`),
the user's own data.
{_practised(data)}
{len(run["doubted"])} labels were doubtful (`inkdigits data doubt` shows them), and
{len(run["left_out"])} files were left out.

## Evaluation

| on | n | before | after |
|---|---|---|---|
{_changes(run)}

{_held(verdict)} The other data sets were not used to
choose anything.
{_calibration(run)}

## Limitations

- It was fine-tuned on pictures from one source. The figures above show how well it reads others.
- The held-out pictures come from the same source as the training pictures: those of another
  writer may be read less well.
"""


def write_replay(run: dict[str, Any]) -> str:
    """The card of a run fine-tuned with replay, which is kept whatever it forgot."""
    machine = run["machine"]
    data = run["data"]
    return f"""# {run["from"]}, fine-tuned with replay (seed {run["settings"]["seed"]})

Trained by `{run["command"]}`
with {run["backend"]} on {machine["cpu"]} ({machine["cores"]} cores),
in {run["seconds"]["fit"]:.0f} s.

It was kept without a comparison: {run["mended"]} digits that were wrong before are right now,
and {run["forgotten"]} that were right before are wrong now.

## Training data

{data["training"]["n"]:,} pictures in `{data["training"]["name"]}`, mixed with
{data["practised_n"]:,} of the digits that the first network was trained on
({data["practised"][0]}).

## Evaluation

| on | n | before | after |
|---|---|---|---|
{_changes(run)}

{_calibration(run)}

## Limitations

- It saw a few digits many times: others of the same kind may be read no better, and some that
  were right before are wrong now.
"""


def _practised(data: dict[str, Any]) -> str:
    what = (
        ", ".join(data["practised"])
        or "digits drawn by the program, with the old model's own answers"
    )
    return (
        "Rehearsal, so that nothing is forgotten: "
        f"{data['practised_n']:,} other pictures ({what})."
    )


def _changes(run: dict[str, Any]) -> str:
    return "\n".join(
        f"| {row['name']} | {row['n']:,} | {row['before']:.2%} | {row['after']:.2%} |"
        for row in run["changes"]
    )


def _held(verdict: dict[str, Any]) -> str:
    if verdict["turns"] == 1:
        return (
            "Your held-out pictures were chosen by the seed and not used for training."
        )
    return (
        f"There were few pictures, so {verdict['turns']}-fold cross-validation was used. "
        "The run's own network was trained on all of them."
    )


def _calibration(run: dict[str, Any]) -> str:
    fitted = run["calibration"]
    if not fitted:
        return "Its confidence is not calibrated."
    temperature = fitted["temperature"]
    threshold = fitted["threshold"]
    return (
        f"The confidence is calibrated (temperature {temperature}). "
        f"An answer is accepted at a confidence of {threshold:.2f} or more."
    )
