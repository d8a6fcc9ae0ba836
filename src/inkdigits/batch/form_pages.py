"""Pages of forms as a batch reads them, and as they come back from its shards.

What is needed to look at them again, the templates above all, is kept with them.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inkdigits.batch.contents import Named, contents
from inkdigits.batch.items import Item
from inkdigits.batch.plan import Plan, done_file
from inkdigits.batch.store import Store, open_store
from inkdigits.batch.tables import Row
from inkdigits.errors import InkdigitsError, NotAPictureError, SettingError
from inkdigits.forms.pages import FormPageReader, SeenPage
from inkdigits.forms.records import Source, gathered
from inkdigits.forms.review.pile import Pile
from inkdigits.forms.template import FormTemplate
from inkdigits.reading.input.documents import each_page, open_pages
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pages import Page
from inkdigits.reading.input.url import is_remote
from inkdigits.reading.reader import Reader

# The templates of a batch, in its output.
_KEPT = "forms.json"
_PAGES = ".pages"


class FormRows:
    """A row for each page: which form's it is, and what was seen in its fields."""

    def __init__(self, templates: Sequence[str], reader: Reader, dpi: int) -> None:
        """Load the templates once, for all units."""
        self._reader = reader
        self._dpi = dpi
        forms = [FormTemplate.load(path) for path in templates]
        self._pages = FormPageReader(forms, reader)

    def of(self, item: Item, content: Named) -> Iterator[Row]:
        """A page that cannot be opened becomes a row with the reason.

        It is still a page of the pile.
        """
        for numbered in each_page(content, self._reader.limits, dpi=self._dpi):
            page = numbered.page
            seen = (
                SeenPage(reason=str(page))
                if isinstance(page, InkdigitsError)
                else self._pages.read(page)
            )
            yield {
                "source": item.source,
                "page": numbered.number,
                "seen": seen.to_dict(),
            }


def digest_of(templates: Sequence[str]) -> str:
    """Changes with the templates and with the pictures of their blanks."""
    digest = hashlib.sha256()
    for path in templates:
        form = FormTemplate.load(path)
        digest.update(form.source.encode())
        for page in form.pages:
            blank = page.blank
            # A sheet that inkdigits drew has no picture of its blank.
            if blank is None or not blank.is_file():
                continue
            digest.update(blank.read_bytes())
    return digest.hexdigest()


def keep_templates(
    output: str, templates: Sequence[str], dpi: int, min_confidence: float | None
) -> None:
    """Store the templates with a finished batch, in case their files change later."""
    forms = []
    for path in templates:
        # The text too: the template may be changed after the batch.
        text = FormTemplate.load(path).source
        forms.append({"path": str(Path(path).resolve()), "text": text})
    content = {"forms": forms, "dpi": dpi, "min_confidence": min_confidence}
    written = json.dumps(content, ensure_ascii=False, indent=1)
    open_store(output).write(_KEPT, written.encode())


def load_pile(results: str) -> Pile:
    """Load the pile of `form read`, by its folder or by a results file."""
    kept = kept_with(results)
    output = pages_folder(results)
    store = open_store(output)
    templates = []
    for form in kept["forms"]:
        # As the template was when it was read, wherever it lies now.
        path = Path(form["path"])
        template = FormTemplate.from_json(form["text"], form["path"], path.parent)
        templates.append(template)
    forms = tuple(templates)
    entries = tuple(gathered(forms, pages_in(output)))
    opener = _PageOpener(store, int(kept["dpi"]))
    return Pile(_pile_id(store), forms, entries, kept["min_confidence"], opener)


def kept_with(results: str) -> dict[str, Any]:
    """What `keep_templates` kept; SettingError where there is nothing to review."""
    try:
        kept: dict[str, Any] = json.loads(open_store(pages_folder(results)).read(_KEPT))
    except (OSError, ValueError):
        way = "name the file that form read wrote, next to its .pages folder"
        raise SettingError(f"{results} cannot be reviewed: {way}") from None
    return kept


def pages_folder(results: str) -> str:
    """The folder with the rows of a pile's pages, for the results it is named by."""
    names_folder = results.rstrip("/").endswith(_PAGES)
    if names_folder or is_remote(results):
        return results
    path = Path(results)
    if path.is_dir():
        return results
    # A spreadsheet has its pages in a folder next to it.
    return str(path.with_suffix(_PAGES))


def _pile_id(store: Store) -> str:
    """The digest of all that was read."""
    plan = Plan.load(store)
    digest = hashlib.sha256()
    for unit in range(plan.units):
        lines = f"lines-{unit:06}.jsonl"
        errors = f"errors-{unit:06}.jsonl"
        for name in (lines, errors):
            # Most units have no file of errors.
            if store.exists(name):
                content = store.read(name)
                digest.update(content)
    return digest.hexdigest()


class _PageOpener:
    """Gives the picture of a page again, as it was when it was read."""

    def __init__(self, store: Store, dpi: int) -> None:
        """Look up in the batch's plan where each picture lies."""
        self._dpi = dpi
        self._limits = Limits()
        self._items: dict[str, Item] = {}
        plan = Plan.load(store)
        folder = Path(plan.settings.get("folder", ""))
        for unit in range(plan.units):
            for item in plan.items(unit):
                self._items[item.source] = _placed(item, folder)

    def __call__(self, source: Source) -> Page:
        """The page that a source names, opened again."""
        item = self._items[source.file]
        ((_, content),) = contents([item], self._limits)
        if isinstance(content, InkdigitsError):
            raise content
        number = str(source.page)
        pages = list(open_pages(content, self._limits, number, self._dpi))
        # The scan may have been replaced by a shorter one since.
        if not pages:
            raise NotAPictureError(f"{source} no longer exists: put the scan back")
        _, page = pages[0]
        return page


def _placed(item: Item, folder: Path) -> Item:
    """The item where it lies, from whatever folder it is looked for now."""
    if is_remote(item.path) or Path(item.path).is_absolute():
        return item
    return replace(item, path=str(folder / item.path))


def pages_in(output: str) -> Iterator[tuple[Source, SeenPage]]:
    """Every page that a finished batch has read, in the order of its inputs."""
    store = open_store(output)
    plan = Plan.load(store)
    for unit in range(plan.units):
        # Pages that failed lie in a file of their own; the list of pictures puts them back in
        # order.
        rows: dict[str, list[tuple[Source, SeenPage]]] = defaultdict(list)
        for row in _rows(store, f"lines-{unit:06}.jsonl"):
            rows[row["source"]].append(
                (Source(row["source"], row["page"]), SeenPage.from_dict(row["seen"]))
            )
        for row in _rows(store, f"errors-{unit:06}.jsonl"):
            seen = SeenPage(reason=row["reason"])
            rows[row["source"]].append((Source(row["source"], row["page"] or 1), seen))
        for row in _rows(store, done_file(unit)):
            yield from rows[row["source"]]


def _rows(store: Store, name: str) -> Iterator[Row]:
    """The rows of one file, or none where it was never written."""
    if not store.exists(name):
        return
    for line in store.read(name).splitlines():
        yield json.loads(line)
