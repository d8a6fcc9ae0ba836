"""Paper and light: shades, grain, printed patterns, shadows, dark rims, blur, noise and JPEG."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Rng = np.random.Generator
Layer = npt.NDArray[np.float32]
Grey = npt.NDArray[np.uint8]
# Of pictures that are seen another time (seen_again).
_BLURRED, _INVERTED = 0.15, 0.06


@dataclass(frozen=True, slots=True)
class FaxSettings:
    """What is left of a row of digits after a fax machine."""

    # The row's height with what is above and below: digits are then 15 to 35 pixels high.
    high_px: tuple[int, int] = (26, 56)
    # Percentiles of grey that are taken for paper and for full ink.
    paper_and_dark: tuple[float, float] = (75.0, 2.0)
    # Where black begins, in shares of the way from paper to ink.
    threshold: tuple[float, float] = (0.25, 0.75)
    specks: float = 0.002  # of all pixels


FAX = FaxSettings()


def smooth_noise(rng: Rng, shape: tuple[int, int], cells: int) -> Layer:
    """Noise of about unit strength that changes over 1/cells of the side."""
    height, width = shape
    # A cell more on each side: the curve needs neighbours at the edges too.
    coarse = rng.normal(0, 1, (cells + 2, cells + 2)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.float32)


def blank(rng: Rng, shape: tuple[int, int]) -> Layer:
    """Paper without writing: a shade, uneven light, grain, and now and then a printed pattern."""
    is_any_shade = rng.random() < 0.3
    shade = rng.uniform(95, 255) if is_any_shade else rng.uniform(190, 255)
    page = np.full(shape, shade, np.float32)
    light = smooth_noise(rng, shape, int(rng.integers(1, 4)))
    page += light * rng.uniform(0, 0.06) * shade
    kind = rng.random()
    if kind < 0.16:
        page -= _waves(rng, shape) * rng.uniform(0.05, 0.3) * shade
    elif kind < 0.24:
        page -= _hatch(rng, shape) * rng.uniform(0.05, 0.25) * shade
    elif kind < 0.36:
        noise = rng.normal(0, 1, shape).astype(np.float32)
        grain = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.6, 1.6))
        page += grain * rng.uniform(4, 22)
    if rng.random() < 0.15:
        stains = smooth_noise(rng, shape, int(rng.integers(8, 24)))
        page += stains * rng.uniform(2, 12)
    return page


def unevenness_of(page: Layer) -> float:
    """How much neighbouring places differ, in shades: by grain or pattern, not by light."""
    smooth = cv2.GaussianBlur(page, (0, 0), 12)
    return float((page - smooth).std())


def _waves(rng: Rng, shape: tuple[int, int]) -> Layer:
    """Families of wavy lines, as on cheques."""
    height, width = shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pattern = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        angle = rng.uniform(0, np.pi)
        period = rng.uniform(4, 12)
        cosine = np.cos(angle)
        sine = np.sin(angle)
        # How far each pixel is along the lines, and across them.
        along = cosine * x + sine * y
        across = cosine * y - sine * x
        swing = rng.uniform(0, 6)
        stretch = rng.uniform(10, 60)
        shift = rng.uniform(0, 6)
        bend = swing * np.sin(along / stretch + shift)
        phase = np.cos((across + bend) * (2 * np.pi / period))
        # Only the crests are printed; the less of them, the thinner the lines.
        thin = rng.uniform(0.3, 0.85)
        lines = np.clip((phase - thin) * 5, 0, 1)
        pattern = np.maximum(pattern, lines)
    return pattern


def _hatch(rng: Rng, shape: tuple[int, int]) -> Layer:
    """Two families of fine straight lines that cross."""
    height, width = shape
    y, x = np.mgrid[:height, :width]
    step = int(rng.integers(2, 7))
    slope = int(rng.integers(-2, 3))
    down = (x + slope * y) % step == 0
    across = (y + slope * x) % step == 0
    return (down | across).astype(np.float32)


def left_by_shadow(
    beyond: npt.NDArray[np.floating[Any]], depth: float, softness: float
) -> npt.NDArray[np.floating[Any]]:
    """The share of light at each place, as far beyond a shadow's edge (in the unit of softness)."""
    # Clipped, because the exponential would overflow; so far out it changes nothing.
    steps = np.clip(beyond / softness, -30, 30)
    return 1 - depth / (1 + np.exp(-steps))


