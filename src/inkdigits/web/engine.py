"""The engine that runs the networks in a browser: onnxruntime-web, downloaded with npm."""

from pathlib import Path

from inkdigits.errors import DownloadError
from inkdigits.web.npm import cached_folder, checked_folder, fetched_folder, pinned

PACKAGE = pinned("onnxruntime-web")
_DIST = "dist"
FILES = tuple(Path(path).name for path in PACKAGE.files)
NOTICE = f"""{PACKAGE}
Copyright (c) Microsoft Corporation. Licensed under the MIT License.
"""


def engine_folder(given: Path | None = None) -> Path:
    """The folder that holds the engine's files: the one given, or the cached one.

    The first is checked: the package, its `dist`, or a `node_modules` with it. The second is filled
    where files are missing.
    """
    if given is None:
        return fetched_folder(PACKAGE) / _DIST
    package = given.parent if given.name == _DIST else given
    try:
        return checked_folder(PACKAGE, [given / PACKAGE.name, package]) / _DIST
    except DownloadError as error:
        raise DownloadError(f"{given} cannot be used, {error}") from None


def has_engine() -> bool:
    """Whether the engine is in the cache."""
    return PACKAGE.is_in(cached_folder(PACKAGE))
