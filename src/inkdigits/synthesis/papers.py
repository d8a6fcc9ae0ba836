"""Paper and light: shades, grain, printed patterns, shadows, dark rims, blur, noise and JPEG."""

from dataclasses import dataclass

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
    coarse = rng.normal(0, 1, (cells + 2, cells + 2)).astype(np.float32)
    return np.asarray(
        cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32
    )


def blank(rng: Rng, shape: tuple[int, int]) -> Layer:
    """Paper without writing: a shade, uneven light, grain, and now and then a printed pattern."""
    shade = rng.uniform(95, 255) if rng.random() < 0.3 else rng.uniform(190, 255)
    page = np.full(shape, shade, np.float32)
    page += (
        smooth_noise(rng, shape, int(rng.integers(1, 4))) * rng.uniform(0, 0.06) * shade
    )
    kind = rng.random()
    if kind < 0.16:
        page -= _waves(rng, shape) * rng.uniform(0.05, 0.3) * shade
    elif kind < 0.24:
        page -= _hatch(rng, shape) * rng.uniform(0.05, 0.25) * shade
    elif kind < 0.36:
        grain = cv2.GaussianBlur(
            rng.normal(0, 1, shape).astype(np.float32), (0, 0), rng.uniform(0.6, 1.6)
        )
        page += grain * rng.uniform(4, 22)
    if rng.random() < 0.15:
        page += smooth_noise(rng, shape, int(rng.integers(8, 24))) * rng.uniform(2, 12)
    return page


def _waves(rng: Rng, shape: tuple[int, int]) -> Layer:
    """Families of wavy lines, as on cheques."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    pattern = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        angle, period = rng.uniform(0, np.pi), rng.uniform(4, 12)
        cosine, sine = np.cos(angle), np.sin(angle)
        along = cosine * x + sine * y
        across = cosine * y - sine * x
        swing, stretch, shift = (
            rng.uniform(0, 6),
            rng.uniform(10, 60),
            rng.uniform(0, 6),
        )
        bend = swing * np.sin(along / stretch + shift)
        phase = np.cos((across + bend) * (2 * np.pi / period))
        thin = rng.uniform(0.3, 0.85)
        pattern = np.maximum(pattern, np.clip((phase - thin) * 5, 0, 1))
    return pattern


def _hatch(rng: Rng, shape: tuple[int, int]) -> Layer:
    y, x = np.mgrid[: shape[0], : shape[1]]
    step = int(rng.integers(2, 7))
    slope = int(rng.integers(-2, 3))
    return (((x + slope * y) % step == 0) | ((y + slope * x) % step == 0)).astype(
        np.float32
    )


def lit(rng: Rng, page: Layer) -> Layer:
    """The page under a shadow or with a fold; mostly neither."""
    shape = page.shape
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    if rng.random() < 0.2:
        angle = rng.uniform(0, 2 * np.pi)
        far = np.cos(angle) * (x - rng.uniform(0.1, 0.9) * shape[1]) + np.sin(angle) * (
            y - rng.uniform(0.1, 0.9) * shape[0]
        )
        edge = np.clip(far / rng.uniform(1, 50), -30, 30)
        page = page * (1 - rng.uniform(0.15, 0.6) / (1 + np.exp(-edge)))
    if rng.random() < 0.08:
        angle = rng.uniform(0, np.pi)
        far = np.cos(angle) * (x - rng.uniform(0, shape[1])) + np.sin(angle) * (
            y - rng.uniform(0, shape[0])
        )
        page = page + rng.uniform(-50, 50) * np.exp(-((far / rng.uniform(0.8, 6)) ** 2))
    return page.astype(np.float32)


def rimmed(rng: Rng, page: Layer) -> tuple[Layer, npt.NDArray[np.bool_]]:
    """Now and then the dark of a scanner's lid along one side; also what it covers."""
    covered = np.zeros(page.shape, bool)
    if rng.random() < 0.08:
        wide = rng.uniform(4, 60)
        edge = wide + np.cumsum(rng.normal(0, 0.4, page.shape[0]))[:, None]
        x = np.arange(page.shape[1])[None]
        covered = x < edge if rng.random() < 0.5 else x > page.shape[1] - edge
        page = np.where(
            covered, rng.uniform(0, 50) + rng.normal(0, 4, page.shape), page
        ).astype(np.float32)
    return page, covered


def taken(rng: Rng, page: Layer) -> Grey:
    """The page as a camera or scanner gives it: blurred, noisy, compressed, or inverted."""
    if rng.random() < 0.7:
        page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.3, 1.1))
    if rng.random() < 0.06:
        length = int(rng.integers(2, 5))
        page = cv2.blur(page, (length, 1) if rng.random() < 0.5 else (1, length))
    if rng.random() < 0.15:
        low, high = rng.uniform(0, 90), rng.uniform(140, 255)
        page = low + page * ((high - low) / 255)
    if rng.random() < 0.7:
        page = page + rng.standard_normal(page.shape, np.float32) * np.float32(
            rng.uniform(0.5, 9)
        )
    if rng.random() < 0.04:
        bend = smooth_noise(rng, page.shape, 3) * 10
        page = np.where(
            page > page.mean() * rng.uniform(0.75, 0.95) + bend, 255, 0
        ).astype(np.float32)
    grey = np.clip(page, 0, 255).astype(np.uint8)
    if rng.random() < 0.08:
        grey = 255 - grey
    if rng.random() < 0.4:
        quality = int(rng.integers(25, 95))
        coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        grey = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(grey, np.uint8)


def faxed(rng: Rng, grey: Grey, settings: FaxSettings = FAX) -> Grey:
    """Grey as a fax machine sends it: coarse, black and white, thin strokes broken."""
    height, width = grey.shape
    high = int(rng.integers(*settings.high_px))
    wide = max(4, round(width * high / height))
    method = cv2.INTER_AREA if high < height else cv2.INTER_LINEAR
    coarse = cv2.resize(grey, (wide, high), interpolation=method)
    paper, dark = np.percentile(coarse, settings.paper_and_dark)
    threshold = paper - float(rng.uniform(*settings.threshold)) * (paper - dark)
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