def lit(rng: Rng, page: Layer) -> Layer:
    """The page under a shadow or with a fold; mostly neither."""
    height, width = page.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    if rng.random() < 0.2:
        # A shadow begins at a line through some point, in any direction.
        angle = rng.uniform(0, 2 * np.pi)
        from_x = x - rng.uniform(0.1, 0.9) * width
        from_y = y - rng.uniform(0.1, 0.9) * height
        far = np.cos(angle) * from_x + np.sin(angle) * from_y
        softness = rng.uniform(1, 50)
        depth = rng.uniform(0.15, 0.6)
        page = page * left_by_shadow(far, depth, softness)
    if rng.random() < 0.08:
        # A fold is a line that catches the light, or lies in the dark.
        angle = rng.uniform(0, np.pi)
        from_x = x - rng.uniform(0, width)
        from_y = y - rng.uniform(0, height)
        far = np.cos(angle) * from_x + np.sin(angle) * from_y
        strength = rng.uniform(-50, 50)
        reach = rng.uniform(0.8, 6)
        page = page + strength * np.exp(-((far / reach) ** 2))
    return page.astype(np.float32)


def rimmed(rng: Rng, page: Layer) -> tuple[Layer, npt.NDArray[np.bool_]]:
    """Now and then the dark of a scanner's lid along one side; also what it covers."""
    covered = np.zeros(page.shape, bool)
    if rng.random() >= 0.08:
        return page, covered
    height, width = page.shape
    wide = rng.uniform(4, 60)
    # The edge moves by less than a pixel from row to row.
    steps = rng.normal(0, 0.4, height)
    edge = wide + np.cumsum(steps)[:, None]
    x = np.arange(width)[None]
    at_left = rng.random() < 0.5
    covered = x < edge if at_left else x > width - edge
    shade = rng.uniform(0, 50)
    lid = shade + rng.normal(0, 4, page.shape)
    with_rim = np.where(covered, lid, page)
    return with_rim.astype(np.float32), covered


def taken(rng: Rng, page: Layer) -> Grey:
    """The page as a camera or scanner gives it: blurred, noisy, compressed, or inverted."""
    # Out of focus, or moved.
    if rng.random() < 0.7:
        page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.3, 1.1))
    if rng.random() < 0.06:
        length = int(rng.integers(2, 5))
        is_level = rng.random() < 0.5
        page = cv2.blur(page, (length, 1) if is_level else (1, length))
    # Of little contrast: what comes later is as much weaker as the writing.
    share = 1.0
    if rng.random() < 0.15:
        low = rng.uniform(0, 90)
        high = rng.uniform(140, 255)
        share = (high - low) / 255
        page = low + page * share
    if rng.random() < 0.7:
        noise = rng.standard_normal(page.shape, np.float32)
        page = page + noise * np.float32(share * rng.uniform(0.5, 9))
    # Black and white alone, as fax machines and old scanners give it.
    if rng.random() < 0.04:
        # Compared with the paper around it, or a shadow would be black.
        around = cv2.GaussianBlur(page, (0, 0), 25)
        difference = page - around
        threshold = _black_below(rng, difference, FAX)
        page = np.where(difference > threshold, 255, 0).astype(np.float32)

    grey = np.clip(page, 0, 255).astype(np.uint8)
    if rng.random() < 0.08:
        grey = 255 - grey
    if rng.random() < 0.4:
        options = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 95))]
        _, coded = cv2.imencode(".jpg", grey, options)
        grey = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(grey, np.uint8)


def _black_below(rng: Rng, page: Layer | Grey, settings: FaxSettings) -> float:
    """The shade below which a fax machine sends black."""
    paper, dark = np.percentile(page, settings.paper_and_dark)
    return float(paper - rng.uniform(*settings.threshold) * (paper - dark))


def faxed(rng: Rng, grey: Grey, settings: FaxSettings = FAX) -> Grey:
    """Grey as a fax machine sends it: coarse, black and white, thin strokes broken."""
    height, width = grey.shape
    high = int(rng.integers(*settings.high_px))
    wide = max(4, round(width * high / height))
    method = cv2.INTER_AREA if high < height else cv2.INTER_LINEAR
    coarse = cv2.resize(grey, (wide, high), interpolation=method)
    threshold = _black_below(rng, coarse, settings)
    sent = np.where(coarse < threshold, 0, 255).astype(np.uint8)
    specks = rng.random(sent.shape) < settings.specks
    sent[specks] = 255 - sent[specks]
    return sent


def seen_again(rng: Rng, shown: Layer, noisy: float) -> Layer:
    """A picture in even contrast seen another time: blurred, noisy (that often) or inverted."""
    kind = rng.random()
    if kind < _BLURRED:
        shown = cv2.GaussianBlur(shown, (0, 0), rng.uniform(0.4, 1.0)).astype(
            np.float32
        )
    elif kind < _BLURRED + noisy:
        strength = np.float32(rng.uniform(0.03, 0.3))
        shown = shown + rng.standard_normal(shown.shape, np.float32) * strength
    return -shown if rng.random() < _INVERTED else shown
