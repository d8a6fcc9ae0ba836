"""The requested pages of a document: "1,3-5,9-"."""

import re
from dataclasses import dataclass

from inkdigits.errors import PictureTooLargeError, SettingError
from inkdigits.reading.input.limits import Limits

# No document has more pages; "3-" means up to here.
_LAST = 10**9
_LONGEST_TEXT = 10_000  # characters: more than any list of pages that a person writes
_PART = re.compile(r"([0-9]{1,9})(-([0-9]{1,9})?)?")


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """Ranges of page numbers, rising and apart; both ends belong to a range."""

    ranges: tuple[tuple[int, int], ...] = ((1, _LAST),)

    @classmethod
    def parse(cls, text: str | None) -> "PageNumbers":
        """The ranges of a text such as "1,3-5,9-"; None stands for all pages."""
        if text is None:
            return cls()
        if len(text) > _LONGEST_TEXT:
            length = f"{len(text):,} characters, the limit is {_LONGEST_TEXT:,}"
            raise SettingError(
                f"pages has {length}: write consecutive pages as a range, such as 3-9"
            )
        return cls(
            tuple(_merged(sorted(_range(item, text) for item in text.split(","))))
        )

    def of(self, count: int, name: str, limits: Limits) -> list[int]:
        """The requested page numbers that the document has; too many are refused."""
        there = [(low, min(high, count)) for low, high in self.ranges if low <= count]
        wanted = sum(high - low + 1 for low, high in there)
        if wanted == 0:
            missing = f"{name} has {count:,} pages, and none of those asked for"
            raise SettingError(f"{missing}: name pages from 1 to {count:,}")
        if wanted > limits.max_pages:
            raise PictureTooLargeError(
                f"{name} has {wanted:,} pages, the limit is {limits.max_pages:,}: "
                f"choose some (1-{limits.max_pages}) or raise Limits(max_pages=…)"
            )
        return [number for low, high in there for number in range(low, high + 1)]


def _range(part: str, text: str) -> tuple[int, int]:
    """A part such as 3, 3-5 or 3- as its first and last page."""
    match = _PART.fullmatch(part.strip())
    low, dash, high = match.groups() if match else ("0", None, None)
    first = int(low)
    last = int(high) if high else _LAST if dash else first
    if not 1 <= first <= last:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        expected = "give numbers and ranges from 1 on, such as 1,3-5 or 2-"
        raise SettingError(f"pages is {shown!r}: {expected}")
    return first, last


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Rising ranges, those that meet or overlap made one."""
    merged = ranges[:1]
    for low, high in ranges[1:]:
        first, last = merged[-1]
        if low <= last + 1:
            merged[-1] = (first, max(last, high))
        else:
            merged.append((low, high))
    return merged
