"""Hands: writers whose signs can be drawn at any size, full ink being 255."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.named import for_testing, open_npz
from inkdigits.data.strokes import Stroke, load_strokes
from inkdigits.synthesis.variants import closed_four, four_with_loop, nine_like_p

# One of so many fours is closed too, and one of so many nines is like a P: few people write so. A
# nine that becomes a four with a round loop, by a bar, is both.
_CLOSED, _LIKE_P = 4, 12
Ink = npt.NDArray[np.uint8]
Rng = np.random.Generator
# OpenCV takes points in parts of a pixel as whole numbers: sixteenths.
_FRACTION_BITS = 4
# OpenCV draws whole pixels: thinner strokes than this are drawn so many times as large first.
_WHOLE_PEN_PX, _SHRUNK = 1.2, 4
_WRONG_LABELS = Path(__file__).with_name("wrong_labels.json")
# Every seventh writer or file of the training part is kept for validation.
_VALIDATION_EVERY = 7
# A hand needs this many of the ten digits; the rest it borrows from the other hands of its set.
_LEAST_DIGITS = 6
# Pendigits come in the order of their writers, about 170 of each: so many in a row count as one
# hand.
_PENDIGITS_A_HAND = 165


@dataclass(frozen=True, slots=True)
class Pen:
    """How a row is written: stroke width in pixels, lean (x per y), width for its height, ink."""

    width_px: float = 2.0
    lean: float = 0.0
    squeeze: float = 1.0
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class StrokeGlyph:
    """A glyph that is known as pen strokes."""

    strokes: Sequence[Stroke]

    def draw(self, rng: Rng, tall_px: float, widest_px: float, pen: Pen) -> Ink:
        """The glyph as ink, cut close; `tall_px` high unless it would be wider than `widest_px`."""
        if pen.width_px >= _WHOLE_PEN_PX:
            return self._drawn(rng, tall_px, widest_px, pen)
        # A stroke thinner than a pixel, as of a large drawing that is shown small: drawn large,
        # then shrunk.
        larger = replace(pen, width_px=pen.width_px * _SHRUNK)
        large = self._drawn(rng, tall_px * _SHRUNK, widest_px * _SHRUNK, larger)
        height, width = large.shape
        size = (max(1, round(width / _SHRUNK)), max(1, round(height / _SHRUNK)))
        small = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)

    def _drawn(self, rng: Rng, tall_px: float, widest_px: float, pen: Pen) -> Ink:
        """The strokes drawn with a whole pen, at the size that fits."""
        matrix = np.array([[pen.squeeze, -pen.lean], [0, 1]], np.float32)
        lines = [line @ matrix.T for line in self.strokes]
        points = np.concatenate(lines)
        low = points.min(axis=0)
        size = np.maximum(np.ptp(points, axis=0), 1e-3)
        # Half of the pen reaches beyond the points on each side.
        for_height = max(tall_px - pen.width_px, 1) / size[1]
        for_width = max(widest_px - pen.width_px, 1) / size[0]
        scale = min(for_height, for_width)

        tremble = 0.012 * scale * max(size)
        thick = max(1, round(pen.width_px + rng.normal(0, 0.25)))
        margin = thick / 2 + 1.5
        shape = np.ceil(size[::-1] * scale + 2 * margin).astype(int)
        canvas = np.zeros(shape, np.uint8)
        for line in lines:
            placed = (line - low) * scale + margin + rng.normal(0, tremble, line.shape)
            if np.ptp(placed, axis=0).max() < thick:
                _blot(canvas, placed.mean(axis=0), thick)
                continue
            corners = np.round(placed * (1 << _FRACTION_BITS)).astype(np.int32)
            cv2.polylines(
                canvas, [corners], False, 255, thick, cv2.LINE_AA, _FRACTION_BITS
            )
        return cut_close(canvas)


def _blot(canvas: Ink, at: npt.NDArray[np.floating[Any]], thick: int) -> None:
    """What a pen leaves that touches the paper without moving: OpenCV draws no line so short."""
    x, y = np.round(at * (1 << _FRACTION_BITS)).astype(int).tolist()
    # Such a point is a little broader than a line, for the pen rests on it.
    radius = round(max(0.8, 0.6 * thick) * (1 << _FRACTION_BITS))
    cv2.circle(canvas, (x, y), radius, 255, -1, cv2.LINE_AA, _FRACTION_BITS)


@dataclass(frozen=True, slots=True)
class RasterGlyph:
    """A glyph that is known as a small picture, ink high."""

    picture: Ink

    def draw(self, rng: Rng, tall_px: float, widest_px: float, pen: Pen) -> Ink:
        """The picture at another size and lean, its strokes a little thinner or thicker."""
        height, width = self.picture.shape
        scale_y = tall_px / height
        scale_x = min(scale_y * pen.squeeze, widest_px / width)
        reach = abs(pen.lean) * tall_px
        out_width = max(3, round(width * scale_x + reach + 2))
        out_height = max(3, round(tall_px + 2))
        # A hand that leans to the right has its feet to the left of its heads.
        left = 1 if pen.lean < 0 else 1 + max(0.0, pen.lean) * tall_px
        matrix = np.array(
            [[scale_x, -pen.lean * scale_y, left], [0, scale_y, 1]], np.float32
        )
        picture = self.picture
        if scale_y < 0.6:
            picture = cv2.GaussianBlur(picture, (0, 0), 0.4 / scale_y)
        size = (out_width, out_height)
        moved = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR)

        # Enlarged pictures are soft: a steeper curve brings the edge back; its foot makes the
        # stroke thin or thick.
        foot = rng.uniform(0.15, 0.45)
        steep = np.clip(0.8 * scale_y, 1.1, 2.6)
        levels = np.arange(256) / 255
        curve = (levels - foot) * steep + 0.5 * (foot + 0.15)
        table = np.clip(curve, 0, 1) * 255
        return cut_close(cv2.LUT(moved, table.astype(np.uint8)))


Glyph = StrokeGlyph | RasterGlyph


@dataclass(frozen=True)
class Hand:
    """One writer's glyphs by what they are; what it lacks comes from `others`."""

    glyphs: Mapping[str, Sequence[Glyph]]
    others: Mapping[str, Sequence[Glyph]] = field(repr=False)

    def pick(self, rng: Rng, sign: str) -> Glyph:
        """One of the writer's glyphs of a sign, or of another writer's."""
        glyphs = self.glyphs.get(sign) or self.others[sign]
        chosen = int(rng.integers(len(glyphs)))
        return glyphs[chosen]


