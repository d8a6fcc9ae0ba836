"""Recognise URLs without importing the code that fetches them."""

import re

_WEB = ("http", "https")
# A scheme has two letters at least: C:// is a drive.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def is_remote(path: str) -> bool:
    """Whether this is a URL and not a local file."""
    return _SCHEME.match(path) is not None


def is_web(path: str) -> bool:
    """Whether this is an http or https address."""
    match = _SCHEME.match(path)
    if match is None:
        return False
    return match[1].lower() in _WEB
