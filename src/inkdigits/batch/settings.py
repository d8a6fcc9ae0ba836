"""What a batch is to read, and how."""

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from inkdigits._version import __version__
from inkdigits.batch.form_pages import digest_of
from inkdigits.batch.tables import FORMATS
from inkdigits.errors import SettingError
from inkdigits.machine import cores
from inkdigits.reading.classifier import resolve_model
from inkdigits.reading.input.url import is_remote
from inkdigits.reading.numbers.patterns import parse

ENGINES = ("local", "ray")


@dataclass(frozen=True, slots=True)
class How:
    """What decides what is read from a picture, and in which form it is written."""

    format: str = "parquet"
    model: str | None = None
    min_confidence: float | None = None
    expect: tuple[str, ...] = ()
    # Dots per inch at which PDF pages are drawn.
    dpi: int = 200
    column: str | None = None
    # Template files: pages are read as these forms' pages, into JSON lines.
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """A batch: its inputs, where its output goes, and what does the work.

    `shard` is how many pictures a shard holds.

    With `single_file` all shards are put together at the end, in the columns of `inkdigits read`.
    """

    inputs: tuple[str, ...]
    output: str
    how: How = field(default_factory=How)
    engine: str = "local"
    workers: int | None = None
    address: str | None = None
    shard: int | None = None
    single_file: bool = False

    def __post_init__(self) -> None:
        _check(self)

    @property
    def worker_count(self) -> int:
        """As many as asked for, else one per core."""
        return self.workers or cores()

    def fingerprint(self) -> dict[str, Any]:
        """All that the output depends on: a batch goes on only where this is the same."""
        content = resolve_model(self.how.model).read_bytes()
        # As JSON gives it back, for it is compared with what an earlier start wrote.
        expect = list(self.how.expect)
        forms = digest_of(self.how.forms) if self.how.forms else ""
        how = {
            **asdict(self.how),
            "expect": expect,
            "forms": forms,
            "model": hashlib.sha256(content).hexdigest(),
        }
        relative = any(
            not is_remote(name) and not Path(name.removeprefix("@")).is_absolute()
            for name in self.inputs
        )
        place = {"folder": str(Path.cwd())} if relative else {}
        return {
            "inkdigits": __version__,
            "inputs": list(self.inputs),
            **place,
            "shard": self.shard,
            **how,
        }


def _check(settings: Settings) -> None:
    how = settings.how
    if not settings.inputs:
        raise SettingError(
            "no input is named: give folders, files, globs, lists, tar or Parquet shards"
        )
    if how.forms and how.format != "jsonl":
        raise SettingError(f"the format of forms' pages is jsonl, not {how.format}")
    if how.format not in FORMATS:
        raise SettingError(f"--format is {how.format}: choose {', '.join(FORMATS)}")
    if settings.engine not in ENGINES:
        raise SettingError(
            f"--engine is {settings.engine}: choose {', '.join(ENGINES)}"
        )
    if settings.address is not None and settings.engine != "ray":
        raise SettingError("--address is for a Ray cluster: add --engine ray")
    for name, value in (("workers", settings.workers), ("shard", settings.shard)):
        if value is not None and value < 1:
            raise SettingError(f"--{name} is {value}: give 1 or more")
    if how.min_confidence is not None and not 0 <= how.min_confidence <= 1:
        raise SettingError(
            f"--min-confidence is {how.min_confidence}: give a probability from 0 to 1"
        )
    if how.expect:
        parse(how.expect)
