"""Sample pictures that the project draws itself.

Digits and letters are drawn with pen strokes, and each defect of real pictures can be
added. Used by tests, examples, the demo and `inkdigits check`; nobody's handwriting or
pictures are in them.
"""

import io

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Shade = int
_Grey = npt.NDArray[np.uint8]
_Points = npt.NDArray[np.float64]
# strokes are drawn this many times larger, then shrunk, for smooth edges
_SUPERSAMPLE = 4
_WIDTH = 0.72  # of a sign, relative to its height

# Control points of each stroke in a unit square, y down; curves run smoothly through
# them.
_CURVED, _STRAIGHT = True, False
# Drawn by eye, each in the plain form taught at school.
_STROKES: dict[str, list[tuple[bool, list[tuple[float, float]]]]] = {
    "0": [
        (_CURVED, [
            (0.55, 0.02), (0.27, 0.12), (0.16, 0.5), (0.3, 0.9), (0.54, 0.98), (0.78, 0.84),
            (0.85, 0.48), (0.75, 0.13), (0.52, 0.02),
        ]),
    ],
    "1": [
        (_STRAIGHT, [(0.36, 0.24), (0.54, 0.03), (0.5, 0.98)]),
    ],
    "2": [
        (_CURVED, [
            (0.2, 0.25), (0.32, 0.06), (0.58, 0.02), (0.77, 0.2), (0.68, 0.48), (0.42, 0.74),
            (0.18, 0.95),
        ]),
        (_STRAIGHT, [(0.18, 0.95), (0.84, 0.93)]),
    ],
    "3": [
        (_CURVED, [
            (0.22, 0.12), (0.45, 0.02), (0.7, 0.1), (0.72, 0.3), (0.56, 0.44), (0.42, 0.47),
        ]),
        (_CURVED, [
            (0.42, 0.47), (0.66, 0.52), (0.8, 0.7), (0.68, 0.92), (0.42, 0.99), (0.17, 0.88),
        ]),
    ],
    "4": [
        (_STRAIGHT, [(0.5, 0.02), (0.14, 0.62), (0.88, 0.6)]),
        (_STRAIGHT, [(0.68, 0.3), (0.64, 0.99)]),
    ],
    "5": [
        (_STRAIGHT, [(0.8, 0.04), (0.32, 0.05), (0.27, 0.43)]),
        (_CURVED, [
            (0.27, 0.43), (0.5, 0.37), (0.75, 0.5), (0.78, 0.74), (0.58, 0.95), (0.2, 0.93),
        ]),
    ],
    "6": [
        (_CURVED, [
            (0.66, 0.03), (0.4, 0.22), (0.24, 0.55), (0.27, 0.85), (0.5, 0.98), (0.74, 0.87),
            (0.77, 0.66), (0.58, 0.54), (0.36, 0.62), (0.27, 0.78),
        ]),
    ],
    "7": [
        (_STRAIGHT, [(0.16, 0.06), (0.82, 0.05), (0.42, 0.98)]),
    ],
    "8": [
        (_CURVED, [
            (0.54, 0.47), (0.3, 0.34), (0.28, 0.13), (0.5, 0.02), (0.73, 0.12), (0.7, 0.33),
            (0.52, 0.47), (0.27, 0.64), (0.22, 0.86), (0.48, 0.98), (0.76, 0.87), (0.76, 0.65),
            (0.54, 0.47),
        ]),
    ],
    "9": [
        (_CURVED, [
            (0.74, 0.28), (0.6, 0.45), (0.36, 0.46), (0.24, 0.28), (0.34, 0.08), (0.56, 0.03),
            (0.74, 0.18), (0.75, 0.4), (0.68, 0.7), (0.58, 0.98),
        ]),
    ],
    "A": [
        (_STRAIGHT, [(0.12, 0.98), (0.48, 0.02), (0.86, 0.98)]),
        (_STRAIGHT, [(0.26, 0.64), (0.74, 0.62)]),
    ],
    "E": [
        (_STRAIGHT, [(0.78, 0.04), (0.24, 0.04), (0.24, 0.97), (0.8, 0.96)]),
        (_STRAIGHT, [(0.24, 0.5), (0.68, 0.48)]),
    ],
    "H": [
        (_STRAIGHT, [(0.2, 0.02), (0.2, 0.98)]),
        (_STRAIGHT, [(0.8, 0.02), (0.8, 0.98)]),
        (_STRAIGHT, [(0.2, 0.5), (0.8, 0.48)]),
    ],
    "M": [
        (_STRAIGHT, [(0.1, 0.98), (0.18, 0.02), (0.5, 0.6), (0.82, 0.02), (0.9, 0.98)]),
    ],
    "W": [
        (_STRAIGHT, [(0.06, 0.02), (0.26, 0.97), (0.5, 0.3), (0.74, 0.97), (0.94, 0.02)]),
    ],
}  # fmt: skip
LETTERS = "AEHMW"


