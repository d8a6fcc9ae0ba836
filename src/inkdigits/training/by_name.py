"""Train and resume by a recipe's name.

The name is looked up only here; everything below gets the recipe itself.
"""

from pathlib import Path

from inkdigits.training import run
from inkdigits.training.called import MakeCallbacks
from inkdigits.training.fit import Listener
from inkdigits.training.own import with_own_callbacks, with_own_network
from inkdigits.training.recipes import recipe
from inkdigits.training.run import RunResult
from inkdigits.training.settings import Settings
from inkdigits.training.trackers import tracked, tracker_for


def train(
    settings: Settings | None = None,
    *,
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    listener: Listener | None = None,
    callbacks: MakeCallbacks | None = None,
) -> RunResult:
    """Train a recipe's network and save it in a new run folder (default runs/<recipe>-<time>).

    The test set is evaluated once, at the end.
    """
    settings = settings or Settings()
    folder = Path(output) if output is not None else run.new_folder(settings.recipe)
    tracker = tracker_for(folder, settings)
    known = with_own_network(recipe(settings.recipe), settings)
    with tracked(tracker, with_own_callbacks(settings, callbacks)) as told:
        return run.train(
            known,
            settings,
            output=folder,
            data_dir=data_dir,
            listener=listener,
            callbacks=told,
        )


def resume(
    folder: str | Path,
    *,
    listener: Listener | None = None,
    data_dir: str | Path | None = None,
    callbacks: MakeCallbacks | None = None,
) -> RunResult:
    """Resume a stopped run; its final weights are those of an uninterrupted run."""
    path = Path(folder)
    settings = Settings.from_dict(run.read_run(path)["settings"])
    tracker = tracker_for(path, settings)
    known = with_own_network(recipe(settings.recipe), settings)
    make_callbacks = with_own_callbacks(settings, callbacks)
    with tracked(tracker, make_callbacks) as told:
        return run.resume(
            known, folder, listener=listener, data_dir=data_dir, callbacks=told
        )
