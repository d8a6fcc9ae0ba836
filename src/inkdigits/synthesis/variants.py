"""Digits as other schools teach them, made from the strokes of usual ones.

Few of the hands that networks learn from write so.

an open 4 → the pen goes from the stem's top to where the other stroke begins → closed
a 9 in one stroke → a bar from the bottom of its loop across the stem → a 4 with a round loop
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


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """Which nines are fours once a bar crosses their stem; in parts of their height."""

    # Below their top: where the stem begins, at most, and where the loop ends.
    stem_top: float = 0.35
    loop_end: tuple[float, float] = (0.3, 0.75)
    # How far down the stem ends, and how far it curves: a curled one is no 4's.
    foot: float = 0.85
    most_curve: float = 0.1
    # How much the pen may go up again on its way down the stem.
    tremble: float = 0.02
    # How far the bar reaches beyond the stem.
    beyond: float = 0.3


LOOPS = LoopSettings()


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


def four_with_loop(
    nine: Sequence[Stroke], settings: LoopSettings = LOOPS
) -> list[Stroke] | None:
    """A 9 with a bar across its stem: a 4; None if it is not a loop and a straight stem."""
    if len(nine) != 1 or len(nine[0]) < 3:
        return None
    line = nine[0]
    x, y = line[:, 0], line[:, 1]
    high = max(float(np.ptp(y)), 1e-6)
    down = (y - y.min()) / high
    # From the foot upwards, as long as the pen went down.
    rises = np.flatnonzero(np.diff(down) < -settings.tremble)
    stem = int(rises[-1]) + 1 if len(rises) else 0
    if stem < 2 or down[stem] > settings.stem_top or down[-1] < settings.foot:
        return None
    end = int(down[:stem].argmax())
    least, most = settings.loop_end
    crossing = stem + int((down[stem:] >= down[end]).argmax())
    is_loop = least < down[end] < most and x[end] < x[crossing]
    if not is_loop or _curve(line[stem:]) > settings.most_curve * high:
        return None
    bar = [[x[end], y[end]], [x[crossing] + settings.beyond * high, y[end]]]
    return [line, np.array(bar, line.dtype)]


def _curve(line: Stroke) -> float:
    """How far a stroke is from a straight one."""
    chord = line[-1] - line[0]
    off = line - line[0]
    across = off[:, 0] * chord[1] - off[:, 1] * chord[0]
    return float(np.abs(across).max() / max(float(np.hypot(*chord)), 1e-6))


def nine_like_p(strokes: Sequence[Stroke]) -> list[Stroke]:
    """The 9 with its stem left of its loop."""
    return [line * np.array([-1, 1], line.dtype) for line in strokes]