def draw_digit(
    digit: int,
    *,
    size_px: int = 200,
    height: float = 0.6,
    stroke_px: float | None = None,
    ink: Shade = 30,
    paper: Shade = 250,
    angle_deg: float = 0.0,
    at: tuple[float, float] = (0.5, 0.5),
    seed: int | None = None,
) -> Image.Image:
    """A square grey picture of one digit, centred at `at`.

    `height` is a share of the picture's side. A seed makes the hand waver.
    """
    return draw_sign(
        str(digit),
        size_px=size_px,
        height=height,
        stroke_px=stroke_px,
        ink=ink,
        paper=paper,
        angle_deg=angle_deg,
        at=at,
        seed=seed,
    )


def draw_sign(
    sign: str,
    *,
    size_px: int = 200,
    height: float = 0.6,
    stroke_px: float | None = None,
    ink: Shade = 30,
    paper: Shade = 250,
    angle_deg: float = 0.0,
    at: tuple[float, float] = (0.5, 0.5),
    seed: int | None = None,
) -> Image.Image:
    """Like `draw_digit`, for the letters in LETTERS too."""
    tall = height * size_px
    width = max(1.0, 0.1 * tall) if stroke_px is None else stroke_px
    thickness = max(1, round(width * _SUPERSAMPLE))
    middle = np.array(at) * size_px
    rng = np.random.default_rng(seed)
    large_px = size_px * _SUPERSAMPLE
    large = np.zeros((large_px, large_px), np.uint8)
    for curved, points in _STROKES[sign]:
        path = np.array(points)
        if seed is not None:
            path = path + rng.normal(0, 0.015, (len(points), 2))
        line = _placed(_smooth(path) if curved else path, tall, angle_deg, middle)
        corners = np.round(line * _SUPERSAMPLE * 16).astype(np.int32)
        cv2.polylines(large, [corners], False, 255, thickness, cv2.LINE_AA, 4)
    share = (
        cv2.resize(large, (size_px, size_px), interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        / 255
    )
    return Image.fromarray(np.round(paper + (ink - paper) * share).astype(np.uint8))


def stroke_points(sign: str) -> list[list[tuple[float, float]]]:
    """The sign's strokes as points in a unit square, for drawing elsewhere."""
    strokes = []
    for curved, points in _STROKES[sign]:
        path = np.array(points)
        strokes.append(_smooth(path, steps=4) if curved else path)
    return [[(float(x), float(y)) for x, y in stroke] for stroke in strokes]


def _placed(path: _Points, tall: float, angle_deg: float, middle: _Points) -> _Points:
    """The path scaled, rotated and centred on the picture."""
    angle = np.deg2rad(angle_deg)
    cosine = np.cos(angle)
    sine = np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    centred = path - 0.5
    sized = centred * np.array([_WIDTH, 1.0]) * tall
    return sized @ turn.T + middle


def _smooth(points: _Points, steps: int = 12) -> _Points:
    """A Catmull-Rom curve through the points."""
    first = points[:1]
    last = points[-1:]
    # The curve needs a neighbour on either side, at the ends too.
    padded = np.concatenate([first, points, last])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for piece in range(len(points) - 1):
        before, start, end, after = padded[piece : piece + 4]
        linear = 2 * start + (end - before) * t
        quadratic = (2 * before - 5 * start + 4 * end - after) * t**2
        cubic = (3 * start - before - 3 * end + after) * t**3
        curve = linear + quadratic + cubic
        pieces.append(0.5 * curve)
    return np.concatenate([*pieces, last])


def with_shadow(
    picture: Image.Image, *, depth: float = 0.45, at: float = 0.4
) -> Image.Image:
    """A slanting shadow over the right part, with a hard edge.

    It is like the shadow of a hand or a phone.
    """
    pixels = np.asarray(picture, np.float32)
    height, width = pixels.shape
    rows, columns = np.mgrid[:height, :width]
    shaded = columns + 0.35 * rows > at * width + 0.17 * height
    light = np.where(shaded, 1 - depth, 1)
    return Image.fromarray((pixels * light).astype(np.uint8))


def cut_close(
    picture: Image.Image, *, faint: float = 0.35, blur: float = 1.2, sigma: float = 3.0
) -> Image.Image:
    """The box around the ink, with a small margin.

    It is faint, soft and grainy, as if cut from an old register.
    """
    ink = 255 - np.asarray(picture.convert("L"))
    is_ink = (ink > 100).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(is_ink)
    rim = round(0.1 * max(width, height))
    rows = slice(max(0, top - rim), top + height + rim)
    columns = slice(max(0, left - rim), left + width + rim)
    cut = ink[rows, columns].astype(np.float32)
    soft = cv2.GaussianBlur(cut, (0, 0), blur)
    # The paper is a little brighter at the right.
    slope = np.linspace(-10, 10, cut.shape[1])[None]
    paper = 185 + slope
    grey = (paper - faint * soft).clip(0, 255)
    faded = Image.fromarray(grey.astype(np.uint8))
    return with_grain(faded, sigma=sigma)


def with_vignette(picture: Image.Image, *, depth: float = 0.5) -> Image.Image:
    """Darker toward the corners."""
    pixels = np.asarray(picture, np.float32)
    height, width = pixels.shape
    y = np.linspace(-1, 1, height)[:, None]
    x = np.linspace(-1, 1, width)[None]
    distance_2 = x**2 + y**2
    # 1 in the middle, 1 - depth in the corners.
    light = 1 - depth * distance_2 / 2
    lit = (pixels * light).astype(np.uint8)
    return Image.fromarray(lit)


def with_margin(
    picture: Image.Image, *, share: float = 0.2, dark: Shade = 20
) -> Image.Image:
    """A scanner's dark margin left of the page, with the fold's soft shadow."""
    pixels = np.asarray(picture, np.float32)
    columns = np.arange(pixels.shape[1]) / (share * pixels.shape[1])
    # Dark up to half of the share, then lighter towards its end.
    light = (2 * columns - 1).clip(0, 1)
    page = dark + (pixels - dark) * light
    return Image.fromarray(page.astype(np.uint8))


def with_grain(picture: Image.Image, *, sigma: float = 6, seed: int = 0) -> Image.Image:
    """A sensor's noise."""
    pixels = np.asarray(picture, np.float32)
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, sigma, pixels.shape)
    grainy = (pixels + noise).clip(0, 255)
    return Image.fromarray(grainy.astype(np.uint8))


