"""Patterns against Python's own regular expressions."""

import itertools
import re

import pytest

from inkdigits.errors import SettingError
from inkdigits.reading.expect import NOTHING, after, may_end, parse

PATTERNS = [r"\d{2}", r"1|23", r"[0-2]\d?", r"(12){1,2}3*", r"4+", r"\d{0,2}", r"[^1-9]", r"(?:1|2)(3|4)", r".\d", r"\d{1,}"]


def fits(pattern: str, text: str) -> bool:
    state = parse(pattern)
    for sign in text:
        state = after(state, int(sign))
    return state != NOTHING and may_end(state)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_takes_what_a_regular_expression_takes(pattern: str) -> None:
    texts = ["".join(signs) for length in range(4) for signs in itertools.product("01234", repeat=length)] + ["12123", "9999"]
    for text in texts:
        assert fits(pattern, text) == bool(re.fullmatch(pattern, text)), text


@pytest.mark.parametrize("pattern", ["a", "(1", "1)", "[", "[]", "[a]", "1{", "1{2,1}", "1{x}", "1{999}", r"\w", "²", "[²]"])
def test_a_bad_pattern_says_what_is_wrong(pattern: str) -> None:
    with pytest.raises(SettingError, match="expect is"):
        parse(pattern)
