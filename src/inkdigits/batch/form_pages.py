"""Pages of forms as a batch reads them, and read back from its shards in the order of the inputs."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from inkdigits.batch.contents import Named
from inkdigits.batch.items import Item
from inkdigits.batch.plan import Plan, done_file
from inkdigits.batch.store import Store, open_store
from inkdigits.batch.tables import Row
from inkdigits.errors import InkdigitsError
from inkdigits.forms.pages import FormPageReader, SeenPage
from inkdigits.forms.records import Source
from inkdigits.forms.template import FormTemplate
from inkdigits.reading.input.documents import each_page
from inkdigits.reading.reader import Reader


class FormRows:
    """A row for each page: which form's it is, and what was seen in its fields."""

    def __init__(self, templates: Sequence[str], reader: Reader, dpi: int) -> None:
        self._reader = reader
        self._dpi = dpi
        self._pages = FormPageReader([FormTemplate.load(path) for path in templates], reader)

    def of(self, item: Item, content: Named) -> Iterator[Row]:
        """A page that cannot be had is a row with its reason, for it is a page of the pile all the same."""
        for numbered in each_page(content, self._reader.limits, dpi=self._dpi):
            page = numbered.page
            seen = SeenPage(reason=str(page)) if isinstance(page, InkdigitsError) else self._pages.read(page)
            yield {"source": item.source, "page": numbered.number, "seen": seen.to_dict()}


def digest_of(templates: Sequence[str]) -> str:
    """Changes with the templates and with the pictures of their blanks."""
    digest = hashlib.sha256()
    for path in templates:
        form = FormTemplate.load(path)
        digest.update(form.source.encode())
        for page in form.pages:
            if page.blank is not None and page.blank.is_file():
                digest.update(page.blank.read_bytes())
    return digest.hexdigest()


def pages_in(output: str) -> Iterator[tuple[Source, SeenPage]]:
    """Every page that a finished batch has read, in the order of its inputs."""
    store = open_store(output)
    plan = Plan.load(store)
    for unit in range(plan.units):
        rows: dict[str, list[tuple[Source, SeenPage]]] = defaultdict(list)
        for row in _rows(store, f"lines-{unit:06}.jsonl"):
            rows[row["source"]].append((Source(row["source"], row["page"]), SeenPage.from_dict(row["seen"])))
        for row in _rows(store, f"errors-{unit:06}.jsonl"):
            seen = SeenPage(reason=row["reason"])
            rows[row["source"]].append((Source(row["source"], row["page"] or 1), seen))
        for row in _rows(store, done_file(unit)):
            yield from rows[row["source"]]


def _rows(store: Store, name: str) -> Iterator[Row]:
    if store.exists(name):
        for line in store.read(name).splitlines():
            yield json.loads(line)
