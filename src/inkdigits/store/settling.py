"""What all reviews of a field come to: what it says, or that people do not agree."""

from collections.abc import Iterable

from inkdigits.store.kept import WITHDRAWN, FormReview

DECISION = "disagreements"


def not_withdrawn(reviews: Iterable[FormReview]) -> list[FormReview]:
    """The reviews that stand, in the order in which they came."""
    withdrawn = set()
    given = []
    for review in reviews:
        if review.verdict == WITHDRAWN:
            withdrawn.add(review.withdraws)
        else:
            given.append(review)
    return [review for review in given if review.id not in withdrawn]


def standing(reviews: Iterable[FormReview]) -> dict[str, FormReview]:
    """Each person's newest review of a field that they have not withdrawn."""
    # A later review of the same person takes the place of an earlier one.
    return {review.reviewer: review for review in not_withdrawn(reviews)}


def settled(reviews: Iterable[FormReview], people: int = 1) -> FormReview | None:
    """The review that counts: a decision, or the last of those that agree.

    None where fewer people have looked than must, or where they do not agree.
    """
    stand = list(standing(reviews).values())
    decisions = [review for review in stand if review.mode == DECISION]
    # A decision was made knowing what the others said.
    if decisions:
        return decisions[-1]
    if len(stand) < people or not agree(stand):
        return None
    return stand[-1] if stand else None


def disputed(reviews: Iterable[FormReview]) -> bool:
    """Whether people have said different things of a field, and nobody has decided."""
    stand = list(standing(reviews).values())
    return not agree(stand) and all(review.mode != DECISION for review in stand)


def agree(reviews: Iterable[FormReview]) -> bool:
    """Whether all say the same."""
    answers = {review.answer for review in reviews}
    return len(answers) <= 1
