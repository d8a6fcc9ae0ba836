"""What a person is shown of a field, as JSON."""

from collections.abc import Sequence
from typing import Any

from inkdigits.forms.evidence import value_in
from inkdigits.forms.records import UNSURE
from inkdigits.forms.review.pile import Key
from inkdigits.forms.review.review import Review
from inkdigits.forms.template import Field
from inkdigits.store.kept import TEXT
from inkdigits.store.settling import DECISION

# Alternatives are chosen by the keys 1 to 9.
_MOST_ALTERNATIVES = 9
_ORDERS = {
    "dmy": "day, month, year",
    "mdy": "month, day, year",
    "ymd": "year, month, day",
}


def item(review: Review, key: Key, mode: str) -> dict[str, Any]:
    """The field's reading, what else it may say, and what it hangs together with."""
    sheets = review.pile.sheets(key)
    field = sheets.form.fields[key.field]
    record = review.record(key)
    reading = record[key.field]
    answers = _answers(review, key) if mode == DECISION else []
    first = [*(each["text"] for each in answers if each["text"]), _best(review, key)]
    alternatives = _alternatives(review, key, field, first)
    # Where people or boxes leave it open, nothing is suggested that a hasty key would accept.
    is_open = bool(answers) or bool(sheets.seen[key.field].reason)
    legible = "" if is_open or not _is_usable(field, first[-1]) else first[-1]
    source = sheets.pages[field.page][0]
    return {
        "key": str(key),
        "mode": mode,
        "form": sheets.form.title or sheets.form.name,
        "id": record.id,
        "source": str(source),
        "field": field.name,
        "label": field.label or field.name,
        "kind": field.kind,
        "several": field.several,
        "unit": field.unit,
        "hint": _hint(field),
        "text": legible,
        "alternatives": alternatives,
        "confidence": round(reading.confidence, 4),
        "reason": "" if mode == "spot" else reading.reason,
        "linked": _linked(review, key),
        "answers": answers,
    }


def _best(review: Review, key: Key) -> str:
    """The likeliest text.

    Where a rule does not hold, that is the field's own: by the others it would be changed until
    they add up.
    """
    reading = review.record(key)[key.field]
    sheets = review.pile.sheets(key)
    texts = sheets.seen[key.field].texts
    breaks_rule = reading.reason not in ("", UNSURE)
    if breaks_rule and texts:
        return texts[0].text
    return reading.text


def _answers(review: Review, key: Key) -> list[dict[str, Any]]:
    """What the people said who do not agree."""
    said = review.said(key)
    texts = {
        each.reviewer: each.text if each.verdict == TEXT else None for each in said
    }
    return [{"reviewer": reviewer, "text": text} for reviewer, text in texts.items()]


def _alternatives(
    review: Review, key: Key, field: Field, first: Sequence[str]
) -> list[str]:
    """The texts on the keys 1 to 9, the likeliest first; of a choice all that may be ticked."""
    if field.kind == "choice":
        return [choice.value for choice in field.choices][:_MOST_ALTERNATIVES]
    seen = review.pile.sheets(key).seen[key.field]
    likely = [
        *first,
        review.record(key)[key.field].text,
        *(text.text for text in seen.texts),
        seen.seen,
    ]
    usable = [
        text for text in dict.fromkeys(likely) if text and _is_usable(field, text)
    ]
    return usable[:_MOST_ALTERNATIVES]


def _is_usable(field: Field, text: str) -> bool:
    """Not a text with boxes in it that could not be read."""
    if field.kind == "choice":
        return set(text.split("|")) <= {choice.value for choice in field.choices}
    if field.kind == "digits":
        return text.isascii() and text.isdecimal()
    return value_in(field, text) is not None


def _hint(field: Field) -> str:
    """What may stand in the field, in a few words."""
    parts: list[str] = []
    if field.kind == "digits":
        few = "" if field.least_digits == field.digits else f"{field.least_digits} to "
        parts.append(f"{few}{field.digits} digits")
    elif field.kind == "date":
        parts.append(_ORDERS[field.order])
    elif field.kind != "choice":
        parts.append(field.kind)
    least, most = field.range
    if field.kind == "number" and (least is not None or most is not None):
        parts.append(
            f"{'' if least is None else least} to {'' if most is None else most}".strip()
        )
    if field.check_name:
        parts.append(f"check digit {field.check_name}")
    return ", ".join(parts)


def _linked(review: Review, key: Key) -> dict[str, Any] | None:
    """The fields that rules link to this one, with their readings."""
    names = review.group(key)
    if len(names) < 2:
        return None
    form = review.pile.sheets(key).form
    record = review.record(key)
    fields = []
    for name in names:
        if name not in record.fields:
            continue
        reading = record[name]
        fields.append(
            {
                "name": name,
                "label": form.fields[name].label or name,
                "text": reading.text,
                "accepted": reading.accepted,
                "here": name == key.field,
            }
        )
    rules = [rule.text for rule in form.rules if set(rule.names) & set(names)]
    return {"fields": fields, "rules": rules}
