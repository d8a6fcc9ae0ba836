"""What a person types into a field: checked, and put into the form in which it is read."""

from inkdigits.errors import SettingError
from inkdigits.forms.evidence import Evidence, as_in_line, fits, value_in
from inkdigits.forms.template import Field

_KINDS = {"number": "a number", "date": "a date", "time": "a time of day"}
# Longer than any number: a limit for what a client may store, not for what people write.
_MOST_CHARACTERS = 200


def as_written(field: Field, typed: str) -> str:
    """The text as the field has it; SettingError where it cannot stand there at all."""
    text = typed.strip()
    if len(text) > _MOST_CHARACTERS:
        raise SettingError(
            f"{len(text)} characters are too many for a field: "
            f"type at most {_MOST_CHARACTERS}"
        )
    if not text:
        return ""
    if field.kind == "choice":
        return _chosen(field, text)
    if field.kind == "digits":
        if not (text.isascii() and text.isdecimal()):
            raise SettingError(f"{text!r} is not all digits: type only 0 to 9")
        return text
    is_bare = field.kind in ("date", "time") and text.isascii() and text.isdecimal()
    if is_bare and len(text) == field.digits:
        text = as_in_line(field, text)
    if value_in(field, text) is None:
        raise SettingError(
            f"{text!r} is not {_KINDS.get(field.kind, 'a value')} that fits this field",
        )
    return text


def _chosen(field: Field, text: str) -> str:
    values = [choice.value for choice in field.choices]
    chosen = text.split("|")
    for each in chosen:
        if each not in values:
            raise SettingError(
                f"{each!r} is not one of the choices: {', '.join(values)}"
            )
    if len(chosen) > 1 and not field.several:
        raise SettingError("only one of the choices may be ticked")
    return "|".join(value for value in values if value in chosen)


def warning(field: Field, text: str, seen: Evidence) -> str:
    """Why a text may be a slip of the keys; "" where nothing speaks against it."""
    if not text:
        return _about_blank(field, seen)
    if field.kind == "choice":
        return ""
    if field.kind == "digits" and not field.least_digits <= len(text) <= field.digits:
        return f"it has {len(text)} digits, but the field has {field.digits} boxes"
    if field.check is not None and not field.check.holds(text):
        return f"its check digit ({field.check_name}) is wrong"
    if field.pattern is not None and not field.pattern.matches(text):
        return f"it does not match the pattern {field.pattern_text}"
    return "" if fits(field, text) else "it is outside the field's range"


def _about_blank(field: Field, seen: Evidence) -> str:
    if field.required:
        return "this field must be filled in"
    if not seen.blank and field.kind != "choice":
        return "it is blank, but there is ink in the field"
    return ""
