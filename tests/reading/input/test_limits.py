"""The limits on a picture's size hold exactly at their bounds."""

import pytest

from inkdigits.errors import NotAPictureError, PictureTooLargeError
from inkdigits.reading.input.limits import Limits, check_size

LIMITS = Limits(max_pixels=10_000, max_side=400, max_aspect=25)


@pytest.mark.parametrize("size", [(100, 100), (400, 25), (25, 400), (1, 25), (16, 400)])
def test_sizes_at_the_bounds_are_allowed(size: tuple[int, int]) -> None:
    check_size(size, "a.png", LIMITS)


@pytest.mark.parametrize(
    ("size", "error", "says"),
    [
        ((101, 100), PictureTooLargeError, "101×100 = 10,100 pixels"),
        ((20, 401), PictureTooLargeError, "the limit for a side is 400"),
        ((1, 26), NotAPictureError, "more than 25 times as long"),
        ((26, 1), NotAPictureError, "more than 25 times as long"),
        ((0, 9), NotAPictureError, "has no pixels"),
    ],
)
def test_sizes_beyond_the_bounds_are_refused(
    size: tuple[int, int], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        check_size(size, "a.png", LIMITS)


def test_no_usual_picture_is_beyond_the_defaults() -> None:
    check_size((9921, 7016), "A3 at 600 dpi", Limits())
    check_size((4000, 100), "a line of forty digits", Limits())
