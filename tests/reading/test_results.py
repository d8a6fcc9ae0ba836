"""Results say what they hold."""

from inkdigits.reading.results import Box, Prediction


def test_a_box_on_a_larger_picture_comes_back() -> None:
    box = Box(3, 5, 40, 61)
    assert box.scaled(4).scaled(1 / 4) == box
    assert Box(1, 1, 2, 2).scaled(0.4) == Box(0, 0, 1, 1)


def test_a_prediction_is_named_by_its_digit_and_the_reason_against_it() -> None:
    shares = (0.1, 0.0, 0.7, 0.0, 0.0, 0.0, 0.0, 0.2, 0.0, 0.0)
    unsure = Prediction(2, 0.7, False, shares, reason="unsure")
    assert repr(unsure) == "Prediction(2, 70.0 %, unsure)"
    assert unsure.top(2) == [(2, 0.7), (7, 0.2)]
