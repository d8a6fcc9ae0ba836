"""Digits as other schools teach them, made from the strokes of usual ones.

Few of the hands that networks learn from write so.

an open 4 → the pen goes from the stem's top to where the other stroke begins → closed
a 9 → mirrored → its stem on the left, like a P: as in South America
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inkdigits.data.strokes import Stroke


@dataclass(frozen=True, slots=True)
class FourSettings:
    """Which open fours are still fours when they are closed; in parts of their height."""

    # How far down both strokes begin, at most.
    top: float = 0.3
    # How high the stem is, and how far it leans.
    stem: float = 0.6
    most_lean: float = 0.5
    # How far the bar reaches beyond the stem: without that it would be a 9.
    beyond: float = 0.1


FOURS = FourSettings()


def closed_four(
    strokes: Sequence[Stroke], settings: FourSettings = FOURS
) -> list[Stroke] | None:
    """The 4 with a closed top; None if it is not written as a hook and a stem that it crosses.

    It has the loop of a 9 then: only the bar that crosses its stem tells them apart.
    """
    if len(strokes) != 2 or min(len(line) for line in strokes) < 2:
        return None
    hook, stem = strokes
    points = np.concatenate([hook, stem])
    top, high = points[:, 1].min(), max(float(np.ptp(points[:, 1])), 1e-6)
    if stem[0, 1] > stem[-1, 1]:
        stem = stem[::-1]
    (stem_x, stem_top), (foot_x, foot) = stem[0], stem[-1]
    begin, end = hook[0], hook[-1]
    is_stem = (
        foot - stem_top > settings.stem * high
        and abs(foot_x - stem_x) < settings.most_lean * high
    )
    begins_on_top = max(begin[1], stem_top) - top < settings.top * high
    if not (is_stem and begins_on_top and begin[0] < stem_x):
        return None
    # Where the stem is as high as the bar's end.
    crossing = stem_x + (foot_x - stem_x) * (end[1] - stem_top) / (foot - stem_top)
    if not stem_top < end[1] < foot or end[0] - crossing < settings.beyond * high:
        return None
    return [np.concatenate([stem[:1], hook]), stem]


def nine_like_p(strokes: Sequence[Stroke]) -> list[Stroke]:
    """The 9 with its stem left of its loop."""
    return [line * np.array([-1, 1], line.dtype) for line in strokes]
