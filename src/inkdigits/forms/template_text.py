"""The text of a template, changed where it was edited.

The rest of the file stays byte for byte as it is.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()
_INDENT = "        "


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value stands in the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EditedField:
    """A field of a page after editing; `was` is its place in the file, None for a new one."""

    was: int | None
    content: Mapping[str, Any]


def edited(
    text: str, pages: Sequence[Sequence[EditedField]], rules: Sequence[str]
) -> str:
    """The text with these fields on its pages, and these rules."""
    content = json.loads(text)
    members = _members(text, _start_of(text, 0))
    page_spans = _items(text, members["pages"].start)
    changes: list[tuple[Span, str]] = []
    for page, fields in zip(page_spans, pages, strict=True):
        field_list = _members(text, page.start)["fields"]
        changes += _changed_fields(text, field_list, fields)
    if list(rules) != content.get("rules", []):
        changes.append(_changed_rules(text, members, rules))
    # From the end, so that earlier places stay where they are.
    from_end = sorted(changes, key=lambda change: -change[0].start)
    for span, new in from_end:
        before = text[: span.start]
        after = text[span.end :]
        text = before + new + after
    return text


def _changed_fields(
    text: str,
    array: Span,
    fields: Sequence[EditedField],
) -> list[tuple[Span, str]]:
    spans = _items(text, array.start)
    old = [text[span.start : span.end] for span in spans]
    if [field.was for field in fields] == list(range(len(spans))):
        texts = [_text(field, old) for field in fields]
        return [
            (span, new)
            for span, was, new in zip(spans, old, texts, strict=True)
            if was != new
        ]
    return [
        (array, _array(text, array, spans, [_text(field, old) for field in fields]))
    ]


def _text(field: EditedField, old: Sequence[str]) -> str:
    """As it stands in the file, where it says the same."""
    if (
        field.was is not None
        and 0 <= field.was < len(old)
        and json.loads(
            old[field.was],
        )
        == field.content
    ):
        return old[field.was]
    return json.dumps(field.content, ensure_ascii=False)


def _array(text: str, array: Span, spans: Sequence[Span], texts: Sequence[str]) -> str:
    """The fields between the brackets, parted as they were before."""
    if not texts:
        return "[]"
    head = f"\n{_INDENT}"
    between = f",\n{_INDENT}"
    tail = f"\n{_INDENT[:-2]}"
    if spans:
        first = spans[0]
        last = spans[-1]
        head = text[array.start + 1 : first.start]
        tail = text[last.end : array.end - 1]
        # A single field shows no separator: its line break and indent are taken.
        between = f",{head}"
        if len(spans) > 1:
            between = text[first.end : spans[1].start]
    fields = between.join(texts)
    return f"[{head}{fields}{tail}]"


def _changed_rules(
    text: str,
    members: Mapping[str, Span],
    rules: Sequence[str],
) -> tuple[Span, str]:
    written = json.dumps(list(rules), ensure_ascii=False)
    if "rules" in members:
        return members["rules"], written
    last = max(members.values(), key=lambda span: span.end)
    return Span(last.end, last.end), f',\n  "rules": {written}'


def _members(text: str, start: int) -> dict[str, Span]:
    """The values of an object by their names; `start` is that of its brace."""
    members: dict[str, Span] = {}
    at = _start_of(text, start + 1)
    while text[at] != "}":
        name, end = _DECODER.raw_decode(text, at)
        value = _start_of(text, _start_of(text, end) + 1)
        end = _DECODER.raw_decode(text, value)[1]
        members[name] = Span(value, end)
        at = _next(text, end)
    return members


def _items(text: str, start: int) -> list[Span]:
    """The values of an array; `start` is that of its bracket."""
    items: list[Span] = []
    at = _start_of(text, start + 1)
    while text[at] != "]":
        end = _DECODER.raw_decode(text, at)[1]
        items.append(Span(at, end))
        at = _next(text, end)
    return items


def _next(text: str, end: int) -> int:
    """Where the next value begins, or the bracket that closes."""
    at = _start_of(text, end)
    is_comma = text[at] == ","
    if not is_comma:
        return at
    return _start_of(text, at + 1)


def _start_of(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at
