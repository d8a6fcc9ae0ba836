"""Every error inkdigits raises for something a user can mend.

    InkdigitsError
    ├── PictureError            the picture cannot be had from what was given
    │   ├── NotAPictureError        no file, a folder, empty, broken, or of no kind we know
    │   └── PictureTooLargeError    more bytes or pixels than the limits allow
    ├── DataError               a data set cannot be had, or is not what it should be
    │   └── DownloadError           no mirror gave the right content
    ├── ModelError              a model file cannot be used
    │   └── UnsafeModelError        it would run code of its own
    ├── TrainingError           a training run cannot begin, go on or be kept
    ├── StoreError              the database cannot be reached, or cannot keep what it is given
    ├── BusyError               others use all there is of something; later it may be free
    ├── SettingError            an option has a value that cannot be used
    └── MissingExtraError       an optional part is not installed

Each message is one line: what happened, what was expected, and the way out.
"""


class InkdigitsError(Exception):
    """The root of the family: `except inkdigits.errors.InkdigitsError` catches all of it."""


class PictureError(InkdigitsError):
    """The picture cannot be had from what was given."""


class NotAPictureError(PictureError):
    """No file, a folder, an empty or broken file, or a kind of file we do not know."""


class PictureTooLargeError(PictureError):
    """More bytes or pixels than the limits allow."""


class DataError(InkdigitsError):
    """A data set cannot be had, or is not what it should be."""


class DownloadError(DataError):
    """No mirror gave the right content."""


class ModelError(InkdigitsError):
    """A model file cannot be used."""


class UnsafeModelError(ModelError):
    """Loading the model file would run code that somebody else wrote."""


class TrainingError(InkdigitsError):
    """A training run cannot begin, go on or be kept."""


class StoreError(InkdigitsError):
    """The database cannot be reached, or cannot keep what it is given."""


class BusyError(InkdigitsError):
    """Others use all there is of something, such as memory for large pictures: try again later."""


class SettingError(InkdigitsError):
    """An option has a value that cannot be used."""


class MissingExtraError(InkdigitsError):
    """An optional part is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs a part that is not installed: {install_command(extra)}"
        )


def install_command(extra: str) -> str:
    """The command that adds an optional part to the inkdigits that is running,
    from where that one came.

    In a checkout that is the checkout; else what pip notes of an installation; else the name of the
    distribution.
    """
    import shlex  # here and below: errors are loaded by every start, this command seldom
    import sys
    from importlib.util import find_spec

    pip = "pip" if find_spec("pip") else f"pip --python {shlex.quote(sys.executable)}"
    return f"{pip} install '{_origin(extra)}'"


def _origin(extra: str) -> str:
    """What pip must be asked for to add an extra to this very installation."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution
    from pathlib import Path
    from urllib.parse import unquote, urlsplit

    checkout = Path(__file__).parent.parent.parent
    if (checkout / "pyproject.toml").is_file():
        return _folder(str(checkout), extra)
    # pip notes where a package came from that is not from an index.
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
    """A folder as pip takes it, a dot for the present one."""
    from pathlib import Path

    is_here = Path(folder).resolve() == Path.cwd().resolve()
    name = "." if is_here else folder
    return f"{name}[{extra}]"
