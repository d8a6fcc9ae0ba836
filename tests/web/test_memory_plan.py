"""A worker's memory is shared out in parts whose sum is the whole, whatever the options."""

import itertools

import pytest

from inkdigits.errors import SettingError
from inkdigits.reading.input.limits import MIB
from inkdigits.reading.input.memory_budget import MemoryBudget
from inkdigits.reading.reading_memory import reading_bytes
from inkdigits.web.settings import ServeSettings

DEFAULT = ServeSettings()
SIDES = [1, 2, 10, 35, 63, 64, 65, 100, 500, 1600, 5000, 20_000, 32_767]


def allowed_shapes(settings: ServeSettings) -> list[tuple[int, int]]:
    limits = settings.limits
    return [
        (height, width)
        for height, width in itertools.product(SIDES, SIDES)
        if height * width <= limits.max_pixels
        and max(height, width)
        <= min(limits.max_side, limits.max_aspect * min(height, width))
    ]


@pytest.mark.parametrize(
    "settings",
    [
        DEFAULT,
        ServeSettings(memory=4096 * MIB),
        ServeSettings(memory=2048 * MIB, max_upload=100 * MIB, max_pixels=100_000_000),
        ServeSettings(memory=980 * MIB, max_upload=8 * MIB),
    ],
)
def test_the_parts_are_the_whole(settings: ServeSettings) -> None:
    plan = settings.memory_plan
    assert plan.whole == (settings.memory or 1024 * MIB)
    assert all(getattr(plan, part) > 0 for part in plan.__slots__)


def test_a_gibibyte_is_what_is_promised_and_more_where_the_limits_need_it() -> None:
    assert DEFAULT.memory_plan.whole == 1024 * MIB
    assert ServeSettings(max_upload=200 * MIB).memory_plan.whole > 1024 * MIB


@pytest.mark.parametrize(
    "settings",
    [
        DEFAULT,
        ServeSettings(max_pixels=200_000_000),
        ServeSettings(max_upload=200 * MIB),
    ],
)
def test_whatever_is_allowed_alone_finds_room(settings: ServeSettings) -> None:
    """No picture needs more than its lane has: else it would be read beyond the budget."""
    plan, limits = settings.memory_plan, settings.limits
    budget = MemoryBudget(plan.budget)
    assert limits.max_decoding_memory <= plan.large_pictures
    assert limits.max_pdf_memory + limits.max_pixels <= plan.large_pictures
    for shape in allowed_shapes(settings):
        page, reading = shape[0] * shape[1], reading_bytes(shape)
        small = budget.is_small(shape)
        assert reading <= (
            plan.budget.small_growth_bytes if small else plan.large_growth
        )
        assert page + reading <= (plan.small_pictures if small else plan.large_pictures)


def test_two_scanned_pages_are_read_at_once() -> None:
    """A4 at 300 dpi, on two cores."""
    page = 3508 * 2480
    assert (
        2 * (page + reading_bytes((3508, 2480))) <= DEFAULT.memory_plan.large_pictures
    )


def test_bodies_leave_room_for_small_ones() -> None:
    plan = DEFAULT.memory_plan
    assert plan.large_bodies >= 2 * DEFAULT.max_upload
    assert plan.small_bodies >= DEFAULT.queue * 64 * 1024


def test_too_little_memory_is_said_at_the_start() -> None:
    with pytest.raises(
        SettingError, match=r"--memory is 300 MiB, with these limits [\d,]+ are needed"
    ):
        ServeSettings(memory=300 * MIB)
