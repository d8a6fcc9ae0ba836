"""The marked-up picture."""

from dataclasses import replace

from PIL import Image

from inkdigits import Reader
from inkdigits.formats.overlay import SURE, UNSURE, caption, mark
from inkdigits.reading.results import Prediction
from inkdigits.synthesis.drawn import draw_digit


def test_the_box_lies_round_the_digit_and_the_colour_says_how_sure(
    reader: Reader,
) -> None:
    picture = draw_digit(5, size_px=240)
    answer = reader.predict(picture)
    marked = mark(picture, answer)
    assert answer.box is not None
    assert marked.getpixel((answer.box.left, answer.box.top)) == SURE
    assert marked.getpixel((3, marked.height - 3)) == SURE
    assert caption(answer).startswith("5   9")


def test_a_refused_answer_is_marked_so_by_word_and_colour() -> None:
    refused = Prediction(3, 0.4, False, (0.1,) * 10)
    assert caption(refused) == "not sure: 3?   40.0 %"
    assert caption(replace(refused, reason="no digit")) == "probably not a digit"
    assert mark(Image.new("L", (30, 30), 255), refused).getpixel((3, 275)) == UNSURE
