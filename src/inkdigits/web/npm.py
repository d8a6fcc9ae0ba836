"""Files from npm packages that the page needs without a service.

`npm_packages.json` names the packages, their files and the digests of both; it is written by
`requirements/pin_npm.py`. npm downloads a package once; it is verified and stored in a cache.
"""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from inkdigits.errors import DownloadError

PINS = Path(__file__).parent / "npm_packages.json"
# Seconds for npm to fetch 20 MB.
_MOST_SECONDS = 600


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """One version of a package, and the files of it that are used."""

    name: str
    version: str
    # Of the tarball that npm gives, in hexadecimal.
    sha256: str
    # The files by their paths within the package, with the sha256 of each.
    files: Mapping[str, str]

    def __str__(self) -> str:
        """As messages name it."""
        return f"{self.name} {self.version}"

    def is_in(self, folder: Path) -> bool:
        """Whether all of the files are present and unchanged."""
        # One wrong file is enough to know: the others need not be read.
        first_wrong = next(self.wrong_in(folder), None)
        return first_wrong is None

    def wrong_in(self, folder: Path) -> Iterator[str]:
        """The files that are missing from the folder, or other than expected."""
        return (
            path
            for path, digest in self.files.items()
            if not _is(folder / path, digest)
        )


@cache
def pinned(name: str) -> NpmPackage:
    """The version of a package that inkdigits uses."""
    packages = json.loads(PINS.read_text())
    entry = packages[name]
    version = entry["version"]
    # Of the package as npm packs it; each of its files has one too.
    digest = entry["sha256"]
    files = entry["files"]
    return NpmPackage(name, version, digest, files)


def cached_folder(package: NpmPackage) -> Path:
    """Where the package's files are kept, whether they are there yet or not."""
    from platformdirs import user_cache_path

    name = f"{package.name}-{package.version}"
    return user_cache_path("inkdigits", appauthor=False) / "npm" / name


def fetched_folder(package: NpmPackage) -> Path:
    """The cached folder, filled first where files of the package are missing."""
    folder = cached_folder(package)
    if not package.is_in(folder):
        _fetch(package, folder)
    return folder


def checked_folder(package: NpmPackage, places: Iterable[Path]) -> Path:
    """The first of these folders that contains the package, for use without npm."""
    wrong = ""
    for place in places:
        wrong = next(package.wrong_in(place), "")
        if not wrong:
            return place
    reason = f"it does not hold {package} ({wrong} is missing or different)"
    raise DownloadError(f"{reason}: unpack its npm package there")


def _is(file: Path, digest: str) -> bool:
    """Whether a file is there, with just this content."""
    if not file.is_file():
        return False
    sha256 = hashlib.sha256(file.read_bytes())
    return sha256.hexdigest() == digest


def _fetch(package: NpmPackage, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        reason = f"{package} is downloaded with npm, which is not installed"
        way = "install it, or name a folder with the package (--engine DIR)"
        raise DownloadError(f"{reason}: {way}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        tarball = _packed(package, npm, Path(place))
        _unpack(package, tarball, Path(place) / "files")
        # Each file at once: another process may fetch the same package.
        for path in package.files:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(place) / "files" / path).replace(folder / path)
    if not package.is_in(folder):
        raise DownloadError(
            f"{package} does not hold the files that were expected: please report it"
        )


def _packed(package: NpmPackage, npm: str, place: Path) -> Path:
    """Download the package's tarball with npm, without running its scripts."""
    way = "try again, or name a folder with the package (--engine DIR)"
    options = ["--ignore-scripts", "--silent", "--pack-destination", str(place)]
    try:
        done = subprocess.run(
            [npm, "pack", f"{package.name}@{package.version}", *options],
            capture_output=True,
            text=True,
            timeout=_MOST_SECONDS,
            check=False,
            cwd=place,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DownloadError(f"npm could not be run ({error}): {way}") from None
    archives = list(place.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        reason = (
            done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        )[-1][:160]
        raise DownloadError(f"npm could not download {package} ({reason}): {way}")
    digest = hashlib.sha256(archives[0].read_bytes()).hexdigest()
    if digest != package.sha256:
        reason = f"{package} has an unexpected sha256 ({digest[:16]}…)"
        raise DownloadError(f"{reason}: it was not used")
    return archives[0]


def _unpack(package: NpmPackage, tarball: Path, folder: Path) -> None:
    """Write the files that are used, and no other."""
    with tarfile.open(tarball) as archive:
        for path in package.files:
            file = archive.extractfile(f"package/{path}")
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(file.read() if file else b"")
