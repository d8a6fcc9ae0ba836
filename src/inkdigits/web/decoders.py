"""Decoders for documents that browsers cannot open, downloaded with npm.

pdf.js draws PDF pages and JPEG 2000 pictures, UTIF (with pako) TIFF pages, and libheif HEIC
pictures. The page loads one of them when such a file is opened, and not before.
"""

from pathlib import Path

from inkdigits.web.npm import (
    NpmPackage,
    cached_folder,
    checked_folder,
    fetched_folder,
    pinned,
)

PACKAGES = tuple(pinned(name) for name in ("pdfjs-dist", "utif2", "pako", "libheif-js"))


def decoder_files(given: Path | None = None) -> dict[str, bytes]:
    """Every file by its path in the page's folder, one subfolder per package.

    With a folder given, packages in it (a `node_modules`) are used instead of the cached ones.
    """
    files = {}
    for package in PACKAGES:
        folder = _folder(package, given)
        for path in package.files:
            files[f"decoders/{package.name}/{path}"] = (folder / path).read_bytes()
    return files


def has_decoders() -> bool:
    """Whether all of them are in the cache."""
    for package in PACKAGES:
        folder = cached_folder(package)
        if not package.is_in(folder):
            return False
    return True


def _folder(package: NpmPackage, given: Path | None) -> Path:
    if given is not None and (given / package.name).is_dir():
        return checked_folder(package, [given / package.name])
    return fetched_folder(package)
