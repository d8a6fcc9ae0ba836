"""The schema of templates is itself valid, and refuses unknown properties."""

from typing import Any

import jsonschema

from inkdigits.forms.schema import SCHEMA


def test_the_schema_itself_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_object_in_it_refuses_what_it_does_not_know() -> None:
    """Else a typo in a template would be ignored."""
    field: dict[str, Any] = {
        "name": "x",
        "type": "digits",
        "digits": 4,
        "box": [1, 1, 40, 9],
    }
    page: dict[str, Any] = {"fields": [field]}
    form: dict[str, Any] = {"inkdigits_form": 1, "name": "a", "pages": [page]}
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert validator.is_valid(form)
    for made in (form, page, field):
        made["unknown"] = 1
        assert not validator.is_valid(form)
        del made["unknown"]
    assert validator.is_valid(form)
