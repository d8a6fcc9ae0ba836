"""A page counts its memory until it is released."""

import time

import numpy as np

from inkdigits.reading.input.memory_budget import Lane
from inkdigits.reading.input.pages import Page


def test_a_page_that_nobody_counts_has_not_waited() -> None:
    page = Page(np.zeros((2, 3), np.uint8))
    page.release()
    assert page.waited_s == 0.0
    assert page.scale == 1.0


def test_releasing_a_page_gives_its_memory_back_once() -> None:
    lane = Lane(100, 0, 1000)
    share = lane.take(80, deadline=time.monotonic() + 5)
    page = Page(np.zeros((2, 3), np.uint8), share=share)
    assert lane.used == 80
    page.release()
    page.release()
    assert lane.used == 0


def test_the_share_is_no_part_of_equality() -> None:
    grey = np.zeros((2, 3), np.uint8)
    share = Lane(10, 0, 1000).take(5, deadline=time.monotonic() + 5)
    assert Page(grey).share is None
    assert repr(Page(grey, share=share)) == repr(Page(grey))
