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


class SettingError(InkdigitsError):
    """An option has a value that cannot be used."""


class MissingExtraError(InkdigitsError):
    """An optional part is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs a part that is not installed: pip install 'inkdigits[{extra}]'")
