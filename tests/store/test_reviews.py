"""Reviews of forms and the digits cut out of them, on SQLite and on a real PostgreSQL."""

import concurrent.futures
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from inkdigits.store import FormDigit, FormReview, Store
from inkdigits.store.kept import TEXT, UNREADABLE, WITHDRAWN
from inkdigits.store.settling import disputed, settled
from inkdigits.synthesis.drawn import as_file, draw_digit

NOW = datetime.now(UTC)
REVIEW = FormReview(
    "a" * 32,
    "p" * 64,
    1,
    "student",
    "ada",
    "queue",
    TEXT,
    "71",
    "",
    "11",
    0.5,
    NOW,
)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()


def digits(*shown: int) -> list[FormDigit]:
    pictures = [as_file(draw_digit(digit, size_px=60), "PNG") for digit in shown]
    place_of = ("p" * 64, 1, "student")
    found = ("digits.onnx",)
    return [
        FormDigit(*place_of, n, picture, 1, 0.5, *found)
        for n, picture in enumerate(pictures)
    ]


def labels(store: Store) -> list[int | None]:
    return [correction.digit for correction, _, _ in store.corrections()]


def test_reviews_come_back_in_the_order_in_which_they_came(store: Store) -> None:
    assert store.add_review(REVIEW)
    assert not store.add_review(REVIEW), "sent again, it counts once"
    store.add_review(replace(REVIEW, id="b" * 32, pile="q" * 64))
    store.add_review(replace(REVIEW, id="c" * 32, text="17"))
    found = store.reviews(REVIEW.pile)
    assert [review.text for _, review in found] == ["71", "17"]
    assert replace(found[0][1], created=NOW) == REVIEW
    assert [review.id for _, review in store.reviews(REVIEW.pile, found[0][0])] == [
        "c" * 32
    ]


def test_threads_lose_no_review_and_see_each_in_order(store: Store) -> None:
    """Whoever has seen a number has seen all below it, whichever writer was first to begin."""
    store.check()
    seen: list[int] = []

    def watch() -> None:
        while len(seen) < 24:
            seen.extend(
                number
                for number, _ in store.reviews(REVIEW.pile, seen[-1] if seen else 0)
            )

    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        watching = pool.submit(watch)
        reviews = [replace(REVIEW, id=f"{place:032x}") for place in range(24)]
        list(pool.map(store.add_review, reviews))
        watching.result()
    assert len(seen) == len(set(seen)) == store.count("reviews") == 24


def test_digits_of_reviewed_fields_are_corrections(store: Store) -> None:
    store.add_digits(digits(7, 1))
    store.add_digits(digits(3, 3))
    assert store.count("digits") == 2, "a field is cut once"
    assert store.fields_with_digits(REVIEW.pile) == {(1, "student")}
    assert labels(store) == [], "nobody has read them yet"
    store.add_review(REVIEW)
    assert labels(store) == [7, 1]
    store.add_correction(
        as_file(draw_digit(5), "PNG"),
        5,
        predicted=1,
        confidence=0.5,
        accepted=True,
        model="m",
    )
    assert labels(store) == [5, 7, 1]
    store.add_review(replace(REVIEW, id="b" * 32, reviewer="ben", text="11"))
    assert labels(store) == [5], "they do not agree"
    store.add_review(
        replace(REVIEW, id="c" * 32, reviewer="cleo", mode="disagreements", text="77")
    )
    assert labels(store) == [5, 7, 7]
    store.add_review(
        replace(
            REVIEW, id="d" * 32, reviewer="cleo", verdict=WITHDRAWN, withdraws="c" * 32
        ),
    )
    assert labels(store) == [5]


@pytest.mark.parametrize(
    "change", [{"text": "711"}, {"verdict": UNREADABLE, "text": ""}]
)
def test_digits_that_cannot_be_told_apart_are_left_out(
    store: Store,
    change: dict[str, Any],
) -> None:
    store.add_digits(digits(7, 1))
    store.add_review(replace(REVIEW, **change))
    assert labels(store) == []


def said(who: str, text: str, number: str, **more: Any) -> FormReview:
    return replace(REVIEW, reviewer=who, text=text, id=number, **more)


def test_what_people_say_comes_to_one_thing_or_to_a_dispute() -> None:
    ada, ben = said("ada", "71", "1"), said("ben", "71", "2")
    assert settled([ada]) == ada
    assert settled([ada], people=2) is None
    assert settled([ada, ben], people=2) == ben
    other = said("ben", "17", "3")
    assert settled([ada, other]) is None
    assert disputed([ada, other])
    mind_changed = said("ben", "71", "4")
    assert settled([ada, other, mind_changed], people=2) == mind_changed
    decision = said("ada", "77", "5", mode="disagreements")
    assert settled([ada, other, decision]) == decision
    assert not disputed([ada, other, decision])
    back = said("ben", "", "6", verdict=WITHDRAWN, withdraws="3")
    assert settled([ada, other, back]) == ada
