"""The JSON schema of form templates, version 1.

It is published as `docs/form.schema.json`, and templates are validated against it.
"""

from typing import Any

VERSION = 1
CHECKS = ("luhn", "mod11", "mod97", "iban", "ean13", "isbn")
DATE_ORDERS = ("dmy", "mdy", "ymd")

# Names are columns of the results and words of rules: letters, digits and _ only.
_NAME = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 60}
# A rectangle has four sides.
_BOX = {
    "description": "left, top, right, bottom in millimetres from the top left corner of "
    "the page",
    "type": "array",
    "items": {"type": "number", "minimum": 0},
    "minItems": 4,
    "maxItems": 4,
}
_RANGE = {
    "description": "minimum and maximum; null for no limit",
    "type": "array",
    "items": {"type": ["number", "string", "null"]},
    "minItems": 2,
    "maxItems": 2,
}
# Digits of one field. The longest checked number, an IBAN, has up to 34 characters.
_COUNT = {"type": "integer", "minimum": 1, "maximum": 40}

# What each type of field may have besides its name and type.
_VALUE_RULES: dict[str, Any] = {
    "pattern": {
        "description": "the pattern of its text, as for --expect",
        "type": "string",
        "minLength": 1,
    },
    "range": _RANGE,
    "check": {"enum": list(CHECKS)},
    "country": {
        "description": "the country of an IBAN whose letters are printed on the form",
        "type": "string",
        "pattern": "^[A-Z]{2}$",
    },
}
# What each type of field may have besides the properties that all of them have.
_OF_TYPE: dict[str, dict[str, Any]] = {
    "digits": {
        "digits": _COUNT,
        "least_digits": _COUNT,
        "comb": {
            "description": "whether each digit has its own box",
            "type": "boolean",
        },
        **_VALUE_RULES,
    },
    "number": {
        "digits": {
            "description": "number of boxes of the comb, or the maximum number of digits",
            **_COUNT,
        },
        "comb": {"type": "boolean"},
        "decimals": {
            "description": "number of boxes after the printed decimal sign of a comb",
            "type": "integer",
            "minimum": 0,
        },
        "decimal": {"enum": [".", ","]},
        "unit": {"type": "string"},
        "pattern": _VALUE_RULES["pattern"],
        "range": _RANGE,
    },
    "date": {
        "comb": {"type": "boolean"},
        "order": {"enum": list(DATE_ORDERS)},
        "year_digits": {"enum": [2, 4]},
        "range": _RANGE,
    },
    "time": {"comb": {"type": "boolean"}, "range": _RANGE},
    "choice": {
        "choices": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["value", "box"],
                "properties": {
                    "value": {"type": "string", "minLength": 1},
                    "box": _BOX,
                },
                "additionalProperties": False,
            },
        },
        "several": {
            "description": "whether more than one may be ticked",
            "type": "boolean",
        },
    },
    "table": {
        "rows": {"type": "integer", "minimum": 1, "maximum": 200},
        "columns": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/column"},
        },
    },
    "image": {},
}
TYPES = tuple(_OF_TYPE)
COLUMN_TYPES = ("digits", "number", "date", "time")


def _typed(
    names: tuple[str, ...], common: dict[str, Any], required: list[str]
) -> dict[str, Any]:
    """An object whose `type` decides what else it may hold."""
    choices = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {
                "properties": {**common, **_OF_TYPE[name]},
                "additionalProperties": False,
                **_needed(name),
            },
        }
        for name in names
    ]
    return {
        "type": "object",
        "required": required,
        "properties": {"type": {"enum": list(names)}},
        "allOf": choices,
    }


def _needed(kind: str) -> dict[str, Any]:
    needed = {"digits": ["digits"], "choice": ["choices"], "table": ["rows", "columns"]}
    names = needed.get(kind, [])
    return {"required": names} if names else {}


_COMMON = {
    "name": _NAME,
    "type": True,
    "label": {"description": "the text printed next to it", "type": "string"},
    "required": {"description": "whether it must be filled in", "type": "boolean"},
}
# Lengths are millimetres: pages may be as small as a label and as large as an A0 sheet.
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "inkdigits form template",
    "type": "object",
    "required": ["inkdigits_form", "name", "pages"],
    "properties": {
        "inkdigits_form": {
            "description": "the version of this schema",
            "const": VERSION,
        },
        "name": {"type": "string", "minLength": 1, "maxLength": 60},
        "title": {"type": "string"},
        "accept_from": {
            "description": "lowest confidence at which a field is accepted",
            "type": "number",
            "minimum": 0,
            "maximum": 1,
        },
        "pages": {
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": {"$ref": "#/$defs/page"},
        },
        "rules": {
            "description": "rules between fields, such as total = sum(points_1, points_2)",
            "type": "array",
            "items": {"type": "string", "minLength": 3},
        },
    },
    "additionalProperties": False,
    "$defs": {
        "page": {
            "type": "object",
            "required": ["fields"],
            "properties": {
                "size": {
                    "description": "width and height in millimetres; A4 by default",
                    "type": "array",
                    "items": {"type": "number", "minimum": 20, "maximum": 1200},
                    "minItems": 2,
                    "maxItems": 2,
                },
                "blank": {
                    "description": "a picture or PDF of the blank page, in the template's folder",
                    "type": "string",
                },
                "blank_page": {"type": "integer", "minimum": 1},
                "fields": {"type": "array", "items": {"$ref": "#/$defs/field"}},
            },
            "additionalProperties": False,
        },
        "field": _typed(TYPES, {**_COMMON, "box": _BOX}, ["name", "type"]),
        "column": _typed(
            COLUMN_TYPES,
            {**_COMMON, "width": {"type": "number", "exclusiveMinimum": 0}},
            ["name", "type"],
        ),
    },
}
