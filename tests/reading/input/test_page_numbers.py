"""Which pages are asked for, against a plain set of numbers."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inkdigits.errors import PictureTooLargeError, SettingError
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.page_numbers import PageNumbers

_RANGES = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 10)), min_size=1, max_size=8
)


# However busy the machine is.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ranges=_RANGES, count=st.integers(1, 40))
def test_ranges_are_those_of_a_set(ranges: list[tuple[int, int]], count: int) -> None:
    text = ",".join(f"{low}-{low + more}" if more else str(low) for low, more in ranges)
    wanted = {number for low, more in ranges for number in range(low, low + more + 1)}
    expected = sorted(number for number in wanted if number <= count)
    if expected:
        assert PageNumbers.parse(text).of(count, "x", Limits()) == expected
    else:
        with pytest.raises(SettingError, match="none of those asked for"):
            PageNumbers.parse(text).of(count, "x", Limits())


def test_an_open_range_goes_to_the_end() -> None:
    assert PageNumbers.parse("2, 4-").of(6, "x", Limits()) == [2, 4, 5, 6]
    assert PageNumbers.parse(None).of(2, "x", Limits()) == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "x",
        "²",
        "1-²",
        "١",
        "1--2",
        "3-2",
        "-2",
        "1,,2",
        "1-2-3",
        "1.5",
        "9" * 20,
    ],
)
def test_what_is_no_page_is_one_line(text: str) -> None:
    with pytest.raises(
        SettingError, match=r"pages is .*: give numbers and ranges from 1 on"
    ):
        PageNumbers.parse(text)


def test_a_page_named_often_is_one_page() -> None:
    assert PageNumbers.parse(",".join(["1"] * 5000)).of(10**9, "x", Limits()) == [1]
    with pytest.raises(
        SettingError, match="the limit is 10,000: write consecutive pages as a range"
    ):
        PageNumbers.parse(",".join(["1"] * 10_000))


def test_a_claim_of_a_billion_pages_costs_nothing() -> None:
    with pytest.raises(
        PictureTooLargeError, match="has 1,000,000,000 pages, the limit is 200"
    ):
        PageNumbers.parse(None).of(10**9, "x", Limits())
