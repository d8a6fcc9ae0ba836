"""Whole pages of numbers with their texts, to judge reading and fit its confidence by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inkdigits.synthesis.hands import Hands
from inkdigits.synthesis.numbers import any_number
from inkdigits.synthesis.patches import (
    Sheet,
    on_screen,
    photographed,
    rule,
    ruling,
    style_of,
    write_text,
)

Rng = np.random.Generator
KINDS = ("plain", "ruled", "squared", "underlined", "boxed", "tight", "large", "small")
# A page on which some of the writing had no room is drawn again, so many times as wide.
_WIDER = 1.15


@dataclass(frozen=True, slots=True)
class Page:
    """Grey pixels, and the numbers on them from top to bottom."""

    grey: npt.NDArray[np.uint8]
    lines: tuple[str, ...]
    kind: str


def compose_page(
    rng: Rng,
    hands: Hands,
    kind: str,
    texts: Sequence[str] | None = None,
    *,
    with_camera: bool = True,
) -> Page:
    """One page of one of `KINDS` with one number on each line, all of it on the page.

    Without a camera it is as drawn on a screen: sharp, in two shades.
    """
    # All three are drawn, so that the kinds of a seed differ in nothing else.
    large = rng.uniform(70, 130)
    small = rng.uniform(14, 20)
    usual = rng.uniform(20, 60)
    tall = {"large": large, "small": small}.get(kind, usual)
    texts = texts or [any_number(rng) for _ in range(int(rng.integers(1, 5)))]
    pitch = tall * rng.uniform(1.9, 2.6)
    longest = max(len(text) for text in texts)
    for_lines = pitch * (len(texts) + 1)
    for_longest = (longest + 3) * 1.1 * tall
    side = max(for_lines, for_longest)
    while True:
        sheet = Sheet((round(side), round(side)))
        _write(rng, sheet, hands, kind, texts, tall, pitch)
        patch = (
            photographed(rng, sheet, with_rim=False)
            if with_camera
            else on_screen(rng, sheet)
        )
        if len(patch.marks) == len(sheet.marks):
            return Page(patch.grey, tuple(texts), kind)
        side *= _WIDER


def _write(
    rng: Rng,
    sheet: Sheet,
    hands: Hands,
    kind: str,
    texts: Sequence[str],
    tall: float,
    pitch: float,
) -> None:
    side = sheet.ink.shape[0]
    style = style_of(rng, hands, tall)
    for row, text in enumerate(texts):
        base = pitch * (row + 1) + tall * 0.4
        start = rng.uniform(0.6, 1.4) * tall
        end = write_text(rng, sheet, hands, style, text, start, base)
        if kind == "underlined":
            rule(rng, sheet, (start, base + 0.15 * tall), (end, base + 0.15 * tall))
        if kind == "boxed":
            for y in (base - 1.5 * tall, base + 0.5 * tall):
                rule(rng, sheet, (0.2 * tall, y), (side - 0.2 * tall, y), thick=2)
    if kind in ("ruled", "squared"):
        step = pitch if kind == "ruled" else 0.6 * tall
        ruling(
            rng, sheet, (pitch + tall * 0.48) % step, step, squared=kind == "squared"
        )


def compose_pages(
    seed: int, count: int, hands: Hands, kinds: Sequence[str] = KINDS
) -> list[Page]:
    """`count` pages, the kinds in turn; the same for the same seed."""
    return [
        compose_page(
            np.random.default_rng([seed, index]), hands, kinds[index % len(kinds)]
        )
        for index in range(count)
    ]