def with_specks(picture: Image.Image, *, count: int = 25, seed: int = 0) -> Image.Image:
    """Dust: dark dots of one to two pixels."""
    pixels = np.array(picture)
    rng = np.random.default_rng(seed)
    shorter = min(pixels.shape)
    places = rng.integers(0, shorter - 1, (count, 2))
    for x, y in places.tolist():
        radius = int(rng.integers(0, 2))
        cv2.circle(pixels, (x, y), radius, 60, -1)
    return Image.fromarray(pixels)


def with_scratch(picture: Image.Image) -> Image.Image:
    """A short upright scratch far from the writing, which alone might be a 1."""
    pixels = np.array(picture)
    height, width = pixels.shape
    left, foot = width // 8, 5 * height // 6
    thick = max(1, height // 100)
    top = (left + thick // 2, foot - height // 30)
    cv2.line(pixels, (left, foot), top, 40, thick, cv2.LINE_AA)
    return Image.fromarray(pixels)


def with_rules(
    picture: Image.Image,
    *,
    every: float = 0.25,
    shade: Shade = 170,
    squared: bool = False,
    width_px: int = 1,
) -> Image.Image:
    """Ruled or squared paper."""
    pixels = np.array(picture)
    lined = np.full_like(pixels, 255)
    side = pixels.shape[0]
    for place in np.arange(every / 2, 1, every):
        where = int(place * side)
        cv2.line(lined, (0, where), (pixels.shape[1], where), shade, width_px)
        if squared:
            cv2.line(lined, (where, 0), (where, side), shade, width_px)
    return Image.fromarray(np.minimum(pixels, lined))


def in_box(
    picture: Image.Image, *, margin: float = 0.08, shade: Shade = 60, width_px: int = 3
) -> Image.Image:
    """A form field's frame around the digit."""
    pixels = np.array(picture)
    low = int(margin * pixels.shape[0])
    high = int((1 - margin) * pixels.shape[0])
    cv2.rectangle(pixels, (low, low), (high, high), shade, width_px)
    return Image.fromarray(pixels)


def on_dots(picture: Image.Image, *, at: float = 0.9, shade: Shade = 60) -> Image.Image:
    """A dotted baseline below the digit."""
    pixels = np.array(picture)
    height, width = pixels.shape[:2]
    y = int(at * height)
    for x in range(2, width, 7):
        cv2.circle(pixels, (x, y), 1, shade, -1)
    return Image.fromarray(pixels)


def transparent(picture: Image.Image, *, ink: Shade = 0) -> Image.Image:
    """The strokes in `ink` on a transparent background, as drawing programs save."""
    grey = np.asarray(picture, np.float32)
    # At least 1: a blank picture has no contrast to divide by.
    contrast = max(1.0, float(np.ptp(grey)))
    darkness = grey.max() - grey
    opacity = (255 * darkness / contrast).astype(np.uint8)
    strokes = Image.new("L", picture.size, ink)
    alpha = Image.fromarray(opacity)
    return Image.merge("LA", (strokes, alpha))


def as_file(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The picture encoded, as PNG, JPEG, TIFF, …"""
    # In memory: tests and benchmarks hand the bytes straight on.
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def draw_numbers(
    lines: list[str],
    *,
    size_px: int = 48,
    ink: Shade = 30,
    paper: Shade = 245,
    pitch: float = 0.95,
    seed: int = 0,
) -> Image.Image:
    """A page with each text on its own line.

    A text may have digits, the letters in LETTERS, dashes and spaces.
    """
    longest = max(map(len, lines), default=1)
    height = round(size_px * (1.8 * len(lines) + 1))
    width = round(size_px * (pitch * longest + 1.6))
    page = np.full((height, width), paper, np.uint8)
    side = round(1.5 * size_px)
    for row, text in enumerate(lines):
        top = round(size_px * (0.4 + 1.8 * row))
        for column, sign in enumerate(text):
            if sign == " ":
                continue
            left = round(size_px * (0.5 + pitch * column)) - side // 4
            own_seed = 100 * seed + 17 * row + column
            is_dash = sign == "-"
            mark = (
                _dash(side, ink, paper)
                if is_dash
                else _sign(sign, side, ink, paper, own_seed)
            )
            place = page[top : top + side, left : left + side]
            darker_or_lighter = np.minimum if ink < paper else np.maximum
            darker_or_lighter(
                place, mark[: place.shape[0], : place.shape[1]], out=place
            )
    return Image.fromarray(page)


def _sign(sign: str, side: int, ink: Shade, paper: Shade, seed: int) -> _Grey:
    stroke_px = max(1.5, side / 20)
    drawn = draw_sign(
        sign,
        size_px=side,
        height=0.66,
        stroke_px=stroke_px,
        ink=ink,
        paper=paper,
        seed=seed,
    )
    return np.asarray(drawn)


def _dash(side: int, ink: Shade, paper: Shade) -> _Grey:
    """A dash in the middle of a square."""
    square = np.full((side, side), paper, np.uint8)
    y = side // 2
    start = (round(0.36 * side), y)
    end = (round(0.64 * side), y)
    thick = max(2, side // 20)
    cv2.line(square, start, end, ink, thick, cv2.LINE_AA)
    return square
