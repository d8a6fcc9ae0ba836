"""A row of marks becomes the text that all of it speaks for; a pattern is respected."""

import numpy as np
import pytest

from inkdigits.reading.numbers.confidence import LineConfidence, evidence_of
from inkdigits.reading.numbers.patterns import Pattern, parse
from inkdigits.reading.numbers.together import Together
from inkdigits.reading.numbers.writing import amount_in, is_well_formed, texts_of
from made_marks import Sign, boxes_of, no_mark, row_of

PAPER = np.full((200, 800), 230, np.uint8)


def fits(pattern: Pattern, text: str) -> bool:
    """Whether a pattern takes a text, spaces in it being free."""
    state: int | None = pattern.start
    for sign in text.replace(" ", ""):
        state = None if state is None else pattern.step(state, sign)
    return state is not None and pattern.accepts(state)


def unsure(
    text: str, place: int, sign: Sign
) -> list[tuple[Sign, tuple[float, float, float, float]]]:
    """A text's marks, one of which may be several signs."""
    marks = boxes_of(text)
    marks[place] = (sign, marks[place][1])
    return marks


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "34625",
        "12.50",
        "1,250.00",
        "10:30",
        "-17",
        "12/25/96",
        "$12",
        "17%",
        "(12)",
        "555 1234",
    ],
)
def test_sure_marks_are_read_as_they_are(text: str) -> None:
    first, *others = texts_of(row_of(boxes_of(text)))
    assert first.text == text
    assert "".join(first.signs) == text.replace(" ", "")
    assert np.exp(first.log) > 0.5
    assert all(first.log >= other.log for other in others)


def test_texts_are_ranked_and_their_shares_are_of_one() -> None:
    row = row_of(unsure("1250", 1, {"2": 0.5, "7": 0.3, "1": 0.15}))
    texts = texts_of(row)
    logs = [each.log for each in texts]
    assert logs == sorted(logs, reverse=True)
    assert np.exp(logs).sum() == pytest.approx(1)
    assert [each.text for each in texts[:3]] == ["1250", "1750", "1150"]
    assert len({each.text for each in texts}) == len(texts)


def test_a_mark_of_no_number_is_left_out_and_kept_among_the_signs() -> None:
    marks = boxes_of("123")
    marks.insert(1, no_mark((41.0, 20.0, 43.0, 50.0)))
    texts = texts_of(row_of(marks))
    assert texts[0].text == "123"


def test_how_numbers_are_written_decides_between_like_signs() -> None:
    slash_or_one: Sign = {"/": 0.48, "1": 0.5}
    assert texts_of(row_of(unsure("1/2/96", 3, slash_or_one)))[0].text == "1/2/96"


@pytest.mark.parametrize("pattern", [r"\d{3}", r"\d/\d", r"\d+", "[0-4]{3}", r"\d1\d"])
def test_a_pattern_is_respected(pattern: str) -> None:
    row = row_of(unsure("1/4", 1, {"/": 0.5, "1": 0.45}))
    expected = parse(pattern)
    texts = texts_of(row, expected)
    assert texts
    assert all(fits(expected, each.text) for each in texts)


def test_a_pattern_reads_unlikely_signs_or_nothing() -> None:
    row = row_of(unsure("1/4", 1, {"/": 0.9, "1": 0.05}))
    assert texts_of(row)[0].text == "1/4"
    assert texts_of(row, parse(r"\d{3}"))[0].text == "114"
    assert texts_of(row, parse([r"\d{3}", r"\d/\d"]))[0].text == "1/4"
    assert texts_of(row, parse(r"\d{7}")) == []


def test_a_space_may_be_left_out_of_a_pattern_or_asked_for() -> None:
    row = row_of(boxes_of("555 1234"))
    assert texts_of(row, parse(r"\d{7}"))[0].text == "555 1234"
    assert texts_of(row, parse(r"\d{3} \d{4}"))[0].text == "555 1234"
    # Around a dash no gap is ever written.
    dash = row_of(boxes_of("5-7"))
    assert texts_of(dash, parse(r"\d - \d"))[0].text == "5-7"
    assert texts_of(row_of(boxes_of("125 $")), parse(r"\d+ \$"))[0].text == "125 $"


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "12.",
        "12,50",
        "1,250.00",
        "1'000",
        "(12)",
        "$5",
        "5 €",
        "17 %",
        "10:30",
        "1/2",
        "1+2=3",
        "17.05.2021",
        "1970-03-12",
        "2/14/96",
        "1,234,567.89",
        "555-1234",
        "1-800-555-1234",
        "3.14159",
        "0,00052",
        "12:30-14:00",
        "7.5/10",
        "3:2",
        "1:50000",
        "079/123 45 67",
        "030/4137697",
        ".50",
        "-.5",
        "7.--",
        "12,--",
        "20-25%",
    ],
)
def test_what_people_write_is_well_formed(text: str) -> None:
    assert is_well_formed(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1..2",
        "12:5",
        "1,,2",
        "/12",
        "1:2:3:4",
        "%5",
        "1/2/3/4",
        # Dates and amounts of which one mark is misread
        "1705.2021",
        "17.052021",
        "27.09,1994",
        "13.40.2001",
        "7970-03-72",
        "70-16-1834",
        "772,10317",
        "123,456,78",
        "(623",
        "8225=57",
    ],
)
def test_what_nobody_writes_is_not(text: str) -> None:
    assert not is_well_formed(text)


@pytest.mark.parametrize(
    "text", ["135 82007037", "1 35820070371", "020 87836761", "12 000000.50", "7 %"]
)
def test_a_gap_makes_no_number_wrong(text: str) -> None:
    """Some leave one anywhere: a phone number was read without its last digit."""
    assert is_well_formed(text)
    assert not is_well_formed(text.replace(" ", " :"))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 234 567,50", "1234567,50"),
        ("1.250", "1250"),
        ("12345.678", "12345.678"),
        ("12.5", "12.5"),
        ("500.-", "500"),
        ("7.--", "7"),
        ("49.", "49"),
        ("0.125", "0.125"),
        ("12 %", "12%"),
        ("24.12.1998", "24.12.1998"),
    ],
)
def test_an_amount_has_no_signs_that_change_nothing(text: str, amount: str) -> None:
    assert amount_in(text) == amount


@pytest.mark.parametrize(
    "fitted",
    [
        (),
        (
            0.5,
            1.0,
            1.0,
            2.0,
            0.1,
            -1.0,
            -1.0,
            -1.0,
            1.0,
            0.1,
            -0.2,
            -0.5,
            0.1,
            0.1,
            0.5,
            -0.2,
            -0.1,
        ),
    ],
)
def test_a_confidence_is_a_probability_that_falls_with_doubt(
    fitted: tuple[float, ...],
) -> None:
    confidence = LineConfidence(fitted)
    shares = []
    for likely in (0.95, 0.6, 0.4):
        row = row_of(unsure("1250", 1, {"2": likely, "7": 0.97 - likely}))
        shares.append(confidence.of(evidence_of(Together(row, texts_of(row)), PAPER)))
    assert all(0 <= share <= 1 for share in shares)
    assert shares[0] > shares[1] > shares[2] - 1e-9
