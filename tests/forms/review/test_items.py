"""What a reviewer is shown: only readings that may stand in the field."""

from inkdigits.forms.review.items import item
from inkdigits.forms.review.pile import Key, Pile
from inkdigits.forms.review.review import Review
from inkdigits.store import Store
from made_piles import pile_of, seen_as


def test_alternatives_are_what_may_stand_there(store: Store) -> None:
    pile: Pile = pile_of(
        {"student": seen_as(*[(f"{place}234", 0.09) for place in range(10)])},
        {"repeat": seen_as(("first", 1))},
    )
    review = Review(pile, store)
    shown = item(review, Key(1, "student"), "queue")
    assert len(shown["alternatives"]) == 9
    assert shown["alternatives"][0] == shown["text"] == "0234"
    assert item(review, Key(2, "repeat"), "spot")["alternatives"] == ["first", "second"]
