"""The documentation site: `make docs` builds it from these pages and from docstrings, with warnings as errors."""

import re
import sys
from pathlib import Path
from typing import Any

from pygments.lexers import TextLexer

from inkdigits import __version__

sys.path.insert(0, str(Path(__file__).parent.parent))
from hatch_build import repository, with_badges

project = "inkdigits"
author = "the inkdigits authors"
project_copyright = "the inkdigits authors, MIT"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"inkdigits {__version__}"
html_static_path: list[str] = []
# Known on GitHub's runners: each page then links to its source, and each notebook to Colab.
_HOME = repository()
if _HOME:
    html_theme_options = {
        "source_repository": _HOME.address,
        "source_branch": _HOME.ref,
        "source_directory": "docs/",
    }

# Headings down to this level can be linked to, by the names that GitHub gives them.
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

# Docstrings here are prose with `code` in single backticks.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "separated"
# Shown by their names, and not by what they stand for.
autodoc_type_aliases = {"Source": "Source", "File": "File", "Tensor": "Tensor"}
nitpicky = False

# Links to Markdown files of the repository that are no pages of the site: there they are files to download.
_LINK_OUTSIDE = re.compile(r"\]\((\.\./[^)#\s]+\.md)\)")


def _download_what_is_outside(_app: Any, name: str, source: list[str]) -> None:
    if "/" not in name:
        source[0] = _LINK_OUTSIDE.sub(r"](path:\1)", source[0])


def _badge_notebooks(_app: Any, name: str, source: list[str]) -> None:
    if _HOME:
        folder = (Path("docs") / name).parent
        source[0] = with_badges(source[0], _HOME, str(folder))


def setup(app: Any) -> None:
    app.connect("source-read", _badge_notebooks)
    app.connect("source-read", _download_what_is_outside)
    app.add_lexer("csv", TextLexer)
