"""What a package index shows of the project: its links, and a README whose links work there.

The project's address is not written in any file. A build takes it from GitHub's own variables, so
each fork links to itself, or from INKDIGITS_REPOSITORY (`https://github.com/OWNER/NAME`). Without
either, the README stays as it is.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# `](target)` of a link or picture that leads to a file of the repository.
_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)\s]+)\)")
_NOTEBOOK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+\.ipynb)\)")
_PICTURES = (".png", ".svg", ".jpg")
_BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


@dataclass(frozen=True, slots=True)
class Repository:
    """Where the project lives, and the branch or tag that is built."""

    address: str
    ref: str = "main"

    def page(self, path: str) -> str:
        """A file as GitHub shows it; a picture as it is."""
        kind = "raw" if path.endswith(_PICTURES) else "blob"
        return f"{self.address}/{kind}/{self.ref}/{path}"

    def in_colab(self, notebook: str) -> str:
        """A badge that opens the notebook in Colab, which knows GitHub's repositories only."""
        owner_and_name = self.address.removeprefix("https://github.com/")
        if owner_and_name == self.address:
            return ""
        place = f"github/{owner_and_name}/blob/{self.ref}/{notebook}"
        opened = f"https://colab.research.google.com/{place}"
        return f"[![Open in Colab]({_BADGE})]({opened})"

    def urls(self) -> dict[str, str]:
        """The links beside the project's name on an index."""
        return {
            "Source": self.address,
            "Documentation": self.page("docs/index.md"),
            "Changelog": self.page("CHANGELOG.md"),
            "Issues": f"{self.address}/issues",
        }


def repository() -> Repository | None:
    """Where this build is from, if the environment tells."""
    named = os.environ.get("INKDIGITS_REPOSITORY", "").rstrip("/")
    on_github = os.environ.get("GITHUB_REPOSITORY")
    if not named and on_github:
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        named = f"{server}/{on_github}"
    if not named:
        return None
    # Of a pull request there is no branch that stays.
    is_tag = os.environ.get("GITHUB_REF_TYPE") == "tag"
    ref = os.environ.get("GITHUB_REF_NAME", "main") if is_tag else "main"
    return Repository(named, ref)


def with_badges(text: str, home: Repository, folder: str = "") -> str:
    """Markdown with a Colab badge after each link to a notebook."""

    def badge(link: re.Match[str]) -> str:
        notebook = os.path.normpath(str(Path(folder, link[1])))
        return f"{link[0]} {home.in_colab(notebook)}".rstrip()

    return _NOTEBOOK.sub(badge, text)


def with_absolute_links(text: str, home: Repository) -> str:
    """A README that can be read away from its repository."""
    return _LINK.sub(lambda link: f"]({home.page(link[1])})", text)


class Metadata(MetadataHookInterface):
    """Fills in `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by hatchling with the table `[project]`."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        home = repository()
        if home:
            text = with_absolute_links(with_badges(text, home), home)
            metadata["urls"] = home.urls()
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
