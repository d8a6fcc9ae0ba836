"""A review: what is asked first, what an answer changes, that the database alone holds it all."""

from pathlib import Path

import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.evidence import Evidence
from inkdigits.forms.review.estimate import exact_interval
from inkdigits.forms.review.items import item
from inkdigits.forms.review.pile import Key
from inkdigits.forms.review.review import Answer, Review
from inkdigits.store import Store
from made_piles import UNSURE, asked, ids, pile_of, say, seen_as


def texts(review: Review) -> list[dict[str, tuple[str, bool, str]]]:
    return [
        {
            name: (each.text, each.accepted, each.reviewed_by)
            for name, each in record.fields.items()
        }
        for record in review.records()
    ]


def test_an_answer_settles_what_rules_link_to_it(store: Store) -> None:
    """One of two points is a 1 or a 7, so is the total: who knows the total knows the points."""
    doubtful = {
        "points_1": seen_as(("11", 0.5), ("17", 0.49)),
        "total": seen_as(("18", 0.5), ("24", 0.49)),
    }
    review = Review(pile_of(doubtful), store)
    assert set(asked(review)) == {"1:points_1", "1:total"}
    say(review, "1:total", "24")
    assert asked(review) == []
    fields = review.records()[0].fields
    assert (
        fields["points_1"].text,
        fields["points_1"].accepted,
        fields["points_1"].reviewed_by,
    ) == ("17", True, "")
    assert fields["total"].reviewed_by == "ada"


def test_a_person_is_not_overruled_by_a_sum_that_is_wrong(store: Store) -> None:
    review = Review(pile_of({"total": seen_as(("95", 0.999), ("96", 0.001))}), store)
    shown = item(review, Key(1, "total"), "queue")
    assert (shown["text"], shown["linked"]["rules"]) == (
        "95",
        ["total = sum(points_*)"],
    )
    while keys := asked(review):
        say(review, keys[0], item(review, Key.parse(keys[0]), "queue")["text"])
    record = review.records()[0]
    assert record.accepted
    assert [record[name].text for name in ("points_1", "points_2", "total")] == [
        "12",
        "7",
        "95",
    ]


def test_all_of_it_is_in_the_database(store: Store, tmp_path: Path) -> None:
    pile = pile_of(
        {"student": UNSURE}, {"repeat": Evidence(reason="more than one is ticked")}
    )
    review = Review(pile, store)
    say(review, "1:student", "7234")
    say(review, "2:repeat", None)
    again = Store(f"sqlite:///{tmp_path}/x.db")
    other = Review(pile, again)
    other.refresh()
    assert texts(other) == texts(review)
    say(other, "1:student", "1234", "ben", "disagreements")
    assert texts(review) == texts(other), "what another process keeps is seen"
    again.close()


def test_nobody_can_read_it(store: Store) -> None:
    review = Review(pile_of({"student": UNSURE}), store)
    say(review, "1:student", None)
    field = review.records()[0]["student"]
    assert (field.accepted, field.reason, field.text) == (
        False,
        "nobody can read it",
        "",
    )
    assert asked(review) == []


def test_undo_restores_what_was_before_answer_by_answer(store: Store) -> None:
    review = Review(pile_of({"student": UNSURE}, {"student": UNSURE}), store)
    states = [texts(review)]
    for key in ("1:student", "2:student", "1:student"):
        say(review, key, "9999", "ada", "queue" if states[-1] is states[0] else "spot")
        states.append(texts(review))
    for state in reversed(states[:-1]):
        taken = review.undo("ada", next(ids))
        assert taken is not None
        assert texts(review) == state
    assert review.undo("ada", next(ids)) is None
    assert review.undo("ben", next(ids)) is None
    assert store.count("reviews") == 6, "nothing is ever removed"


def test_what_is_sent_twice_counts_once(store: Store) -> None:
    review = Review(pile_of({"student": UNSURE}), store)
    answer = Answer("a" * 32, Key(1, "student"), "7234", "ada")
    assert review.answer(answer) == review.answer(answer) == ""
    first = review.undo("ada", "b" * 32)
    assert first == review.undo("ada", "b" * 32)
    assert store.count("reviews") == 2
    assert not store.add_review(store.reviews(review.pile.id)[0][1])
    assert store.count("reviews") == 2


def test_two_people_must_agree(store: Store) -> None:
    review = Review(pile_of({"student": UNSURE}, {"student": UNSURE}), store, people=2)
    for key in ("1:student", "2:student"):
        say(review, key, "7234", "ada")
    assert asked(review, "ada") == []
    assert asked(review, "ben") == ["1:student", "2:student"]
    assert not any(record["student"].accepted for record in review.records())
    say(review, "1:student", "7234", "ben")
    say(review, "2:student", "1234", "ben")
    assert [record["student"].accepted for record in review.records()] == [True, False]
    assert asked(review, "cleo") == [], (
        "a third person decides, and is not asked blindly"
    )
    assert asked(review, "cleo", "disagreements") == ["2:student"]
    shown = item(review, Key(2, "student"), "disagreements")
    assert {each["reviewer"]: each["text"] for each in shown["answers"]} == {
        "ada": "7234",
        "ben": "1234",
    }
    assert (shown["text"], shown["alternatives"][:2]) == ("", ["7234", "1234"])
    say(review, "2:student", "1234", "cleo", "disagreements")
    assert review.records()[1]["student"].text == "1234"
    assert asked(review, "cleo", "disagreements") == []


def test_spot_checks_tell_how_many_accepted_fields_are_wrong(store: Store) -> None:
    review = Review(pile_of(*[{} for _ in range(10)]), store)
    assert review.spot() == {
        "accepted": 50,
        "checked": 0,
        "wrong": 0,
        "low": 0.0,
        "high": 1.0,
    }
    sample = asked(review, mode="spot")
    assert len(sample) == len(set(sample)) == 50
    assert sample != sorted(sample)
    assert (
        asked(
            Review(review.pile, store),
            mode="spot",
        )
        == sample
    ), "the same sample for whoever looks"
    for key in sample[:20]:
        shown = item(review, Key.parse(key), "spot")["text"]
        wrong = key == sample[3]
        say(
            review,
            key,
            "second" if wrong and key.endswith("repeat") else "1" if wrong else shown,
            mode="spot",
        )
    spot = review.spot()
    assert (spot["checked"], spot["wrong"]) == (20, 1)
    assert (spot["low"], spot["high"]) == exact_interval(1, 20)
    assert asked(review, mode="spot") == sample[20:]


def test_a_doubtful_answer_is_kept_when_it_is_said_twice(store: Store) -> None:
    review = Review(pile_of({"student": UNSURE}), store)
    assert (
        say(review, "1:student", "123", sure=False)
        == "it has 3 digits, but the field has 4 boxes"
    )
    assert store.count("reviews") == 0
    assert say(review, "1:student", "123") == ""
    assert review.records()[0]["student"].text == "123"


def test_who_reviews_has_a_name(store: Store) -> None:
    review = Review(pile_of({"student": UNSURE}), store)
    for name in ("", "  ", "a" * 61, "a\nb"):
        with pytest.raises(SettingError, match="name must have 1 to"):
            say(review, "1:student", "1234", name)
    with pytest.raises(SettingError, match="not one of queue, spot, disagreements"):
        say(review, "1:student", "1234", mode="other")
