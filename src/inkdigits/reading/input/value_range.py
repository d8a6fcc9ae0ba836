"""Which of a picture's values are black and white, if their type does not say so.

Fractions are 0 to 1, -1 to 1 or standardised; integers have 1, 8, 10, 12 or 16 bits,
and any of them may be stored as floats. If the range is taken to be too wide, the
picture is all black.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RangeSettings:
    """What tells the usual ranges apart."""

    # Tops of whole numbers: a mask, and pictures of 8, 10, 12 and 16 bits.
    whole_tops: tuple[int, ...] = (1, 255, 1023, 4095, 65535)
    # How far interpolation may overshoot a range of floats, as a share of its top.
    overshoot: float = 0.1
    # Floats between 1 and this have no usual range (sklearn's digits go to 16) and keep
    # their own: taken as 8 bits, such a picture would be black.
    own_range_below: float = 32.0


SETTINGS = RangeSettings()


@dataclass(frozen=True, slots=True)
class ValueRange:
    """The values that become black and white; those beyond are clipped."""

    black: float
    white: float


def range_of(
    lowest: float, largest: float, *, whole: bool, settings: RangeSettings = SETTINGS
) -> ValueRange:
    """The narrowest usual range that holds a picture's values.

    It is the values' own range if no usual one is likely.
    """
    if whole:
        return _range_of_whole(lowest, largest, settings)
    top = _top_of_floats(largest, settings)
    if lowest >= -settings.overshoot * top:
        return ValueRange(0.0, top)
    if max(-lowest, largest) <= 1 + settings.overshoot:
        return ValueRange(-1.0, 1.0)
    return ValueRange(lowest, max(largest, lowest + 1))


def _range_of_whole(
    lowest: float, largest: float, settings: RangeSettings
) -> ValueRange:
    """The range of whole numbers: 1, 8, 10, 12 or 16 bits, or -1 to 1."""
    if (lowest, largest) == (-1, 1):
        return ValueRange(-1.0, 1.0)
    black = min(0.0, lowest)
    spread = largest - black
    # The smallest of the usual ranges that holds all values.
    for top in settings.whole_tops:
        if spread <= top:
            return ValueRange(black, black + top)
    return ValueRange(black, black + spread)


def _top_of_floats(largest: float, settings: RangeSettings) -> float:
    if 1 + settings.overshoot < largest < settings.own_range_below:
        return largest
    fitting = (
        bound
        for bound in settings.whole_tops
        if largest <= bound * (1 + settings.overshoot)
    )
    return float(next(fitting, largest))
