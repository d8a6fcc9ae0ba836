"""Ray Tune: the same space and objective, with ASHA, on this machine or a cluster."""

import logging
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inkdigits.errors import MissingExtraError, TrainingError
from inkdigits.training.settings import Settings
from inkdigits.training.tuning.plan import TunePlan
from inkdigits.training.tuning.space import Choices, Space, own_params, settings_with
from inkdigits.training.tuning.trials import Trial, epochs_of, parts

_GRACE_EPOCHS = 2
_MOST_LOSSES = 3  # restarts of a trial whose node is lost


def search(
    folder: Path,
    settings: Settings,
    space: Space,
    plan: TunePlan,
    data_dir: str | Path | None,
    tell: Callable[[list[Trial]], None],
) -> list[Trial]:
    """Run the trials on Ray; a killed search resumes from what Ray saved."""
    tune = _ray_tune(plan.address)
    own_trial = own_params(settings, space)
    trainable = tune.with_resources(
        tune.with_parameters(
            _train,
            base=settings.as_dict(),
            data_dir=str(data_dir) if data_dir else None,
        ),
        {"cpu": 1},
    )
    results_folder = (folder / "ray").resolve()
    longest = _most_epochs(settings, space)
    if tune.Tuner.can_restore(str(results_folder)):
        tuner = tune.Tuner.restore(
            str(results_folder), trainable, resume_unfinished=True, restart_errored=True
        )
    else:
        at_once = plan.jobs if plan.jobs > 1 else None
        first = [own_trial] if own_trial else None
        tuner = tune.Tuner(
            trainable,
            param_space=_as_ray(tune, space),
            tune_config=tune.TuneConfig(
                metric="val_accuracy",
                mode="max",
                num_samples=plan.trials,
                max_concurrent_trials=at_once,
                scheduler=tune.schedulers.ASHAScheduler(
                    max_t=longest, grace_period=min(_GRACE_EPOCHS, longest)
                ),
                search_alg=tune.search.BasicVariantGenerator(
                    points_to_evaluate=first, random_state=settings.seed
                ),
                time_budget_s=60 * plan.minutes if plan.minutes else None,
            ),
            run_config=tune.RunConfig(
                name=results_folder.name,
                storage_path=str(results_folder.parent),
                verbose=0,
                failure_config=tune.FailureConfig(max_failures=_MOST_LOSSES),
            ),
        )
    trials = [
        _trial(number, result, settings, space)
        for number, result in enumerate(tuner.fit())
    ]
    tell(trials)
    if not any(trial.finished for trial in trials):
        raise TrainingError(
            f"no trial on Ray finished: see the errors in {results_folder}"
        )
    return trials


def _ray_tune(address: str | None) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")
    try:
        import ray
        from ray import tune
    except ImportError:
        raise MissingExtraError("--engine ray", "cluster") from None
    if not ray.is_initialized():
        try:
            ray.init(
                address=address or "local",
                include_dashboard=None if address else False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise TrainingError(
                f"--address {address}: no Ray there ({str(error).splitlines()[0][:100]})"
            ) from None
    return tune


def _train(config: dict[str, Any], base: dict[str, Any], data_dir: str | None) -> None:
    """One trial, in one of Ray's processes."""
    from ray import tune

    settings = settings_with(Settings.from_dict(base), config)
    for epoch, row in enumerate(
        epochs_of(settings, *parts(settings, data_dir)), start=1
    ):
        if not math.isfinite(row["loss"]):
            tune.report(
                {
                    "val_accuracy": 0.0,
                    "val_loss": math.inf,
                    "epoch": epoch,
                    "seconds": row["seconds"],
                }
            )
            return
        tune.report(
            {
                **{name: row[name] for name in ("val_accuracy", "val_loss", "seconds")},
                "epoch": epoch,
            }
        )


def _as_ray(tune: Any, space: Space) -> dict[str, Any]:
    ray_space = {}
    for name, range_ in space.items():
        if isinstance(range_, Choices):
            ray_space[name] = tune.choice(list(range_.values))
        elif range_.whole:
            draw = tune.lograndint if range_.log else tune.randint
            ray_space[name] = draw(int(range_.low), int(range_.high) + 1)
        else:
            ray_space[name] = (tune.loguniform if range_.log else tune.uniform)(
                range_.low, range_.high
            )
    return ray_space


def _most_epochs(settings: Settings, space: Space) -> int:
    """The most epochs that a trial may have."""
    range_ = space.get("epochs")
    if range_ is None:
        return settings.epochs
    if isinstance(range_, Choices):
        return int(max(range_.values))
    return int(range_.high)


def _trial(number: int, result: Any, settings: Settings, space: Space) -> Trial:
    figures = result.metrics or {}
    params = {name: result.config[name] for name in space}
    epochs = int(figures.get("epoch", 0))
    whole = epochs >= settings_with(settings, params).epochs
    state = (
        "failed" if result.error or not epochs else "complete" if whole else "pruned"
    )
    accuracy, loss = (
        float(figures.get(name, math.nan)) for name in ("val_accuracy", "val_loss")
    )
    return Trial(
        number,
        state,
        accuracy,
        loss,
        epochs,
        float(figures.get("time_total_s", 0.0)),
        params,
    )
