"""Fifteen corruptions of a 28×28 glyph, as in MNIST-C, plus affine changes.

Each has five strengths and draws its randomness from a seed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Glyph = npt.NDArray[np.uint8]
Rng = np.random.Generator
Plane = npt.NDArray[np.float32]
STRENGTHS = (1, 2, 3, 4, 5)  # from barely visible to barely legible
_SIDE = 28  # pixels, as MNIST has it
_MIDDLE = (_SIDE - 1) / 2
_Y, _X = np.mgrid[:_SIDE, :_SIDE].astype(np.float32)


@dataclass(frozen=True)
class Strengths:
    """What each of the five strengths means. Set by hand."""

    shot_light: tuple[float, ...] = (60, 25, 12, 7, 4)  # photons of a white pixel
    impulse_share: tuple[float, ...] = (0.02, 0.05, 0.09, 0.15, 0.22)  # of all pixels
    glass_px: tuple[float, ...] = (0.6, 1.0, 1.4, 1.9, 2.5)  # how far a pixel is moved
    # How far the glyph moves while the picture is taken.
    motion_px: tuple[int, ...] = (3, 5, 7, 9, 12)
    lean: tuple[float, ...] = (0.15, 0.25, 0.35, 0.45, 0.6)  # across, in heights
    # The size relative to the original.
    scale: tuple[float, ...] = (0.85, 0.75, 0.65, 0.55, 0.48)
    # To the left or to the right.
    turn_deg: tuple[float, ...] = (10, 18, 26, 34, 42)
    brightness: tuple[float, ...] = (0.15, 0.3, 0.45, 0.6, 0.72)  # paper; 1 is white
    # In any direction.
    moved_px: tuple[float, ...] = (1.5, 2.5, 3.5, 4.5, 6.0)
    # How many stripes, and how wide.
    stripes: tuple[int, ...] = (1, 2, 2, 3, 3)
    stripe_px: tuple[int, ...] = (1, 1, 2, 2, 3)
    fog: tuple[float, ...] = (0.25, 0.4, 0.55, 0.7, 0.85)  # of white
    # How many spots of ink.
    spots: tuple[int, ...] = (3, 6, 10, 14, 20)
    # How many lines, and how large their dots are.
    dotted_lines: tuple[int, ...] = (1, 1, 2, 2, 3)
    dot_px: tuple[int, ...] = (1, 1, 1, 2, 2)
    # From dot to dot: more than a dot, or the line would be solid.
    dot_step_px: tuple[float, ...] = (4.0, 3.0, 3.0, 4.0, 4.0)
    # How often the line changes its direction.
    zigzag_turns: tuple[int, ...] = (3, 5, 7, 9, 11)
    edges: tuple[float, ...] = (0.4, 0.6, 0.8, 0.95, 1.0)  # the share of the outline
    edge_px: tuple[int, ...] = (2, 2, 2, 3, 3)
    # The most that each entry of the matrix changes.
    affine: tuple[float, ...] = (0.08, 0.14, 0.2, 0.27, 0.35)


AT = Strengths()


def _shot(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Few photons: noise that grows where there is more light."""
    light = AT.shot_light[k]
    photons = rng.poisson(glyph / 255.0 * light + 0.3)
    return _clipped(photons / light * 255.0)


