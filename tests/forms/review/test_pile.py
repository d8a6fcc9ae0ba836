"""A pile knows its fields by their keys."""

import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.review.review import Review
from inkdigits.store import Store
from made_piles import UNSURE, pile_of, say


@pytest.mark.parametrize(
    "key", ["0:student", "2:student", "1:nothing", "1", "x:student"]
)
def test_a_field_that_is_not_there(store: Store, key: str) -> None:
    review = Review(pile_of({"student": UNSURE}), store)
    with pytest.raises(SettingError, match=r"(there is no|does not name a) field"):
        say(review, key, "1")
