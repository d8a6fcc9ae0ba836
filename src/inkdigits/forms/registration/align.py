"""A scan or photo → where the print of a blank is on it, or why that is unknown.

corner marks, or features and a robust homography
→ tiles of print searched near where they should be, in rounds → verified
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.forms.registration.blank import Blank, Floats, features_of
from inkdigits.forms.registration.paper import even_paper
from inkdigits.reading.input.pages import Grey

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AlignSettings:
    """When print counts as found, and when that is certain enough.

    Pixels at the working size (200 dpi) unless said otherwise.
    """

    longest_px: int = 2400  # of the page: larger photos show no more print
    # The longer side of the page on which features are found: A4 at about 80 dpi, a
    # little more than its blank, for a photo has a rim of table
    features_px: int = 900
    # The number of features, and the ratio test: how much nearer than its second match
    # a feature's best match must be. Combs are full of similar corners, so a form with
    # many combs needs more features, which takes three times as long.
    searches: tuple[tuple[int, float], ...] = ((1500, 0.8), (4000, 0.85))
    # Fewer matches may agree by chance.
    least_matches: int = 12
    # How far a match may be from where the others say it should be.
    inlier_px: float = 5.0
    # How far a tile is searched for at first; less than the pitch of a comb
    first_reach: int = 30
    # Every so many-th pixel is enough there: the next round is exact.
    first_step: int = 2
    # The same in the last rounds, when tiles lie nearly in place.
    last_reach: int = 8
    # Correlation from which a tile is found; handwriting across it costs some
    least_alike: float = 0.45
    doubt_px: float = 2.0  # a tile this far off counts half in the fit,
    rounds: int = 12  # which has this many rounds
    in_place_px: float = 2.5  # a tile further off does not fit the rest
    least_share: float = 0.6  # of distinctive tiles that must be in place
    least_tiles: int = 8  # in place
    # Of the tiles seen on the page, how many may be elsewhere. At most 3 % were on 96
    # drawn pages; on another version of a form, with longer words, 29 %.
    most_elsewhere: float = 0.15
    # Of the page's width and of its height that tiles in place must span
    least_spread: float = 0.45
    # By three corner marks: how much less a page may be stretched in one direction than in
    # the other. No photo that the benchmark draws is below 0.85.
    least_stretch: float = 0.7
    # Share of the picture's shorter side; anything smaller is not a page.
    least_side: float = 0.15
    near_px: float = 500.0  # tiles this near to a field say whether it is in place
    # One tile alone may be a chance match.
    least_near: int = 2


ALIGN = AlignSettings()


@dataclass(frozen=True)
class Alignment:
    """The page at the blank's size, and the homography from the picture to it."""

    blank: Blank
    grey: Grey  # light evened out
    matrix: Matrix  # from the picture's pixels to the blank's
    share: float  # of distinctive tiles that are in place
    places: Floats  # middles of all tiles
    shifts: Floats  # how far each still is from its place
    in_place: npt.NDArray[np.bool_]
    # Found on the page, but not where it should be. Others may lie under thick ink.
    elsewhere: npt.NDArray[np.bool_]

    def to_picture(self, points: Floats) -> Floats:
        """Points of the blank, in pixels of the picture."""
        back = np.linalg.inv(self.matrix)
        # OpenCV takes points as an array of rows of one point each.
        column = points.reshape(-1, 1, 2).astype(np.float64)
        moved = cv2.perspectiveTransform(column, back)
        return np.asarray(moved, np.float32).reshape(-1, 2)

    def shift_at(
        self, x: float, y: float, settings: AlignSettings = ALIGN
    ) -> tuple[float, float] | None:
        """How far the print around a point is from its place.

        None if it does not fit the print of the page.
        """
        from_point = self.places - np.array([x, y], np.float32)
        near = np.hypot(*from_point.T) < settings.near_px
        # Without print nearby there is nothing to say, and nothing to doubt.
        if not near.any():
            return 0.0, 0.0
        good = near & self.in_place
        bad = near & self.elsewhere
        good_count = good.sum()
        enough = min(settings.least_near, near.sum())
        if good_count < enough or good_count < bad.sum():
            return None
        # The median, because a single tile may be off.
        dx, dy = np.median(self.shifts[good], axis=0)
        return float(dx), float(dy)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a page cannot be read by this form."""

    reason: str
    share: float = 0.0


def align(
    grey: Grey, blank: Blank, settings: AlignSettings = ALIGN
) -> Alignment | Refused:
    """The page aligned to the blank.

    A doubtful alignment is refused, so that a wrong place is never read.
    """
    return PageOnTable(grey, settings).align(blank)


class PageOnTable:
    """A page to try against several blanks; what they share is computed once."""

    def __init__(self, grey: Grey, settings: AlignSettings = ALIGN) -> None:
        self._settings = settings
        self.scale = min(1.0, settings.longest_px / max(grey.shape))
        small = (
            cv2.resize(
                grey, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA
            )
            if self.scale < 1
            else grey
        )
        self.even = even_paper(np.asarray(small, np.uint8))
        self._features: dict[int, tuple[Floats, Floats]] = {}

    def align(self, blank: Blank) -> Alignment | Refused:
        """By corner marks where there are any, else by the print itself."""
        if float(self.even.std()) < 1.0:
            return Refused("the page is empty")
        # Of several refusals, the one that came nearest tells the most.
        best: Alignment | Refused = Refused("it shows none of the form's print")
        for matrix in self._starts(blank):
            outcome = self._refined(blank, matrix)
            if isinstance(outcome, Alignment):
                return outcome
            if outcome.share >= best.share:
                best = outcome
        return best

    def align_from(self, blank: Blank, matrix: Matrix) -> Alignment | Refused:
        """Like `align`, but starting from the `matrix` of an earlier Alignment."""
        # An Alignment is in pixels of the original picture, which was scaled down here.
        smaller = np.diag([1 / self.scale, 1 / self.scale, 1.0])
        return self._refined(blank, matrix @ smaller)

    def _starts(self, blank: Blank) -> Iterator[Matrix]:
        """Rough homographies of the page, those of the surest method first."""
        marks = blank.marks
        if marks is not None:
            squares = _squares(self.even)
            yield from self._likeliest(blank, _by_four(squares, marks))
            # A corner may be folded over.
            yield from self._likeliest(blank, _by_three(squares, marks))
        # Each search looks at more points than the one before, and takes longer.
        for count, ratio in self._settings.searches:
            matrix = self._by_features(blank, count, ratio)
            if matrix is not None:
                yield matrix

    def _by_features(self, blank: Blank, count: int, ratio: float) -> Matrix | None:
        settings = self._settings
        if count not in self._features:
            scale = min(1.0, settings.features_px / max(self.even.shape))
            small = cv2.resize(
                self.even, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
            )
            points, descriptors = features_of(np.asarray(small, np.uint8), count)
            self._features[count] = points / np.float32(scale), descriptors
        points, descriptors = self._features[count]
        blank_points, blank_descriptors = blank.features(count)
        if min(len(points), len(blank_points)) < settings.least_matches:
            return None
        pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(descriptors, blank_descriptors, k=2)
        good = _one_to_one(
            pair[0]
            for pair in pairs
            if len(pair) == 2 and pair[0].distance < ratio * pair[1].distance
        )
        if len(good) < settings.least_matches:
            return None
        here = np.array([points[match.queryIdx] for match in good], np.float32)
        there = np.array([blank_points[match.trainIdx] for match in good], np.float32)
        cv2.setRNGSeed(0)  # the same page must give the same answer
        matrix, inliers = cv2.findHomography(
            here,
            there,
            cv2.USAC_MAGSAC,
            settings.inlier_px,
            maxIters=5000,
            confidence=0.999,
        )
        if matrix is None or inliers.sum() < settings.least_matches:
            return None
        return np.asarray(matrix, np.float64)

    def _likeliest(
        self, blank: Blank, matrices: Iterable[Matrix], most: int = 2
    ) -> list[Matrix]:
        """Those under which the page looks most like the blank, the likeliest first."""
        # An eighth of the size is enough to tell which way up a page is.
        scale = 0.125
        small = cv2.resize(
            blank.grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
        height, width = small.shape
        shrink = np.diag([scale, scale, 1.0])
        ways: list[tuple[float, Matrix]] = []
        for matrix in matrices:
            seen = cv2.warpPerspective(
                self.even, shrink @ matrix, (width, height), flags=cv2.INTER_AREA
            )
            # The correlation with an even area is undefined.
            alike = 0.0
            if seen.std() > 0:
                correlation = np.corrcoef(seen.ravel(), small.ravel())
                alike = float(correlation[0, 1])
            ways.append((alike, matrix))
        ways.sort(key=lambda way: -way[0])
        return [matrix for _, matrix in ways[:most]]

    def _refined(self, blank: Blank, matrix: Matrix) -> Alignment | Refused:
        settings = self._settings
        if not _is_plausible(matrix, self.even.shape, blank, settings):
            return Refused("it shows none of the form's print")
        # The first round searches far, and roughly; the later ones only near the place.
        rounds = (settings.first_reach, settings.first_step), (settings.last_reach, 1)
        for reach, step in rounds:
            grey = self._warped(blank, matrix)
            places, shifts, alike = _searched(blank, grey, reach, step)
            is_found = alike > settings.least_alike
            if is_found.sum() < settings.least_tiles:
                return Refused(
                    "too little of the form's print was found", float(is_found.mean())
                )
            better = _fitted(
                places[is_found] + shifts[is_found], places[is_found], settings
            )
            matrix = np.asarray(better @ matrix, np.float64)
        grey = self._warped(blank, matrix)
        places, shifts, alike = _searched(blank, grey, settings.last_reach)
        found = alike > settings.least_alike
        near = np.hypot(*shifts.T) < settings.in_place_px
        return self._verified(
            Alignment(
                blank, grey, matrix, 0.0, places, shifts, found & near, found & ~near
            )
        )

    def _verified(self, found: Alignment) -> Alignment | Refused:
        """The alignment, if enough print is in place all over the page."""
        settings = self._settings
        in_place = found.in_place
        distinctive = np.array([tile.distinctive for tile in found.blank.tiles])
        # A tile that looks like others may be found in their place.
        asked = in_place[distinctive] if distinctive.any() else in_place
        share = float(asked.mean())
        if share < settings.least_share or in_place.sum() < settings.least_tiles:
            return Refused(
                f"only {share:.0%} of the form's print is where it should be", share
            )
        elsewhere = float(found.elsewhere.sum() / (in_place | found.elsewhere).sum())
        if elsewhere > settings.most_elsewhere:
            return Refused(
                f"{elsewhere:.0%} of the form's print is elsewhere: this may be another "
                "version of the form",
                share,
            )
        page = np.ptp(found.places, axis=0)
        spread = np.zeros(2)
        if in_place.any():
            spread = np.ptp(found.places[in_place], axis=0)
        if (spread < settings.least_spread * page).any():
            return Refused("only a part of the page is visible", share)
        # From here on in pixels of the original picture.
        scale = np.diag([self.scale, self.scale, 1.0])
        return replace(found, matrix=found.matrix @ scale, share=share)

    def _warped(self, blank: Blank, matrix: Matrix) -> Grey:
        """The page as seen by the matrix, at the size of the blank."""
        height, width = blank.grey.shape
        # By how much areas grow; where they shrink, pixels must be averaged.
        growth = abs(np.linalg.det(matrix[:2, :2]))
        flags = cv2.INTER_AREA if growth < 0.5 else cv2.INTER_LINEAR
        warped = cv2.warpPerspective(
            self.even, matrix, (width, height), flags=flags, borderValue=(255,)
        )
        return np.asarray(warped, np.uint8)


def _one_to_one(matches: Iterable[cv2.DMatch]) -> list[cv2.DMatch]:
    """Of all matches with the same point of the blank, the nearest.

    If many points of the page match one of the blank, a homography that shrinks
    the page to that point fits them all.
    """
    nearest: dict[int, cv2.DMatch] = {}
    for match in sorted(matches, key=lambda match: match.distance):
        nearest.setdefault(match.trainIdx, match)
    return list(nearest.values())


def _searched(
    blank: Blank, grey: Grey, reach: int, step: int = 1
) -> tuple[Floats, Floats, Floats]:
    """Each tile's middle, its shift on the page, and the correlation there.

    Shifts are searched within `reach`, on every `step`-th pixel.
    """
    side = blank.settings.tile_px
    # Ink further than `reach` from any print is left out.
    grey = np.where(blank.near_print(reach), grey, np.uint8(255))
    soft_page = cv2.GaussianBlur(grey, (0, 0), blank.settings.blur)
    padded = cv2.copyMakeBorder(
        soft_page, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=(255,)
    )
    places, shifts, alike = [], [], []
    for tile in blank.tiles:
        piece = blank.soft[tile.y : tile.y + side : step, tile.x : tile.x + side : step]
        wide = side + 2 * reach
        area = padded[tile.y : tile.y + wide : step, tile.x : tile.x + wide : step]
        scores = cv2.matchTemplate(area, piece, cv2.TM_CCOEFF_NORMED)
        # Correlation with an even area is undefined.
        scores[~np.isfinite(scores)] = 0
        y, x = (
            int(place) for place in np.unravel_index(int(scores.argmax()), scores.shape)
        )
        places.append((tile.x + side / 2, tile.y + side / 2))
        shifts.append(
            (
                step * (x + _between(scores[y, :], x)) - reach,
                step * (y + _between(scores[:, x], y)) - reach,
            )
        )
        alike.append(float(scores[y, x]))
    return (
        np.array(places, np.float32),
        np.array(shifts, np.float32),
        np.array(alike, np.float32),
    )


def _fitted(here: Floats, there: Floats, settings: AlignSettings) -> Matrix:
    """The homography between tiles, fitted to all of them.

    Tiles that do not fit the others count less from round to round. A form may have all
    of its print in one corner and a mark in each of the others; RANSAC, which fits any
    four tiles, would drop the marks.
    """
    size = float(there.max()) or 1.0
    # In shares of the page, so that the equations are well conditioned.
    source = here.astype(np.float64) / size
    target = there.astype(np.float64) / size
    x = source[:, 0]
    y = source[:, 1]
    u = target[:, 0]
    v = target[:, 1]
    ones = np.ones_like(x)
    none = np.zeros_like(x)
    rows = np.concatenate(
        [
            np.stack([x, y, ones, none, none, none, -u * x, -u * y], axis=1),
            np.stack([none, none, none, x, y, ones, -v * x, -v * y], axis=1),
        ]
    )
    wanted = np.concatenate([u, v])
    weights = np.ones(len(x))
    matrix = np.eye(3)
    for _ in range(settings.rounds):
        # Tiles far from where the others say count less (Cauchy weights).
        root = np.sqrt(np.tile(weights, 2))
        solution, *_ = np.linalg.lstsq(rows * root[:, None], wanted * root, rcond=None)
        matrix = np.append(solution, 1.0).reshape(3, 3)
        reached = cv2.perspectiveTransform(source.reshape(-1, 1, 2), matrix).reshape(
            -1, 2
        )
        weights = 1 / (
            1 + (np.hypot(*(reached - target).T) * size / settings.doubt_px) ** 2
        )
    scale = np.diag([size, size, 1.0])
    return np.asarray(scale @ matrix @ np.linalg.inv(scale), np.float64)


def _between(scores: Floats, top: int) -> float:
    """The subpixel offset of a peak: the top of a parabola through three pixels."""
    if not 0 < top < len(scores) - 1:
        return 0.0
    before, at, after = (float(scores[top + step]) for step in (-1, 0, 1))
    bend = before - 2 * at + after
    return (
        0.0 if bend >= 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
    )


def _is_plausible(
    matrix: Matrix, shape: tuple[int, ...], blank: Blank, settings: AlignSettings
) -> bool:
    """Whether the page's corners on the picture are those of a sheet of paper.

    The outline must be convex, not mirrored and not tiny.
    """
    height, width = blank.grey.shape
    corners = np.array(
        [[0, 0], [width, 0], [width, height], [0, height]], np.float64
    ).reshape(-1, 1, 2)
    try:
        seen = cv2.perspectiveTransform(corners, np.linalg.inv(matrix)).reshape(-1, 2)
    except np.linalg.LinAlgError:
        return False
    if not np.isfinite(seen).all():
        return False
    sides = np.roll(seen, -1, axis=0) - seen
    turns = (
        sides[:, 0] * np.roll(sides, -1, axis=0)[:, 1]
        - sides[:, 1] * np.roll(sides, -1, axis=0)[:, 0]
    )
    lengths = np.hypot(*sides.T)
    return bool(
        (turns > 0).all()
        and lengths.min() > settings.least_side * min(shape)
        and lengths.max() < 6 * max(shape)
    )


def _squares(even: Grey) -> Floats:
    """Middles and areas of black squares that may be corner marks.

    They are solid, as wide as high, and of a plausible size.
    """
    scale = min(1.0, 1200 / max(even.shape))
    small = cv2.resize(even, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    dark = (small < 128).astype(np.uint8)
    contours, _ = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    squares: list[tuple[float, float, float]] = []
    for contour in contours:
        area = cv2.contourArea(contour)
        if not 60 < area < 0.002 * small.size:
            continue
        (x, y), (wide, tall), _ = cv2.minAreaRect(contour)
        is_square = (
            min(wide, tall) > 0.65 * max(wide, tall) and area > 0.8 * wide * tall
        )
        # A comb's box has such an outline too, and a form may have a hundred of them.
        if is_square and _is_solid(dark, x, y, 0.3 * min(wide, tall)):
            squares.append((float(x), float(y), float(area)))
    squares.sort(key=lambda each: -each[2])
    shrink = np.array([scale, scale, scale * scale], np.float32)
    return np.asarray(
        np.array(squares[:14], np.float32).reshape(-1, 3) / shrink, np.float32
    )


def _is_solid(dark: Grey, x: float, y: float, reach: float) -> bool:
    """Whether everything within `reach` of a point is dark."""
    first_row = max(0, round(y - reach))
    last_row = round(y + reach) + 1
    first_column = max(0, round(x - reach))
    last_column = round(x + reach) + 1
    around = dark[first_row:last_row, first_column:last_column]
    # Not quite all: a scan has specks of white.
    return bool(around.mean() > 0.9)


def _by_four(squares: Floats, marks: Floats) -> Iterator[Matrix]:
    """The homographies that take four black squares as the page's corners."""
    for quad in _quads(squares):
        for turn in range(4):
            corners = np.roll(quad, turn, axis=0).astype(np.float32)
            matrix = cv2.getPerspectiveTransform(corners, marks)
            yield np.asarray(matrix, np.float64)


