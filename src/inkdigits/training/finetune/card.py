"""The card of a fine-tuned run."""

from typing import Any


def write(run: dict[str, Any]) -> str:
    data = run["data"]
    verdict = run["verdict"]
    machine = run["machine"]
    training = data["training"]
    model = "the new one" if run["better"] else "the old one, unchanged"
    return f"""# {run["from"]}, fine-tuned on {training["name"]} (seed {run["settings"]["seed"]})

Made by `{run["command"]}`
with {run["backend"]} on {machine["cpu"]} ({machine["cores"]} cores),
{run["seconds"]["fit"]:.0f} s in all.

This run's model is {model}: {verdict["sentence"]}.

## Learned from

{training["n"]:,} pictures of `{training["name"]}` (sha256 `{training["sha256"][:16]}…`),
the user's own.
{_practised(data)}
{len(run["doubted"])} labels were doubted (`inkdigits data doubt` shows them),
{len(run["left_out"])} files left out.

## Reached

| on | n | before | after |
|---|---|---|---|
{_changes(run)}

{_held(verdict)} The other sets chose nothing.
{_calibration(run)}

## Weak where

- It was taught one source's hands; the figures above say what it knows of others.
- Held-out pictures come from the same source as those it learned from: another writer's may be
  read less well.
"""


def write_replay(run: dict[str, Any]) -> str:
    """The card of a fine-tuning with replay, whose model is kept whatever it forgot."""
    machine = run["machine"]
    data = run["data"]
    return f"""# {run["from"]}, fine-tuned with replay (seed {run["settings"]["seed"]})

Made by `{run["command"]}`
with {run["backend"]} on {machine["cpu"]} ({machine["cores"]} cores),
{run["seconds"]["fit"]:.0f} s in all.

It was kept without being judged: {run["mended"]} digits that were wrong before are right now,
{run["forgotten"]} that were right are wrong.

## Learned from

{data["training"]["n"]:,} pictures in `{data["training"]["name"]}`, and beside them
{data["practised_n"]:,} of the training digits that the first network learned from
({data["practised"][0]}).

## Reached

| on | n | before | after |
|---|---|---|---|
{_changes(run)}

{_calibration(run)}

## Weak where

- It saw few digits many times: others of the same kind may be read no better, and some that were
  right are not any more.
"""


def _practised(data: dict[str, Any]) -> str:
    what = (
        ", ".join(data["practised"])
        or "digits drawn by the program, with the old model's own answers"
    )
    return (
        "Practised beside them, so as not to be forgotten: "
        f"{data['practised_n']:,} pictures ({what})."
    )


def _changes(run: dict[str, Any]) -> str:
    return "\n".join(
        f"| {row['name']} | {row['n']:,} | {row['before']:.2%} | {row['after']:.2%} |"
        for row in run["changes"]
    )


def _held(verdict: dict[str, Any]) -> str:
    if verdict["turns"] == 1:
        return "Your held-out pictures were chosen by the seed and not learned from."
    return (
        f"The pictures were few: {verdict['turns']} nets learned from all but a part each and "
        "were judged by that part; "
        "the run's own learned from all."
    )


def _calibration(run: dict[str, Any]) -> str:
    fitted = run["calibration"]
    if not fitted:
        return "Its confidence is not calibrated."
    temperature = fitted["temperature"]
    threshold = fitted["threshold"]
    return (
        f"Confidence is calibrated (temperature {temperature}); "
        f"an answer is accepted from {threshold:.2f} on."
    )
