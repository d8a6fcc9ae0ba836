"""Fields are asked about in the order that finishes most forms."""

from inkdigits.forms.evidence import Evidence
from inkdigits.forms.review.order import groups_of
from inkdigits.forms.review.review import Review
from inkdigits.store import Store
from made_forms import comb, template
from made_piles import UNSURE, asked, pile_of


def test_forms_that_one_answer_finishes_come_first(store: Store) -> None:
    two_open = {"student": UNSURE, "repeat": Evidence(reason="more than one is ticked")}
    pile = pile_of(two_open, {}, {"student": UNSURE})
    review = Review(pile, store)
    assert asked(review)[0] == "3:student"
    assert asked(review)[1:] == ["1:student", "1:repeat"]


def test_rules_that_share_a_field_are_one_piece_of_work() -> None:
    tops = dict(zip("abcdefg", range(40, 124, 12), strict=True))
    fields = [comb(name, 2, 40, top, type="number") for name, top in tops.items()]
    groups = groups_of(template(fields, ["a = b", "c = d", "e = f", "d = e"]))
    assert groups["a"] == groups["b"]
    assert groups["c"] == groups["d"] == groups["e"] == groups["f"]
    assert len(set(groups.values())) == 3
