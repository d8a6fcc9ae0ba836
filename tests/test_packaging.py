"""What an index shows of a built wheel: links to the repository it was built from, and a README whose links work."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

pytest.importorskip("hatchling")
ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\]\(([^)\s]+)\)")
HOME = "https://github.com/someone/a-fork"
ON_GITHUB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "someone/a-fork",
    "GITHUB_REF_TYPE": "tag",
    "GITHUB_REF_NAME": "v9.9.9",
}


def built(folder: Path, environment: dict[str, str]) -> Message:
    """The metadata of a wheel built in that environment."""
    known = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "INKDIGITS_REPOSITORY"))
    }
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        str(folder),
    ]
    subprocess.run(
        command, cwd=ROOT, env=known | environment, check=True, capture_output=True
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("/METADATA"))
        return message_from_bytes(archive.read(name))


def readme_of(metadata: Message) -> str:
    payload = metadata.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Message:
    return built(tmp_path_factory.mktemp("released"), ON_GITHUB)


def test_a_release_links_to_the_repository_it_was_built_from(released: Message) -> None:
    urls = dict(url.split(", ", 1) for url in released.get_all("Project-URL", []))
    assert urls == {
        "Source": HOME,
        "Documentation": f"{HOME}/blob/v9.9.9/docs/index.md",
        "Changelog": f"{HOME}/blob/v9.9.9/CHANGELOG.md",
        "Issues": f"{HOME}/issues",
    }


def test_each_link_of_its_readme_is_absolute_and_leads_to_a_file(
    released: Message,
) -> None:
    assert released["Description-Content-Type"] == "text/markdown"
    links = LINK.findall(readme_of(released))
    assert len(links) > 20
    assert [link for link in links if not link.startswith("https://")] == []
    within = [link for link in links if link.startswith(f"{HOME}/")]
    assert len(within) > 20
    for link in within:
        kind, ref, path = link.removeprefix(f"{HOME}/").split("/", 2)
        assert ref == "v9.9.9"
        assert kind == ("raw" if path.endswith(".png") else "blob")
        assert (ROOT / path).exists(), path


def test_its_notebook_opens_in_colab(released: Message) -> None:
    opened = re.findall(r"\]\((https://colab[^)]+ipynb)\)", readme_of(released))
    notebook = "notebooks/digit_recognition.ipynb"
    colab = "https://colab.research.google.com/github/someone/a-fork"
    assert opened == [f"{colab}/blob/v9.9.9/{notebook}"]


def test_a_build_at_home_keeps_the_readme_and_names_no_address(tmp_path: Path) -> None:
    metadata = built(tmp_path, {})
    assert metadata.get_all("Project-URL") is None
    assert readme_of(metadata).strip() == (ROOT / "README.md").read_text().strip()


def test_the_address_can_be_given(tmp_path: Path) -> None:
    home = "https://code.example.org/team/inkdigits"
    metadata = built(tmp_path, {"INKDIGITS_REPOSITORY": f"{home}/"})
    assert f"Source, {home}" in metadata.get_all("Project-URL", [])
    # Colab opens notebooks of GitHub only.
    assert "colab.research" not in readme_of(metadata)


def test_a_source_archive_holds_what_a_build_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"hatch_build.py", "README.md", "src"} <= set(included)