@dataclass(frozen=True)
class Hands:
    """All hands of the open sets, kind by kind, with letters and signs beside them."""

    kinds: Mapping[str, Sequence[Hand]]
    signs: Mapping[str, Sequence[Glyph]]
    letters: Sequence[Glyph]
    strange: Sequence[Glyph]

    def any_hand(self, rng: Rng, shares: Mapping[str, float]) -> Hand:
        """A hand of any set, each set as often as its share says."""
        names = [name for name in shares if name in self.kinds]
        weights = np.array([shares[name] for name in names])
        # A set that is not there leaves its share to the others.
        chances = weights / weights.sum()
        kind = names[int(rng.choice(len(names), p=chances))]
        hands = self.kinds[kind]
        chosen = int(rng.integers(len(hands)))
        return hands[chosen]

    def without(self, kind: str) -> "Hands":
        """The same without the hands of one set."""
        return replace(
            self,
            kinds={name: hands for name, hands in self.kinds.items() if name != kind},
        )


def cut_close(ink: Ink) -> Ink:
    """The ink without its empty rim."""
    is_ink = (ink > 40).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(is_ink)
    # A stroke too faint to be seen is drawn as a dot rather than not at all.
    if width == 0:
        return np.full((1, 1), 255, np.uint8)
    cut = ink[top : top + height, left : left + width]
    return np.ascontiguousarray(cut)


def load_hands(data_dir: Path, part: str) -> Hands:
    """The hands of one part: "train", "validation" or "test"; no writer is in two of them."""
    unipen = data_dir / "unipen"
    kinds: dict[str, Sequence[Hand]] = {
        "print": _printed(),
        "mnist": _mnist(data_dir, part),
        "pendigits": _pendigits(data_dir, part),
        "unipen": _unipen(unipen, part),
        "swiss": _swiss(data_dir, part),
    }
    symbols = _labelled(unipen / "unipen_symbols", part)
    letters = _labelled(unipen / "unipen_letters", part)
    signs: dict[str, list[Glyph]] = {
        sign: list(symbols[sign]) for sign in ".,-/:+%=()$"
    }
    signs["€"] = []
    for letter in letters["C"] + letters["c"]:
        euro = _euro(letter)
        if euro is not None:
            signs["€"].append(euro)
    _add_printed_signs(signs, data_dir, part)

    # Those that are signs themselves, and those that look like a 1 or like a sign.
    taken = set(".,-/:+%=()$|'`_")
    strange: list[Glyph] = []
    for label, glyphs in symbols.items():
        if label not in taken:
            strange += glyphs
    # Letters that are written like digits teach nothing: o, O, l, I, S, Z, q, g, b and their like.
    like_digits = set("oOiIlsSzZBbgqDG")
    plain: list[Glyph] = []
    for label, glyphs in letters.items():
        if label not in like_digits:
            plain += glyphs
    return Hands(kinds, signs, plain, strange + _omniglot(data_dir, part))


