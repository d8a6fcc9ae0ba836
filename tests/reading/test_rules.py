"""Rules and boxes are lifted; straight strokes stay."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from inkdigits.reading.rules import page_rules, without_rules

Mask = npt.NDArray[np.bool_]


def seven() -> Mask:
    ink = np.zeros((120, 120), np.uint8)
    cv2.line(ink, (35, 30), (85, 30), 1, 8)
    cv2.line(ink, (85, 30), (55, 95), 1, 8)
    return ink > 0


def ruled(ink: Mask, *, across: bool) -> Mask:
    drawn = ink.copy()
    drawn[(slice(70, 73), slice(None)) if across else (slice(None), slice(20, 23))] = (
        True
    )
    return drawn


def agreement(first: Mask, second: Mask) -> float:
    """Intersection over union."""
    return float((first & second).sum() / (first | second).sum())


@pytest.mark.parametrize("across", [True, False])
def test_a_rule_from_edge_to_edge_is_lifted_and_the_stroke_it_crosses_closed(
    across: bool,
) -> None:
    digit = seven()
    lifted = without_rules(ruled(digit, across=across))
    assert agreement(lifted, digit) > 0.95
    assert cv2.connectedComponents(lifted.astype(np.uint8))[0] == 2


def test_a_box_is_lifted() -> None:
    digit = seven()
    boxed = digit.astype(np.uint8)
    cv2.rectangle(boxed, (3, 3), (116, 116), 1, 2)
    assert agreement(without_rules(boxed > 0), digit) > 0.95


def test_straight_strokes_of_a_digit_are_no_rules() -> None:
    digit = seven()
    assert np.array_equal(without_rules(digit), digit)


def test_a_pages_worn_rules_are_found_and_its_digits_are_not() -> None:
    page = np.zeros((300, 600), np.uint8)
    rule = np.zeros_like(page)
    rng = np.random.default_rng(0)
    for x in range(0, 600, 20):
        if rng.random() < 0.9:
            rule[200:202, x : x + 20] = 1
    for x in (100, 300, 500):
        cv2.line(page, (x, 60), (x, 140), 1, 8)
    found = page_rules((page | rule) > 0)
    assert (found & (rule > 0)).sum() > 0.9 * rule.sum()
    assert not (found & (page > 0)).any()
