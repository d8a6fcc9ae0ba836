"""The marks a number is written with, in the order of the marks network's classes."""

DIGITS = "0123456789"
SIGNS = ".,-/:+%=()$€"
OTHER = "other"
CLASSES: tuple[str, ...] = (*DIGITS, *SIGNS, OTHER)
CLASS_OF = {name: index for index, name in enumerate(CLASSES)}


def digits_in(text: str) -> str:
    """The digits of a text, without its signs and spaces."""
    return "".join(sign for sign in text if sign in DIGITS)
