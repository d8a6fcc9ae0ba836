"""The one public door."""

import pytest

import inkdigits
from inkdigits import errors


def test_every_public_name_is_there() -> None:
    assert inkdigits.__all__ == sorted(inkdigits.__all__, key=lambda name: (not name[0].isupper(), name))
    for name in inkdigits.__all__:
        assert getattr(inkdigits, name) is not None
        assert name in dir(inkdigits)


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(AttributeError, match="Reader"):
        inkdigits.reed  # noqa: B018


def test_every_error_is_of_the_family_and_drawn_in_its_tree() -> None:
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert len(found) >= 10
    for error in found:
        assert issubclass(error, errors.InkdigitsError)
        assert error.__name__ in (errors.__doc__ or "")


def test_a_missing_extra_says_what_to_install() -> None:
    assert "pip install 'inkdigits[train]'" in str(errors.MissingExtraError("training", "train"))
