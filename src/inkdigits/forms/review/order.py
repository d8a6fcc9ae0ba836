"""In which order fields are shown: those first whose answer finishes most.

A form with one open field is finished by one answer. Fields that rules link are one piece of work,
for an answer may settle the others with them; of those the least sure one is asked about first.
"""

import hashlib
from collections.abc import Mapping, Sequence

from inkdigits.forms.records import Record
from inkdigits.forms.review.pile import Key
from inkdigits.forms.template import FormTemplate


def groups_of(form: FormTemplate) -> dict[str, int]:
    """A number for each field, the same for fields that rules link; the first field's place."""
    places = {name: place for place, name in enumerate(form.fields)}
    for rule in form.rules:
        lowest = min(places[name] for name in rule.names)
        joined = {places[name] for name in rule.names}
        places = {
            name: lowest if place in joined else place for name, place in places.items()
        }
    return places


def cost_of(names: Sequence[str], groups: Mapping[str, int]) -> int:
    """How many answers a form needs at most."""
    return len({groups[name] for name in names})


def ordered(
    names: Sequence[str], record: Record, groups: Mapping[str, int]
) -> list[str]:
    """The open fields of a form, the one to ask about first in front."""
    return sorted(
        names,
        key=lambda name: (
            groups[name],
            record[name].confidence,
            list(groups).index(name),
        ),
    )


def sampled(keys: Sequence[Key], pile: str) -> list[Key]:
    """All keys in an order drawn by chance, the same whenever and by whomever it is asked for.

    The first so many are a random sample.
    """
    return sorted(
        keys, key=lambda key: hashlib.sha256(f"{pile} {key}".encode()).digest()
    )