def drawn_hands() -> Hands:
    """The project's own drawn digits and signs, for which no data set is needed."""
    from inkdigits.synthesis.drawn import LETTERS, stroke_points

    def glyph(points: Sequence[Sequence[tuple[float, float]]]) -> Glyph:
        """Strokes as a glyph."""
        strokes = [np.array(stroke, np.float32) for stroke in points]
        return StrokeGlyph(strokes)

    digits = {digit: [glyph(stroke_points(digit))] for digit in "0123456789"}
    signs = {sign: [glyph(strokes)] for sign, strokes in _PLAIN_SIGNS.items()}
    letters = [glyph(stroke_points(letter)) for letter in LETTERS]
    # Under the name of a set, because shares are given by these names.
    kinds = {"mnist": [Hand(digits, digits)]}
    return Hands(kinds, signs, letters, letters)


# Pen strokes in a square of side 1, from its top left corner.
_PLAIN_SIGNS: dict[str, list[list[tuple[float, float]]]] = {
    ".": [[(0.5, 0.5), (0.52, 0.52)]],
    ",": [[(0.6, 0.0), (0.5, 0.6), (0.2, 1.0)]],
    "-": [[(0.0, 0.5), (1.0, 0.48)]],
    "/": [[(0.6, 0.0), (0.1, 1.0)]],
    ":": [[(0.5, 0.0), (0.52, 0.03)], [(0.5, 0.97), (0.52, 1.0)]],
    "+": [[(0.5, 0.0), (0.5, 1.0)], [(0.0, 0.5), (1.0, 0.5)]],
    "%": [[(0.9, 0.0), (0.1, 1.0)], [(0.2, 0.1), (0.3, 0.3), (0.1, 0.3), (0.2, 0.1)],
          [(0.8, 0.7), (0.9, 0.9), (0.7, 0.9), (0.8, 0.7)]],
    "=": [[(0.0, 0.3), (1.0, 0.3)], [(0.0, 0.7), (1.0, 0.7)]],
    "(": [[(0.4, 0.0), (0.1, 0.5), (0.4, 1.0)]],
    ")": [[(0.1, 0.0), (0.4, 0.5), (0.1, 1.0)]],
    "$": [[(0.8, 0.2), (0.3, 0.15), (0.3, 0.45), (0.75, 0.6), (0.7, 0.85), (0.2, 0.85)],
          [(0.5, 0.0), (0.5, 1.0)]],
    "€": [[(0.8, 0.1), (0.4, 0.1), (0.2, 0.5), (0.4, 0.9), (0.8, 0.9)],
          [(0.0, 0.4), (0.6, 0.4)], [(0.0, 0.6), (0.6, 0.6)]],
}  # fmt: skip


def in_part(groups: npt.NDArray[np.generic], part: str) -> npt.NDArray[np.bool_]:
    """Which samples are in a part: every fifth group tests, every seventh of the rest validates."""
    testing = for_testing(groups)
    if part == "test":
        return testing
    _, index = np.unique(groups, return_inverse=True)
    is_seventh = index % _VALIDATION_EVERY == 3
    validating = ~testing & is_seventh
    if part == "validation":
        return validating
    return ~testing & ~validating


def _hands_of(
    labels: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic],
    glyphs: Sequence[Glyph],
) -> list[Hand]:
    """A hand for each group that has enough digits; others may borrow from all."""
    everyone: dict[str, list[Glyph]] = defaultdict(list)
    by_group: dict[str, dict[str, list[Glyph]]] = defaultdict(lambda: defaultdict(list))
    for label, group, glyph in zip(labels, groups, glyphs, strict=True):
        sign = str(label)
        everyone[sign].append(glyph)
        by_group[str(group)][sign].append(glyph)
    hands = []
    for of_group in by_group.values():
        if len(of_group) >= _LEAST_DIGITS:
            hands.append(Hand(dict(of_group), everyone))
    return hands


