"""Files elsewhere, through fsspec: s3://, gs://, http:// and whatever else it knows."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from inkdigits.errors import DataError, MissingExtraError, NotAPictureError, SettingError

_EXTRAS = {"s3": "s3", "s3a": "s3"}
_TRIES, _PAUSE_S = 4, 0.5
_GONE = (FileNotFoundError, PermissionError, IsADirectoryError)
_Result = TypeVar("_Result")


def is_remote(path: str) -> bool:
    """Whether this is a URL and not a file here."""
    scheme, sign, _ = path.partition("://")
    return bool(sign) and scheme.isidentifier()


def filesystem(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it. Credentials and addresses come from its own environment variables."""
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError(f"{url} (a file elsewhere)", "batch") from None
    scheme = url.partition("://")[0]
    try:
        found: tuple[Any, str] = fsspec.core.url_to_fs(url)
    except ImportError as error:
        if scheme in _EXTRAS:
            raise MissingExtraError(f"{scheme}://", _EXTRAS[scheme]) from None
        raise SettingError(f"{scheme}:// needs a part of fsspec that is not installed ({error})") from None
    except ValueError as error:
        raise SettingError(f"{url} cannot be opened ({error}): give s3://, gs:// or a path on this machine") from None
    return found


def fetch(url: str, start: int | None = None, end: int | None = None) -> bytes:
    """A file's content, or a part of it. What is not there is one picture's fault, a server that is not there is not."""
    system, path = filesystem(url)
    try:
        content: bytes = patiently(url, lambda: system.cat_file(path, start=start, end=end))
    except _GONE as error:
        raise NotAPictureError(f"{url} cannot be had ({type(error).__name__}): check the name and the rights") from None
    return content


def patiently(url: str, call: Callable[[], _Result]) -> _Result:
    """Tried again a few times, for what passes; what is missing or forbidden will not change."""
    for left in reversed(range(_TRIES)):
        try:
            return call()
        except _GONE:
            raise
        except Exception as error:  # noqa: BLE001 - each store has errors of its own
            if not left:
                reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
                raise DataError(f"{url} cannot be reached ({reason}): start again to go on") from None
            time.sleep(_PAUSE_S * (_TRIES - left))
    raise DataError(f"{url} cannot be reached: start again to go on")
