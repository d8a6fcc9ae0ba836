"""One picture or document of a batch: its location and its name in the output."""

import json
from dataclasses import astuple, dataclass

FILE, MEMBER, ROW, BAD = "file", "member", "row", "bad"


@dataclass(frozen=True, slots=True)
class Item:
    """A file, a member of a tar, a row of a Parquet file, or a bad input.

    The bytes of a tar member begin at `at`. What could not be opened is `BAD`.

    `name` is the member's name, or the reason why it is bad.
    """

    kind: str
    path: str
    name: str = ""
    at: int = 0
    size: int = 0

    @property
    def source(self) -> str:
        """As the output names it: shard.tar/member.png, table.parquet/17."""
        suffixes = {MEMBER: f"/{self.name}", ROW: f"/{self.at}"}
        name = self.path + suffixes.get(self.kind, "")
        # A file's name need not be UTF-8; what is written must be.
        raw = name.encode("utf-8", "surrogateescape")
        return raw.decode("utf-8", "replace")

    def line(self) -> str:
        """As a line of JSON, which `of_line` reads back."""
        return json.dumps(astuple(self)) + "\n"


def item_of(line: str) -> Item:
    """The item that `Item.line` wrote."""
    return Item(*json.loads(line))
