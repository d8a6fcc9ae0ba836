"""`inkdigits train`."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigits.cli import choices

if TYPE_CHECKING:
    from inkdigits.cli.progress import Plain
    from inkdigits.training.finetune.adapt import Plan

_Opt = typer.Option


def command(
    recipe: Annotated[
        str,
        _Opt(
            help=(
                "The recipe: classic, fast, tiny, best, ensemble, distilled or bundled."
            ),
            autocompletion=choices.completing(choices.RECIPES),
        ),
    ] = "classic",
    data: Annotated[
        str | None,
        _Opt(
            help="A data set's name, a folder, a CSV, IDX or .npz file.",
            show_default="mnist",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        _Opt(help="The run folder to create.", show_default="runs/<recipe>-<time>"),
    ] = None,
    data_dir: Annotated[
        Path | None, _Opt(help="The folder with the named data sets.")
    ] = None,
    filters: Annotated[
        str | None,
        _Opt(
            help="Filters of each convolution layer, one to three layers.",
            show_default="32,64",
        ),
    ] = None,
    dense: Annotated[
        int | None,
        _Opt(help="Units of the hidden dense layer; 0 for none.", show_default="128"),
    ] = None,
    activation: Annotated[
        str | None, _Opt(help="relu, elu, gelu, silu, tanh, …", show_default="relu")
    ] = None,
    dropout: Annotated[
        float | None,
        _Opt(help="Dropout rate before the last layer.", show_default="0"),
    ] = None,
    augment: Annotated[
        str | None, _Opt(help="none, light, strong or elastic.", show_default="none")
    ] = None,
    optimizer: Annotated[
        str | None, _Opt(help="adam, adamw, sgd or rmsprop.", show_default="adam")
    ] = None,
    learning_rate: Annotated[
        float | None,
        _Opt(help="The learning rate of the optimizer.", show_default="0.001"),
    ] = None,
    batch_size: Annotated[
        int | None, _Opt(help="Pictures per step.", show_default="128")
    ] = None,
    epochs: Annotated[
        int | None, _Opt(help="Passes over the data.", show_default="10")
    ] = None,
    validation: Annotated[
        float | None,
        _Opt(help="Share of the training data held out.", show_default="0.1"),
    ] = None,
    early_stop: Annotated[
        int | None,
        _Opt(help="Stop after N epochs without an improved validation loss."),
    ] = None,
    seed: Annotated[
        int | None, _Opt(help="The same seed gives the same run.", show_default="1")
    ] = None,
    precision: Annotated[
        str | None, _Opt(help="float32 or bfloat16.", show_default="float32")
    ] = None,
    limit: Annotated[
        int | None, _Opt(help="Use only the first N training pictures.")
    ] = None,
    members: Annotated[
        int | None,
        _Opt(help="Number of networks in the recipe ensemble.", show_default="3"),
    ] = None,
    teacher: Annotated[
        str | None,
        _Opt(
            help="The teacher of the recipe distilled: a run or model.",
            show_default="a newly trained ensemble",
        ),
    ] = None,
    model: Annotated[
        str | None,
        _Opt(
            help=(
                "Your own network: my_module:build, a function that returns a Keras"
                " model."
            )
        ),
    ] = None,
    callbacks: Annotated[
        str | None,
        _Opt(
            help=(
                "Your own Keras callbacks: my_module:make, a function that returns "
                "a list."
            )
        ),
    ] = None,
    track: Annotated[
        str | None,
        _Opt(
            help=(
                "Also log metrics to tensorboard, mlflow or trackio (needs the "
                "extra track)."
            ),
            autocompletion=choices.completing(choices.TRACKERS),
        ),
    ] = None,
    from_: Annotated[
        str | None,
        _Opt(
            "--from",
            help="Fine-tune this model on --data: bundled, a run folder or a model file.",
        ),
    ] = None,
    replay: Annotated[
        float | None,
        _Opt(
            help="With --from RUN: the share of each batch taken from the run's own "
            "training data. The result is kept in any case, with what improved and what "
            "was forgotten."
        ),
    ] = None,
    resume: Annotated[
        Path | None, _Opt(help="Resume this run with its own settings.")
    ] = None,
    watch: Annotated[
        bool,
        _Opt(
            "--watch",
            help="Open the lab on this run during training (needs the extra web).",
        ),
    ] = False,
    live: Annotated[
        bool,
        _Opt("--live", help="Record the data for the lab without opening it."),
    ] = False,
    quiet: Annotated[bool, _Opt("--quiet", help="Print only the run folder.")] = False,
) -> None:
    """Train a network and save it in a run folder.

    --from fine-tunes a trained network on your own pictures, and keeps the result only
    if it is better; with --replay it is kept in any case, with what improved and what
    was forgotten. --resume continues a run that was stopped or killed, and gives the
    same weights as an uninterrupted run.
    """
    from inkdigits.cli.progress import listener

    told = listener(quiet)
    shared = {"learning_rate": learning_rate, "batch_size": batch_size, "seed": seed}
    of_recipe = {
        "filters": _numbers(filters),
        "dense": dense,
        "activation": activation,
        "dropout": dropout,
        "augment": augment,
        "optimizer": optimizer,
        "epochs": epochs,
        "early_stop": early_stop,
        "precision": precision,
        "limit": limit,
        "members": members,
        "teacher": teacher,
        "model": model,
        "callbacks": callbacks,
        "track": track,
    }
    if from_ is not None:
        unfit = {**of_recipe, "resume": resume, "watch": watch or None}
        if replay is not None:
            unfit["validation"] = validation
            _replay(from_, replay, data, output, data_dir, unfit, shared, told, live)
            return
        unfit["live"] = live or None
        _finetune(from_, data, output, data_dir, unfit, shared, validation, told)
        return
    if replay is not None:
        from inkdigits.errors import SettingError

        raise SettingError("--replay is for fine-tuning: name a run with --from")
    changes = {"data": data, "validation": validation, **of_recipe, **shared}
    if watch:
        from inkdigits.cli.lab import beside_training
        from inkdigits.training.run import new_folder

        # The page is opened on a run before its training begins, so its folder is named now.
        output = resume or output or new_folder(recipe)
        with beside_training(output):
            _train(recipe, resume, output, data_dir, changes, told, live=True)
        return
    _train(recipe, resume, output, data_dir, changes, told, live=live)


def _train(
    recipe: str,
    resume: Path | None,
    output: Path | None,
    data_dir: Path | None,
    changes: Mapping[str, Any],
    told: "Plain",
    *,
    live: bool,
) -> None:
    from inkdigits.training import by_name, recipes
    from inkdigits.training.live import Recorder

    recorder = Recorder(told) if live else None
    listener = recorder or told
    callbacks = recorder.callbacks if recorder else None
    try:
        with recorder.watched() if recorder else nullcontext():
            if resume is not None:
                result = by_name.resume(
                    resume, listener=listener, data_dir=data_dir, callbacks=callbacks
                )
            else:
                settings = recipes.settings_for(recipe, **changes)
                result = by_name.train(
                    settings,
                    output=output,
                    data_dir=data_dir,
                    listener=listener,
                    callbacks=callbacks,
                )
    except KeyboardInterrupt:
        told.close()
        where = told.run or resume or "RUN"
        typer.echo(
            f"\nstopped; continue with: inkdigits train --resume {where}", err=True
        )
        raise typer.Exit(130) from None
    finally:
        told.close()
    told.result(result)


def _finetune(
    start: str,
    data: str | None,
    output: Path | None,
    data_dir: Path | None,
    of_recipe: Mapping[str, object],
    shared: Mapping[str, Any],
    validation: float | None,
    told: "Plain",
) -> None:
    from inkdigits.training.finetune.run import finetune

    source = _source_of_finetuning(data, of_recipe)
    result = finetune(
        source,
        start=start,
        output=output,
        data_dir=data_dir,
        plan=_plan(shared),
        validation=validation or 0.25,
        listener=told,
    )
    told.finetuned(result)


def _replay(
    start: str,
    share: float,
    data: str | None,
    output: Path | None,
    data_dir: Path | None,
    of_recipe: Mapping[str, object],
    shared: Mapping[str, Any],
    told: "Plain",
    live: bool,
) -> None:
    from inkdigits.training.finetune.folder import new_folder
    from inkdigits.training.finetune.replay import finetune_with_replay
    from inkdigits.training.live import Recorder
    from inkdigits.training.run import made_whole

    source = _source_of_finetuning(data, of_recipe)
    output = output or new_folder()
    try:
        # It is no run until all of it is there.
        with made_whole(output) as part:
            recorder = Recorder(told, part) if live else None
            with recorder.watched() if recorder else nullcontext():
                result = finetune_with_replay(
                    source,
                    start=start,
                    share=share,
                    into=part,
                    output=output,
                    data_dir=data_dir,
                    plan=_plan(shared),
                    listener=recorder or told,
                )
    except KeyboardInterrupt:
        typer.echo("\nstopped: nothing was saved", err=True)
        raise typer.Exit(130) from None
    finally:
        told.close()
    told.finetuned(result)


def _source_of_finetuning(data: str | None, of_recipe: Mapping[str, object]) -> str:
    from inkdigits.errors import SettingError

    # Options that would be silently without effect are refused instead.
    unfit = [
        name.replace("_", "-") for name, value in of_recipe.items() if value is not None
    ]
    if unfit:
        raise SettingError(
            f"--{unfit[0]} cannot be combined with --from, which keeps the architecture: "
            "leave it out"
        )
    if data is None:
        raise SettingError(
            "--from needs --data: a folder with one subfolder per digit, or a "
            "data set's name"
        )
    return data


def _plan(shared: Mapping[str, Any]) -> "Plan":
    from inkdigits.training.finetune.adapt import Plan

    return Plan(**{name: value for name, value in shared.items() if value is not None})


def _numbers(text: str | None) -> tuple[int, ...] | None:
    from inkdigits.errors import SettingError

    if text is None:
        return None
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise SettingError(
            f"--filters is {text!r}: give integers separated by commas, such as 32,64"
        ) from None
