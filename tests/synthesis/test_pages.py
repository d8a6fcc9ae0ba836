"""Pages hold all of their numbers."""

import numpy as np
import pytest

from inkdigits.synthesis import pages
from inkdigits.synthesis.hands import Hands, drawn_hands
from inkdigits.synthesis.pages import KINDS, compose_page
from inkdigits.synthesis.patches import (
    Patch,
    Sheet,
    photographed,
)


@pytest.fixture(scope="module")
def hands() -> Hands:
    return drawn_hands()


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_knows_its_lines(hands: Hands, kind: str) -> None:
    page = compose_page(np.random.default_rng(5), hands, kind, ["12.50", "7"])
    assert page.lines == ("12.50", "7")
    assert page.grey.dtype == np.uint8


def test_all_of_a_page_s_writing_has_room(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets: list[Sheet] = []

    def seen(rng: np.random.Generator, sheet: Sheet, **options: bool) -> Patch:
        sheets.append(sheet)
        return photographed(rng, sheet, **options)

    monkeypatch.setattr(pages, "photographed", seen)
    for seed in range(12):
        compose_page(np.random.default_rng([9, seed]), hands, "plain", ["%%%%%%%%"])
        side = sheets[-1].ink.shape[0]
        assert max(right for _, _, _, right, _ in sheets[-1].marks) < side
    assert len(sheets) > 12  # some were drawn again: else the test would show nothing


def test_without_a_camera_a_page_has_its_ink_and_its_ground_alone(hands: Hands) -> None:
    page = compose_page(
        np.random.default_rng(4), hands, "plain", ["12.5"], with_camera=False
    )
    ground = np.bincount(page.grey.ravel()).argmax()
    assert (page.grey == ground).mean() > 0.7
    assert page.lines == ("12.5",)