def _mnist(data_dir: Path, part: str) -> list[Hand]:
    """The writers of MNIST; every tenth of those for training validates."""
    from inkdigits.data import mnist

    split = "test" if part == "test" else "train"
    images, labels = mnist.load_split(data_dir / "mnist", split)
    arrays = open_npz(data_dir / "mnist_writers/mnist_writers.npz")
    writers = arrays[f"{split}_writer"]
    if part == "test":
        keep = np.ones(len(labels), bool)
    else:
        _, index = np.unique(writers, return_inverse=True)
        is_tenth = index % 10 == 9
        keep = is_tenth == (part == "validation")
        keep[_mislabelled("mnist")] = False
    glyphs = [RasterGlyph(cut_close(image)) for image in images[keep]]
    return _hands_of(labels[keep], writers[keep], glyphs)


def _pendigits(data_dir: Path, part: str) -> list[Hand]:
    folder = data_dir / "pendigits"
    arrays = open_npz(folder / "pendigits.npz")
    strokes = load_strokes(folder / "pendigits_strokes.json.gz")
    writer = np.arange(len(strokes)) // _PENDIGITS_A_HAND
    testing = arrays["split"] == "test"
    validating = ~testing & (writer % 9 == 4)
    keep = {"test": testing, "validation": validating, "train": ~testing & ~validating}[
        part
    ]
    keep[_mislabelled("pendigits")] = False
    chosen = np.flatnonzero(keep)
    return _hands_of_strokes(
        arrays["labels"][chosen],
        writer[chosen],
        [strokes[index] for index in chosen],
        part,
    )


def _hands_of_strokes(
    labels: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic],
    strokes: Sequence[Sequence[Stroke]],
    part: str,
) -> list[Hand]:
    """Hands by the pen; those to learn from also close some fours and mirror some nines."""
    glyphs: list[Glyph] = [StrokeGlyph(lines) for lines in strokes]
    if part == "train":
        written = labels.astype(str)
        nines = np.flatnonzero(written == "9").tolist()
        tried = [
            (index, "4", closed_four(strokes[index]))
            for index in np.flatnonzero(written == "4")[::_CLOSED].tolist()
        ]
        tried += [(index, "4", four_with_loop(strokes[index])) for index in nines]
        tried += [
            (index, "9", nine_like_p(strokes[index])) for index in nines[::_LIKE_P]
        ]
        made = [
            (index, sign, lines) for index, sign, lines in tried if lines is not None
        ]
        glyphs += [StrokeGlyph(lines) for _, _, lines in made]
        labels = np.concatenate([written, [sign for _, sign, _ in made]])
        groups = np.concatenate([groups, groups[[index for index, _, _ in made]]])
    return _hands_of(labels, groups, glyphs)


def _tested_strings(unipen: Path) -> set[str]:
    """Files whose number strings are for testing: nor are their digits learned from."""
    arrays = open_npz(unipen / "number_strings.npz")
    files = arrays["source_file"]
    tested = files[for_testing(files)]
    return set(tested.tolist())


def _mislabelled(kind: str) -> list[int]:
    """Places of a set's digits and signs that are not what their label says.

    Some hands have few digits, and would draw a wrong one again and again.
    """
    listed: dict[str, list[int]] = json.loads(_WRONG_LABELS.read_text())
    return listed.get(kind, [])


def _unipen(folder: Path, part: str) -> list[Hand]:
    arrays = open_npz(folder / "unipen_digits.npz")
    strokes = load_strokes(folder / "unipen_digits_strokes.json.gz")
    files = arrays["source_file"]
    keep = in_part(files, part)
    if part != "test":
        keep &= ~np.isin(files, list(_tested_strings(folder)))
    keep[_mislabelled("unipen")] = False
    # Hands are sets of strokes by one file, or by one donor where its files hold a few each.
    counts = dict(zip(*np.unique(files, return_counts=True), strict=True))
    groups = np.array(
        [
            file if counts[file] >= 40 else donor
            for file, donor in zip(files, arrays["donor"], strict=True)
        ]
    )
    chosen = [index for index in np.flatnonzero(keep) if strokes[index]]
    return _hands_of_strokes(
        arrays["labels"][chosen],
        groups[chosen],
        [strokes[index] for index in chosen],
        part,
    )


def _swiss(data_dir: Path, part: str) -> list[Hand]:
    """Swiss writers, whose digits are large scans."""
    arrays = open_npz(data_dir / "swiss_numbers/swiss_numbers.npz")
    keep = in_part(arrays["writer"], part)
    keep[_mislabelled("swiss")] = False
    glyphs = []
    for index in np.flatnonzero(keep):
        ink = cut_close(arrays["images"][index])
        glyphs.append(RasterGlyph(_half(ink)))
    return _hands_of(arrays["labels"][keep], arrays["writer"][keep], glyphs)