def _by_three(
    squares: Floats, marks: Floats, most: int = 4, settings: AlignSettings = ALIGN
) -> Iterator[Matrix]:
    """The affine maps that take three black squares as three of the page's corners.

    The largest triangles come first. A map that bends a sheet of paper is left out.
    """
    triangles: list[tuple[float, Floats]] = []
    for chosen in _of_similar_size(squares, 3):
        corners = chosen[:, :2]
        (across_x, across_y), (down_x, down_y) = corners[1:] - corners[0]
        area = float(across_x * down_y - across_y * down_x) / 2
        # Clockwise, as the marks of a blank are.
        triangles.append((abs(area), corners if area > 0 else corners[::-1]))
    triangles.sort(key=lambda each: -each[0])
    for _, corners in triangles[:most]:
        for hidden in range(4):
            seen = np.delete(marks, hidden, axis=0).astype(np.float32)
            for turn in range(3):
                turned = np.roll(corners, turn, axis=0).astype(np.float32)
                matrix = cv2.getAffineTransform(turned, seen)
                longer, shorter = np.linalg.svd(matrix[:, :2], compute_uv=False)
                if shorter > settings.least_stretch * longer:
                    yield np.vstack([matrix, [0.0, 0.0, 1.0]])


def _of_similar_size(squares: Floats, count: int) -> Iterator[Floats]:
    """Every choice of so many squares whose areas are alike."""
    for choice in combinations(range(len(squares)), count):
        chosen = squares[list(choice)]
        # One may be nearer to the camera, or partly faded.
        if chosen[:, 2].max() <= 3 * chosen[:, 2].min():
            yield chosen


def _quads(squares: Floats, most: int = 12) -> list[Floats]:
    """Sets of four squares of similar size that may be a page's corners, clockwise.

    The largest come first.
    """
    quads: list[tuple[float, Floats]] = []
    for chosen in _of_similar_size(squares, 4):
        middle = chosen[:, :2].mean(axis=0)
        # By the angle from the middle, so that sides do not cross.
        order = np.argsort(np.arctan2(*(chosen[:, :2] - middle).T[::-1]))
        quad = chosen[order, :2]
        area = float(cv2.contourArea(quad))
        if cv2.isContourConvex(quad.reshape(-1, 1, 2)) and area > 400 * float(
            chosen[:, 2].mean()
        ):
            quads.append((area, quad))
    quads.sort(key=lambda each: -each[0])
    return [quad for _, quad in quads[:most]]
