"""Numbers on pages that were printed on, or badly lit: worn frames, rules askew, underlines, a shadow."""

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from inkdigits.synthesis.drawn import draw_digit, draw_numbers, with_shadow

Page = npt.NDArray[np.uint8]


def page_of(text: str, margin: int = 40, **how: int) -> Page:
    drawn = np.asarray(draw_numbers([text], size_px=44, **how))
    return np.pad(drawn, margin, constant_values=int(drawn[0, 0]))


def long_and_thin() -> Page:
    """A 4 nearly as high as its picture, by so thin a pen that it vanishes where that is shrunk."""
    page = np.full((213, 120), 200, np.uint8)
    for stroke in ([(54, 27), (33, 74), (76, 74)], [(67, 27), (65, 186)]):
        cv2.polylines(page, [np.array(stroke)], False, 30, 2, cv2.LINE_AA)
    return page


def worn_frame(page: Page) -> Page:
    """Pieces of a printed frame along all four sides, corners and crossings with them."""
    out = page.copy()
    height, width = out.shape
    for x in (8, width - 9):
        for top, bottom in ((0, 18), (40, 47), (70, 92), (height - 16, height)):
            cv2.line(out, (x, top), (x, bottom), 40, 2)
    for y in (6, height - 7):
        for left, right in ((0, 26), (60, 71), (width - 24, width)):
            cv2.line(out, (left, y), (right, y), 40, 2)
    return out


def askew_frame(page: Page) -> Page:
    """Two rules that lean, where the number does not."""
    out = page.copy()
    height, width = out.shape
    for share in (0.06, 0.9):
        for start in np.arange(0.0, 1.0, 0.12):
            ends = [
                (
                    round(s * width),
                    round(share * height + 0.14 * (s - 0.5) * width * 0.3),
                )
                for s in (start, start + 0.07)
            ]
            cv2.line(out, ends[0], ends[1], 60, 1)
    return out


def underlined(page: Page) -> Page:
    """A thick line right under the digits, touching their feet."""
    out = page.copy()
    rows, columns = np.nonzero(out < 128)
    cv2.line(
        out,
        (int(columns.min()) - 10, int(rows.max())),
        (int(columns.max()) + 10, int(rows.max())),
        40,
        5,
    )
    return out


def under_a_hard_shadow(page: Page) -> Page:
    """Pencil on paper that a shadow with a hard edge crosses, right through the digits."""
    rows, columns = np.nonzero(page < 128)
    pencil = 205 - (255 - page.astype(np.float32)) * 0.35
    y, x = np.mgrid[: page.shape[0], : page.shape[1]]
    edge = (columns.min() + columns.max()) / 2 + 0.6 * (y - rows.mean())
    shaded = np.where(x > edge, pencil * 0.5, pencil)
    return np.asarray(
        cv2.GaussianBlur(shaded, (0, 0), 1.0)
        + np.random.default_rng(3).normal(0, 2, page.shape),
        np.uint8,
    )


def with_a_faint_digit(page: Page) -> Page:
    """The pen failed at the second digit of three or more that stand apart."""
    inked = (page < 128).any(axis=0)
    starts = np.flatnonzero(np.diff(inked.astype(int), prepend=0) == 1)
    out = page.astype(np.float32)
    part = np.s_[:, starts[1] - 2 : starts[2] - 2]
    out[part] = 245 - (245 - out[part]) * 0.5
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 0.6), np.uint8)


def with_plain_ones(text: str, pen_px: int) -> Page:
    """Large digits of one pen, each 1 an upright bar, on a picture little higher than they are."""
    step, left, top = 90, 30, 40
    out = np.full((180, 2 * left + step * len(text)), 255, np.uint8)
    for place, sign in enumerate(text):
        x = left + place * step
        if sign == "1":
            cv2.line(out, (x + 30, top + 15), (x + 30, top + 85), 30, pen_px)
        else:
            drawn = draw_digit(
                int(sign), size_px=100, height=0.7, stroke_px=pen_px, paper=255, ink=30
            )
            out[top : top + 100, x - 15 : x + 85] = np.minimum(
                out[top : top + 100, x - 15 : x + 85], np.asarray(drawn)
            )
    return out


def on_a_shadowed_table(text: str) -> Image.Image:
    """A number on a wide page, half of it in shadow: the edge runs from rim to rim and between the digits."""
    page = np.full((1200, 1600), 225, np.uint8)
    drawn = np.asarray(draw_numbers([text], size_px=110, paper=225))
    page[480 : 480 + drawn.shape[0], 330 : 330 + drawn.shape[1]] = drawn
    return with_shadow(Image.fromarray(page))