def _half(ink: Ink) -> Ink:
    """Large scans at about forty pixels, the paper's grain taken off."""
    scale = min(1.0, 44 / max(ink.shape))
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    strokes = small[small > 0.4 * small.max()]
    # What most of the strokes have is full ink.
    full = max(1.0, float(np.median(strokes))) if len(strokes) else 1.0
    without_grain = (small / full - 0.2) * 1.3
    return np.clip(without_grain * 255, 0, 255).astype(np.uint8)


def _labelled(stem: Path, part: str) -> dict[str, list[Glyph]]:
    """The glyphs of a set of strokes, by their labels."""
    arrays = open_npz(stem.with_suffix(".npz"))
    strokes = load_strokes(stem.with_name(stem.name + "_strokes.json.gz"))
    keep = in_part(arrays["source_file"], part)
    keep[_mislabelled(stem.name)] = False
    glyphs: dict[str, list[Glyph]] = defaultdict(list)
    for index in np.flatnonzero(keep):
        if strokes[index]:
            label = str(arrays["labels"][index])
            glyphs[label].append(StrokeGlyph(strokes[index]))
    return glyphs


def _euro(letter: Glyph) -> Glyph | None:
    """A C with two bars across: no open set holds the sign itself."""
    if not isinstance(letter, StrokeGlyph):
        return None
    points = np.concatenate(list(letter.strokes))
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    wide = right - left
    tall = bottom - top
    if tall <= 0 or wide <= 0:
        return None
    bars = []
    for share in (0.4, 0.6):
        # A bar begins to the left of the letter and ends within it.
        y = top + share * tall
        start = [left - 0.25 * wide, y]
        end = [left + 0.65 * wide, y]
        bars.append(np.array([start, end], np.float32))
    return StrokeGlyph([*letter.strokes, *bars])


def _add_printed_signs(
    signs: dict[str, list[Glyph]], data_dir: Path, part: str
) -> None:
    """Add the plus and the slash of a set of printed and written signs."""
    names = {"addition_plus": "+", "division_slash": "/"}
    arrays = open_npz(data_dir / "mdas_symbols/mdas_symbols.npz")
    keep = (arrays["split"] == "test") == (part == "test")
    chosen = np.flatnonzero(keep)
    # A fifth of each kind is enough: these are by few hands, and small.
    for index in chosen[::5]:
        sign = names.get(str(arrays["labels"][index]))
        if sign:
            ink = cut_close(arrays["images"][index])
            signs[sign].append(RasterGlyph(ink))


def _omniglot(data_dir: Path, part: str) -> list[Glyph]:
    """Signs of other scripts."""
    arrays = open_npz(data_dir / "omniglot/omniglot_small.npz")
    keep = in_part(arrays["labels"], part)
    packed = arrays["images105"][keep]
    bits = np.unpackbits(packed, axis=2)[:, :, :105]
    # Where most is 1, that is the paper.
    if bits.mean() > 0.5:
        bits = 1 - bits
    pictures = (bits * 255).astype(np.uint8)
    return [RasterGlyph(_half(cut_close(picture))) for picture in pictures]


def _printed() -> list[Hand]:
    """Printed digits: forms number their rows with them, and their users expect those read too."""
    hands = []
    for font in (
        cv2.FONT_HERSHEY_SIMPLEX,
        cv2.FONT_HERSHEY_DUPLEX,
        cv2.FONT_HERSHEY_COMPLEX,
        cv2.FONT_HERSHEY_TRIPLEX,
    ):
        hands += [_in_font(font, thick) for thick in (2, 4)]
    # Many typewriters have no 1: an I is typed instead.
    hands += [_in_font(cv2.FONT_HERSHEY_TRIPLEX, thick, one="I") for thick in (2, 4)]
    return hands


def _in_font(font: int, thick: int, one: str = "1") -> Hand:
    """The digits of one font, as a hand."""
    glyphs: dict[str, list[Glyph]] = {}
    for digit in "0123456789":
        canvas = np.zeros((90, 90), np.uint8)
        shown = one if digit == "1" else digit
        cv2.putText(canvas, shown, (15, 70), font, 2.0, 255, thick, cv2.LINE_AA)
        glyphs[digit] = [RasterGlyph(cut_close(canvas))]
    return Hand(glyphs, glyphs)
