"""Fields are asked about in the order that finishes most forms."""

from types import SimpleNamespace
from typing import Any

from inkdigits.forms.evidence import Evidence
from inkdigits.forms.review.order import cost_of, groups_of, ordered, sampled
from inkdigits.forms.review.pile import Key
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


def test_of_linked_fields_the_least_sure_one_is_asked_about_first() -> None:
    groups = {"a": 0, "b": 1, "c": 0, "d": 1}
    confidence = {"a": 0.9, "b": 0.8, "c": 0.5, "d": 0.8}
    record: Any = {
        name: SimpleNamespace(confidence=share) for name, share in confidence.items()
    }
    assert ordered("abcd", record, groups) == ["c", "a", "b", "d"]
    # One answer for each group may be enough.
    assert cost_of("abcd", groups) == 2
    assert cost_of("bd", groups) == 1


def test_a_sample_does_not_depend_on_who_asks_and_in_which_order() -> None:
    keys = [Key(record, field) for record in range(1, 40) for field in "ab"]
    drawn = sampled(keys, "pile")
    assert sampled(keys[::-1], "pile") == drawn
    assert sorted(drawn) == sorted(keys)
    assert drawn not in (keys, sampled(keys, "another pile"))
