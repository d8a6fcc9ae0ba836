"""Options of reading are checked before anything is read."""

import pytest

from inkdigits.errors import SettingError
from inkdigits.reading.numbers.values import Conventions
from inkdigits.reading.options import ReadArguments, ReadOptions


def test_the_keyword_arguments_are_the_fields() -> None:
    assert set(ReadArguments.__annotations__) == set(ReadOptions.__dataclass_fields__)


@pytest.mark.parametrize("wrong", [{"expect": "("}, {"expect": []}, {"decimal": ";"}])
def test_a_wrong_option_is_refused_at_once(wrong: ReadArguments) -> None:
    with pytest.raises(SettingError):
        ReadOptions(**wrong)


def test_patterns_and_conventions_are_made_once() -> None:
    options = ReadOptions(expect=r"\d{3}", decimal=",", dayfirst=True)
    assert options.pattern is options.pattern
    assert options.pattern is not None
    assert options.pattern.matches("123")
    assert options.conventions == Conventions(",", True)
    assert ReadOptions().pattern is None
