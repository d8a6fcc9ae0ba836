"""Every error that inkdigits raises for something a user can fix.

    InkdigitsError
    ├── PictureError            the picture cannot be loaded from what was given
    │   ├── NotAPictureError        not a file, empty, broken, or of an unknown kind
    │   └── PictureTooLargeError    more bytes or pixels than the limits allow
    ├── DataError               a data set cannot be loaded, or is not as expected
    │   └── DownloadError           no mirror has the right content
    ├── ModelError              a model file cannot be used
    │   └── UnsafeModelError        loading it would run code from the file
    ├── TrainingError           a training run cannot start, continue or be saved
    ├── StoreError              the database cannot be reached, or cannot store a value
    ├── BusyError               a resource is fully in use; it may be free later
    ├── SettingError            an option has a value that cannot be used
    └── MissingExtraError       an optional part is not installed

Each message is one line: what happened, what was expected, and what to do.
"""


class InkdigitsError(Exception):
    """The base of all errors of inkdigits.

    `except inkdigits.errors.InkdigitsError` catches them all.
    """


class PictureError(InkdigitsError):
    """The picture cannot be loaded from what was given."""


class NotAPictureError(PictureError):
    """No file, a folder, an empty or broken file, or an unknown kind of file."""


class PictureTooLargeError(PictureError):
    """More bytes or pixels than the limits allow."""


class DataError(InkdigitsError):
    """A data set cannot be loaded, or is not as expected."""


class DownloadError(DataError):
    """No mirror has the right content."""


class ModelError(InkdigitsError):
    """A model file cannot be used."""


class UnsafeModelError(ModelError):
    """Loading the model file would run code from the file."""


class TrainingError(InkdigitsError):
    """A training run cannot start, continue or be saved."""


class StoreError(InkdigitsError):
    """The database cannot be reached, or cannot store a value."""


class BusyError(InkdigitsError):
    """A resource, such as memory for large pictures, is fully in use.

    It may be free later.
    """


class SettingError(InkdigitsError):
    """An option has a value that cannot be used."""


class MissingExtraError(InkdigitsError):
    """An optional part is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs a part that is not installed: {install_command(extra)}"
        )


def install_command(extra: str) -> str:
    """The command that installs an extra into the running inkdigits.

    It names where this installation came from: the checkout, else the origin that pip
    recorded, else the name of the distribution.
    """
    import shlex  # imported here: every start loads this module, few need this
    import sys
    from importlib.util import find_spec

    pip = "pip" if find_spec("pip") else f"pip --python {shlex.quote(sys.executable)}"
    return f"{pip} install '{_origin(extra)}'"


def _origin(extra: str) -> str:
    """The requirement that adds an extra to this very installation."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution
    from pathlib import Path
    from urllib.parse import unquote, urlsplit

    checkout = Path(__file__).parent.parent.parent
    if (checkout / "pyproject.toml").is_file():
        return _folder(str(checkout), extra)
    # If a package is not from an index, pip records where it came from.
    try:
        text = distribution("inkdigits").read_text("direct_url.json")
        noted = json.loads(text or "{}")
    except (PackageNotFoundError, ValueError):
        noted = {}
    url = str(noted.get("url", ""))
    folder = Path(unquote(urlsplit(url).path))
    if "dir_info" in noted and folder.is_dir():
        return _folder(str(folder), extra)
    if vcs := noted.get("vcs_info"):
        return f"inkdigits[{extra}] @ {vcs['vcs']}+{url}"
    return f"inkdigits[{extra}] @ {url}" if url else f"inkdigits[{extra}]"


def _folder(folder: str, extra: str) -> str:
    """A folder as pip takes it, with a dot for the current one."""
    from pathlib import Path

    is_here = Path(folder).resolve() == Path.cwd().resolve()
    name = "." if is_here else folder
    return f"{name}[{extra}]"
