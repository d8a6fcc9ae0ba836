"""Packages from npm: fetched by a program that stands in for npm, and checked before they are used."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from inkdigits.errors import DownloadError
from inkdigits.web.npm import NpmPackage, cached_folder, checked_folder, fetched_folder

CODE = b"export const answer = 42;\n"


def tarball(code: bytes = CODE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in {"dist/code.js": code, "dist/unused.js": b""}.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def package_of(content: bytes, code: bytes = CODE) -> NpmPackage:
    files = {"dist/code.js": hashlib.sha256(code).hexdigest()}
    return NpmPackage("sample", "1.2.3", hashlib.sha256(content).hexdigest(), files)


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What a stand-in for npm gives for every package; the cache is empty."""
    packed = tarball()
    (tmp_path / "packed").write_bytes(packed)
    npm = tmp_path / "npm"
    # The last argument is where npm shall put the tarball.
    npm.write_text(
        f'#!/bin/sh\nfor place; do :; done\n/bin/cp "{tmp_path}/packed" "$place/p.tgz"\n'
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return packed


def test_a_package_is_fetched_once_and_only_what_is_used_is_kept(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = package_of(content)
    folder = fetched_folder(package)
    assert [path.name for path in folder.rglob("*.js")] == ["code.js"]
    assert (folder / "dist" / "code.js").read_bytes() == CODE
    monkeypatch.setenv("PATH", "")
    assert fetched_folder(package) == folder == cached_folder(package)


def test_a_spoiled_file_is_fetched_again(content: bytes) -> None:
    package = package_of(content)
    file = fetched_folder(package) / "dist" / "code.js"
    file.write_bytes(b"something else")
    assert not package.is_in(cached_folder(package))
    assert (fetched_folder(package) / "dist" / "code.js").read_bytes() == CODE


def test_a_package_that_is_other_than_pinned_is_not_used(content: bytes) -> None:
    other = package_of(tarball(b"another version"))
    with pytest.raises(DownloadError, match="has an unexpected sha256"):
        fetched_folder(other)
    assert not cached_folder(other).exists()
    with pytest.raises(DownloadError, match="does not hold the files"):
        fetched_folder(package_of(content, code=b"another file"))


def test_a_given_folder_is_checked(content: bytes, tmp_path: Path) -> None:
    package = package_of(content)
    folder = fetched_folder(package)
    assert checked_folder(package, [tmp_path, folder]) == folder
    with pytest.raises(
        DownloadError, match=r"does not hold sample 1\.2\.3 \(dist/code\.js is"
    ):
        checked_folder(package, [tmp_path])
