"""A few words about results."""

from inkdigits.reading.wording import counted, percent, shortened


def test_nothing_is_certain() -> None:
    assert percent(1.0) == "99.9 %"
    assert percent(0.5) == "50.0 %"


def test_counts_have_their_plural() -> None:
    assert [counted(count, "page") for count in (0, 1, 1200)] == [
        "0 pages",
        "1 page",
        "1,200 pages",
    ]


def test_long_lists_are_cut_short() -> None:
    assert shortened([]) == "no numbers"
    assert shortened(["1", "2", "3"]) == "'1', '2', '3'"
    assert shortened(str(number) for number in range(5)) == "'0', '1', '2', and 2 more"