def _impulse(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Pixels that are black or white by chance."""
    out = glyph.copy()
    chance = rng.random(glyph.shape)
    share = AT.impulse_share[k]
    out[chance < share / 2] = 0
    out[chance > 1 - share / 2] = 255
    return out


def _glass(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Each pixel taken from somewhere near it, as through frosted glass."""
    reach = AT.glass_px[k]
    moves = rng.uniform(-reach, reach, (2, _SIDE, _SIDE))
    across, down = moves.astype(np.float32)
    soft = cv2.GaussianBlur(glyph, (0, 0), 0.5)
    return _sampled(soft, _X + across, _Y + down)


def _motion(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Blurred along one direction."""
    length = AT.motion_px[k]
    side = 2 * length + 1
    angle = rng.uniform(0, np.pi)
    direction = np.array([np.cos(angle), np.sin(angle)])
    x, y = np.round(direction * length / 2).astype(int)

    # A line through the kernel's middle, as the glyph moves.
    kernel = np.zeros((side, side), np.float32)
    start = (length - x, length - y)
    end = (length + x, length + y)
    cv2.line(kernel, start, end, 1.0, 1)
    kernel = kernel / kernel.sum()
    blurred = cv2.filter2D(glyph.astype(np.float32), -1, kernel)
    # Moved ink is paler than a camera would show it.
    return _clipped(blurred * 1.2)


def _shear(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Leaning to either side."""
    side = rng.choice([-1, 1])
    lean = AT.lean[k] * side
    return _moved(glyph, [[1, lean], [0, 1]])


def _scale(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Smaller, on a picture as large as before."""
    # The matrix says where a pixel comes from, which is further out.
    grow = 1 / AT.scale[k]
    return _moved(glyph, [[grow, 0], [0, grow]])


def _rotate(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Rotated to either side."""
    side = rng.choice([-1, 1])
    angle = np.deg2rad(AT.turn_deg[k]) * side
    cosine = np.cos(angle)
    sine = np.sin(angle)
    return _moved(glyph, [[cosine, -sine], [sine, cosine]])


def _brightness(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """A background that is no longer black; full ink keeps its brightness."""
    ground = AT.brightness[k] * 255
    left_to_ink = 1 - ground / 255.0
    return _clipped(ground + glyph * left_to_ink)


def _translate(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Moved by a set distance in a random direction."""
    angle = rng.uniform(0, 2 * np.pi)
    far = AT.moved_px[k]
    across = far * np.float32(np.cos(angle))
    down = far * np.float32(np.sin(angle))
    x = _X + across
    y = _Y + down
    return _sampled(glyph, x, y)


def _stripe(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Vertical stripes in which ink and paper are swapped."""
    out = glyph.copy()
    for start in rng.integers(4, _SIDE - 5, AT.stripes[k]):
        stripe = slice(start, start + AT.stripe_px[k])
        out[:, stripe] = 255 - out[:, stripe]
    return out


def _fog(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Clouds in front of the glyph, which grows paler."""
    # Large patches with finer ones over them.
    clouds = [_cloud(size, rng) for size in (2, 4, 8)]
    share = AT.fog[k]
    fog = 255 * share * np.asarray(sum(clouds))
    paler = glyph * (1 - 0.4 * share)
    return _clipped(np.maximum(paler, fog))


def _cloud(size: int, rng: Rng) -> Plane:
    """Fog of `size` × `size` patches; finer patches are weaker."""
    patches = rng.random((size, size)).astype(np.float32)
    shape = (_SIDE, _SIDE)
    smooth = cv2.resize(patches, shape, interpolation=cv2.INTER_CUBIC)
    weak = smooth / size
    return np.asarray(weak, np.float32)


def _spatter(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Spots of ink."""
    out = glyph.copy()
    for x, y in rng.integers(0, _SIDE, (AT.spots[k], 2)):
        radius = int(rng.integers(0, 2))
        shade = int(rng.integers(120, 256))
        cv2.circle(out, (int(x), int(y)), radius, shade, -1)
    return out


def _dotted_line(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Dotted lines from side to side."""
    out = glyph.copy()
    wide_px = AT.dot_px[k]
    for _ in range(AT.dotted_lines[k]):
        start = np.array([rng.uniform(0, 6), rng.uniform(3, 24)])
        end = np.array([rng.uniform(21, 27), rng.uniform(3, 24)])
        line = end - start
        length = float(np.linalg.norm(line))
        count = round(length / AT.dot_step_px[k])
        # Evenly from end to end, a point for each dot.
        shares = np.linspace(0, 1, count)[:, None]
        dots = start + shares * line
        for x, y in dots.round().astype(int):
            out[y : y + wide_px, x : x + wide_px] = 255
    return out


def _zigzag(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """A fine zigzag line from side to side."""
    out = glyph.copy()
    count = AT.zigzag_turns[k] + 1
    x = np.linspace(0, _SIDE - 1, count)
    is_odd = np.arange(count) % 2
    up_or_down = np.where(is_odd, 1, -1)
    middle = rng.uniform(8, 20)
    y = middle + up_or_down * (2 + k)
    points = np.stack([x, y], axis=1)
    corners = points.round().astype(np.int32)
    cv2.polylines(out, [corners], False, 255, 1, cv2.LINE_AA)
    return out


def _edges(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Outlines in place of strokes, or mixed with them."""
    side = AT.edge_px[k]
    kernel = np.ones((side, side), np.uint8)
    wider = cv2.dilate(glyph, kernel)
    thinner = cv2.erode(glyph, kernel)
    outline = cv2.subtract(wider, thinner)
    share = AT.edges[k]
    return _clipped((1 - share) * glyph + share * outline)


def _affine(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """Stretched, sheared and turned a little, all at once."""
    unchanged = np.eye(2)
    change = rng.uniform(-1, 1, (2, 2)) * AT.affine[k]
    matrix = unchanged + change
    return _moved(glyph, matrix.tolist())


def _moved(glyph: Glyph, matrix: list[list[float]]) -> Glyph:
    """The glyph transformed about its middle.

    The matrix maps each pixel to where its value comes from.
    """
    x = _X - _MIDDLE
    y = _Y - _MIDDLE
    (a, b), (c, d) = matrix
    from_x = a * x + b * y + _MIDDLE
    from_y = c * x + d * y + _MIDDLE
    # Entries of the matrix may be NumPy's doubles, which OpenCV does not take here.
    from_x = from_x.astype(np.float32)
    from_y = from_y.astype(np.float32)
    return _sampled(glyph, from_x, from_y)


def _sampled(glyph: npt.NDArray[np.generic], x: Plane, y: Plane) -> Glyph:
    """The glyph with each pixel taken from the given coordinates."""
    pixels = np.asarray(glyph, np.uint8)
    taken = cv2.remap(pixels, x, y, cv2.INTER_LINEAR)
    return np.asarray(taken, np.uint8)


def _clipped(values: npt.NDArray[np.generic]) -> Glyph:
    """The values as shades, from black to white at most."""
    exact = np.asarray(values, np.float64)
    within = np.clip(exact, 0, 255)
    return within.astype(np.uint8)


# The order is part of the random seed, so it must not change.
CORRUPTIONS: dict[str, Callable[[Glyph, int, Rng], Glyph]] = {
    "shot noise": _shot,
    "impulse noise": _impulse,
    "glass blur": _glass,
    "motion blur": _motion,
    "shear": _shear,
    "scale": _scale,
    "rotate": _rotate,
    "brightness": _brightness,
    "translate": _translate,
    "stripe": _stripe,
    "fog": _fog,
    "spatter": _spatter,
    "dotted line": _dotted_line,
    "zigzag": _zigzag,
    "edges": _edges,
    "affine": _affine,
}


def corrupted(glyphs: Glyph, name: str, strength: int, seed: int = 0) -> Glyph:
    """Each glyph with the corruption `name` (of CORRUPTIONS) at a strength from 1 to 5.

    The same seed gives the same pictures.
    """
    spoil = CORRUPTIONS[name]
    place = list(CORRUPTIONS).index(name)
    # Each corruption and strength has its own random draws.
    rng = np.random.default_rng([seed, place, strength])
    spoiled = [spoil(glyph, strength - 1, rng) for glyph in glyphs]
    return np.stack(spoiled)
