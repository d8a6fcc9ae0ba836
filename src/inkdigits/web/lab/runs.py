"""The runs in a folder: list, start, stop and resume them.

A request contains settings, never code, paths or commands. It starts `inkdigits train` with options
made from validated Settings.
"""

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inkdigits.errors import BusyError, InkdigitsError, SettingError, TrainingError
from inkdigits.files import part_of
from inkdigits.training import run as run_folder
from inkdigits.training.artefacts import arguments, command
from inkdigits.training.finetune.replay import CHANGES_FILE
from inkdigits.training.live import ask_to_stop, is_alive
from inkdigits.training.plain_keras import plain_keras
from inkdigits.training.recipes import recipe, settings_for
from inkdigits.training.settings import Settings
from inkdigits.web.lab.training_set import TrainingSet

OWN_FOLDER = ".lab"  # of the lab, among the runs: its token, and what trainings say
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TUNED = re.compile(r"-finetuned-\d+$")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits on what the page may request."""

    trainings: int = 2  # at a time: each takes all cores it can get
    runs: int = 200  # in the folder, before no more are started
    epochs: int = 200
    filters: int = 256
    dense: int = 1024
    batch_size: int = 4096
    # A fine-tuning learns for a minute at most; one that takes as long as this hangs
    finetuning_s: float = 600.0


BOUNDS = Bounds()
# What a request may set, and the type that its value must have.
ALLOWED: dict[str, type | tuple[type, ...]] = {
    "data": str,
    "filters": list,
    "dense": int,
    "activation": str,
    "dropout": (int, float),
    "augment": str,
    "optimizer": str,
    "learning_rate": (int, float),
    "batch_size": int,
    "epochs": int,
    "limit": int,
    "seed": int,
}
DATA = ("mnist", "digits8x8")  # no paths: others are for the command line


@dataclass(slots=True)
class Runs:
    """The runs in one folder, and the training processes that this one has started."""

    folder: Path
    data_dir: Path | None = None
    _started: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def listed(self) -> list[dict[str, Any]]:
        """Every run, the newest first."""
        folders = [path.parent for path in self.folder.glob("*/run.json")]
        names = [
            path.name
            for path in folders
            if _NAME.fullmatch(path.name) and not path.is_symlink()
        ]
        found = {name: self.about(name) for name in names}
        for name in {*self._started, *self._in_the_making()}:
            if name not in found:
                found[name] = self._about_before(name)
        return sorted(
            found.values(),
            key=lambda about: about.get("changed", time.time()),
            reverse=True,
        )

    def about(self, name: str) -> dict[str, Any]:
        """What the page shows of a run; a folder of something else is said to be broken."""
        path = self.path(name)
        try:
            run = run_folder.read_run(path)
            if run.get("kind") == "fine-tuned":
                return self._finetuned(path, run)
            settings = Settings.from_dict(run["settings"])
            usual = recipe(settings.recipe)
        except (InkdigitsError, KeyError, TypeError) as error:
            return {
                "name": name,
                "state": "broken",
                "words": str(error),
                "changed": _changed(path),
            }
        is_classic = settings.recipe == "classic" and settings.model is None
        return {
            "name": name,
            "state": self._state(path, run),
            "changed": _changed(path),
            "settings": settings.as_dict(),
            "command": command(settings, path, usual.settings),
            "keras": plain_keras(settings) if is_classic else "",
            "test": run.get("results", {}).get("test", {}),
            "parameters": run.get("parameters"),
            "opens": (path / "model.onnx").exists(),
            "tunable": (path / "model.keras").exists(),
            "history": run.get("history", []),
        }

    def _finetuned(self, path: Path, run: dict[str, Any]) -> dict[str, Any]:
        is_replayed = "replayed" in run
        return {
            "name": path.name,
            "kind": "fine-tuned",
            "state": "finished",
            "changed": _changed(path),
            "opens": (path / "model.onnx").exists(),
            "tunable": is_replayed,
            "from": run.get("from"),
            "command": run.get("command", ""),
            "keras": run.get("keras", ""),
            "test": run.get("results", {}).get("test", {}),
            "history": run.get("history", []),
        }

    def _about_before(self, name: str) -> dict[str, Any]:
        """Of a run that has not made its folder yet."""
        is_tuned = bool(_TUNED.search(name))
        return {
            "name": name,
            "state": self._state_before(name),
            "words": self._last_words(name),
            **({"kind": "fine-tuned"} if is_tuned else {}),
        }

    def _in_the_making(self) -> set[str]:
        """Fine-tunings under way, this lab's or those of one before it."""
        parts = [
            path for path in self.folder.glob(".*-finetuned-*.part") if is_alive(path)
        ]
        names = {path.name.removeprefix(".").removesuffix(".part") for path in parts}
        return {name for name in names if _NAME.fullmatch(name)}

    def path(self, name: str) -> Path:
        """The folder of a run; any other name is refused."""
        path = self.folder / name
        if not _NAME.fullmatch(name) or not path.is_dir() or path.is_symlink():
            raise TrainingError(
                f"there is no run {name[:60]!a}: choose one from the list"
            )
        return path

    def will_be(self, name: str) -> Path:
        """The folder of a run, or of one that has not made its folder yet."""
        path = self.folder / name
        if not _NAME.fullmatch(name) or path.exists():
            return self.path(name)
        part = part_of(path)
        return part if part.is_dir() and not part.is_symlink() else path

    def changes(self, name: str) -> bytes:
        """What a fine-tuning run fixed and forgot, as it wrote it."""
        try:
            return (self.path(name) / CHANGES_FILE).read_bytes()
        except OSError:
            raise TrainingError(f"{name} was not fine-tuned from the lab") from None

    def start(self, wanted: dict[str, Any]) -> str:
        """Start a training run with these settings; return its name."""
        settings = checked(wanted)
        self._make_room(new=True)
        name = self._new_name()
        self._launch(
            name,
            [
                *arguments(settings, recipe("classic").settings),
                "--output",
                str(self.folder / name),
            ],
        )
        return name

    def finetune(self, name: str, wanted: TrainingSet) -> str:
        """Fine-tune a copy of this run on a few digits; return the name of the new run."""
        run = self.path(name)
        if not self.about(name).get("tunable"):
            raise TrainingError(
                f"{name} cannot be fine-tuned here: it is not finished, "
                "or its training data is unknown"
            )
        self._make_room(new=True)
        self._remove_leftovers()
        tuned = self._tuned_name(name)
        digits = self.folder / OWN_FOLDER / f"{tuned}.npz"
        wanted.save(digits)
        output = self.folder / tuned
        self._launch(tuned, [*wanted.options(run, digits), "--output", str(output)])
        process = self._started[tuned]
        threading.Thread(
            target=_ended_in_time, args=(process, output, digits), daemon=True
        ).start()
        return tuned

    def _tuned_name(self, name: str) -> str:
        """Of the first run, with a number."""
        first, number = _TUNED.sub("", name)[:80], 1
        while self._is_taken(f"{first}-finetuned-{number}"):
            number += 1
        return f"{first}-finetuned-{number}"

    def _is_taken(self, name: str) -> bool:
        path = self.folder / name
        return path.exists() or part_of(path).exists() or name in self._started

    def _remove_leftovers(self) -> None:
        """Remove what killed fine-tuning runs left while no lab was running."""
        for part in self.folder.glob(".*-finetuned-*.part"):
            with suppress(OSError):
                is_old = time.time() - part.stat().st_mtime > BOUNDS.finetuning_s
                if is_old and not part.is_symlink() and not is_alive(part):
                    shutil.rmtree(part, ignore_errors=True)

    def resume(self, name: str) -> None:
        path = self.path(name)
        run = run_folder.read_run(path)
        if run.get("state") == "finished":
            raise TrainingError(f"{name} is finished already: nothing to resume")
        if self._state(path, run) == "training":
            raise TrainingError(f"{name} is being trained: stop it first")
        if run["settings"].get("model") or run["settings"].get("callbacks"):
            way = f"resume it with inkdigits train --resume {path}"
            raise SettingError(
                f"{name} uses its own code, which the page does not run: {way}"
            )
        self._make_room()
        self._launch(name, ["--resume", str(path)])

    def stop(self, name: str) -> None:
        process = self._started.get(name)
        if (self.folder / name / "run.json").exists():
            ask_to_stop(self.path(name))
        elif name in self._in_the_making():
            ask_to_stop(part_of(self.folder / name))
        elif process is not None and process.poll() is None:
            process.terminate()  # it has nothing to keep yet
        else:
            raise TrainingError(
                f"there is no run {name[:60]!a}: choose one from the list"
            )

    def _launch(self, name: str, options: list[str]) -> None:
        log = self.folder / OWN_FOLDER / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        place = ["--data-dir", str(self.data_dir)] if self.data_dir else []
        whole = [
            sys.executable,
            "-m",
            "inkdigits",
            "train",
            *options,
            *place,
            "--live",
            "--quiet",
        ]
        with log.open("wb") as out:
            self._started[name] = subprocess.Popen(
                whole,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _make_room(self, *, new: bool = False) -> None:
        """Refuse too many active training runs, or too many runs in the folder."""
        under_way = {
            name for name, process in self._started.items() if process.poll() is None
        }
        under_way |= {
            path.parent.name
            for path in self.folder.glob("*/run.json")
            if is_alive(path.parent)
        }
        under_way |= self._in_the_making()
        if len(under_way) >= BOUNDS.trainings:
            raise BusyError(
                f"{len(under_way)} training runs are active, the limit: "
                "stop one or wait"
            )
        if new and sum(1 for _ in self.folder.glob("*/run.json")) >= BOUNDS.runs:
            raise BusyError(
                f"there are {BOUNDS.runs} runs in {self.folder}: move some away"
            )

    def _new_name(self) -> str:
        first = name = f"classic-{time.strftime('%Y%m%d-%H%M%S')}"
        number = 1
        while (self.folder / name).exists() or name in self._started:
            number += 1
            name = f"{first}-{number}"
        return name

    def _state(self, path: Path, run: dict[str, Any]) -> str:
        if run.get("state") == "finished":
            return "finished"
        process = self._started.get(path.name)
        is_running = process is not None and process.poll() is None
        return "training" if is_running or is_alive(path) else "stopped"

    def _state_before(self, name: str) -> str:
        if name in self._in_the_making():
            return "training"
        process = self._started.get(name)
        # One of an earlier lab is known only while it is under way.
        is_running = process is None or process.poll() is None
        return "starting" if is_running else "failed"

    def _last_words(self, name: str) -> str:
        try:
            said = (
                (self.folder / OWN_FOLDER / f"{name}.log")
                .read_text(errors="replace")
                .strip()
            )
        except OSError:
            return ""
        return said.splitlines()[-1][:300] if said else ""


def checked(wanted: dict[str, Any]) -> Settings:
    """The settings of the recipe `classic` with these changes, or what is wrong with them."""
    for name, value in wanted.items():
        if name not in ALLOWED:
            raise SettingError(
                f"{name[:40]!a} cannot be set from the page: choose {', '.join(ALLOWED)}"
            )
        if not isinstance(value, ALLOWED[name]) or isinstance(value, bool):
            raise SettingError(
                f"{name} is {str(value)[:40]!a}: give a value of the right type"
            )
    changes = dict(wanted)
    if "filters" in changes:
        if not all(
            isinstance(count, int) and 0 < count <= BOUNDS.filters
            for count in changes["filters"]
        ):
            raise SettingError(
                f"filters: give counts from 1 to {BOUNDS.filters}, such as 32,64"
            )
        changes["filters"] = tuple(changes["filters"])
    if changes.get("data", "mnist") not in DATA:
        raise SettingError(
            f"data must be one of {', '.join(DATA)}: use the command line for others"
        )
    for name in ("epochs", "dense", "batch_size"):
        most = getattr(BOUNDS, name)
        if changes.get(name, 0) > most:
            raise SettingError(f"{name} is {changes[name]}: give at most {most} here")
    return settings_for("classic", **changes)


def _ended_in_time(
    process: "subprocess.Popen[bytes]", output: Path, digits: Path
) -> None:
    """Wait for a fine-tuning; nothing half-written stays of one that was killed."""
    try:
        process.wait(BOUNDS.finetuning_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(part_of(output), ignore_errors=True)
    digits.unlink(missing_ok=True)


def _changed(path: Path) -> float:
    try:
        return (path / "run.json").stat().st_mtime
    except OSError:
        return 0.0


def as_json(values: Any) -> bytes:
    """What a browser takes: what is not a number becomes null."""
    return json.dumps(_without_nan(values), ensure_ascii=False).encode()


def _without_nan(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _without_nan(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return [_without_nan(value) for value in values]
    is_strange = isinstance(values, float) and values - values != 0
    return None if is_strange else values
