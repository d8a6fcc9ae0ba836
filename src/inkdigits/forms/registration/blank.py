"""The print of a blank page, prepared once for registration.

It has features to find the page by, and tiles to align and verify it by.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.errors import SettingError
from inkdigits.forms.registration.paper import even_paper
from inkdigits.forms.sheet import MM_PER_INCH, corner_marks, draw_sheet
from inkdigits.forms.template import FormTemplate, PageTemplate, Rect
from inkdigits.reading.input.pages import Grey

Floats = npt.NDArray[np.float32]
# Dots per inch at which scans are aligned; at fewer, fine print loses its corners.
WORK_DPI = 200
PX_PER_MM = WORK_DPI / MM_PER_INCH


@dataclass(frozen=True, slots=True)
class BlankSettings:
    """Which pieces of print are good to align by."""

    # The share of the working size at which features are found: A4 at 74 dpi. SIFT doubles
    # a picture before it looks; on 80 drawn pages as many were aligned as at 100 dpi.
    coarse: float = 0.37
    # Of the print before it is compared: a fax is jagged.
    blur: float = 1.0
    # The side of a tile at the working size: 12 mm hold some letters or a corner of a
    # box.
    tile_px: int = 96
    # Columns and rows of cells. Each gives at most one tile, so that tiles are
    # everywhere.
    grid: tuple[int, int] = (9, 13)
    # The least strength of a corner, as a share of the page's strongest. Weaker places
    # are lines or nothing.
    least_corner: float = 0.02
    # Nothing within this distance of a distinctive tile looks like it.
    around_px: int = 110
    # The correlation from which something looks alike, such as the next box of a comb.
    most_alike: float = 0.8
    # Places this near to the tile are the tile itself.
    near_px: int = 10
    # A page with fewer tiles has too little print to be verified.
    least_tiles: int = 8
    # The least darkness of print, in grey levels below white.
    print_darkness: int = 60


BLANK = BlankSettings()


def print_on(grey: Grey, settings: BlankSettings = BLANK) -> npt.NDArray[np.uint8]:
    """1 where a blank, or a part of one, has print."""
    return (grey < 255 - settings.print_darkness).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Tile:
    """A piece of print, given by its top left corner.

    It is distinctive if nothing near it looks like it.
    """

    x: int
    y: int
    distinctive: bool


@dataclass(frozen=True)
class Blank:
    """A blank page at the working size."""

    form: FormTemplate
    page: PageTemplate
    grey: Grey
    settings: BlankSettings = BLANK

    @classmethod
    def of(cls, form: FormTemplate, page: PageTemplate) -> "Blank":
        """The page's blank picture, or what `form print` draws if there is none."""
        size = (round(page.size[0] * PX_PER_MM), round(page.size[1] * PX_PER_MM))
        grey = (
            draw_sheet(form, page, WORK_DPI)
            if page.blank is None
            else even_paper(_picture(page))
        )
        blank = cls(
            form,
            page,
            np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8),
        )
        if len(blank.tiles) < BLANK.least_tiles:
            raise SettingError(
                f"page {page.number} of the form {form.name} has too little print to find "
                "it again by"
            )
        return blank

    @property
    def marks(self) -> Floats | None:
        """The centres of its corner marks in pixels, if it has any."""
        # Only the project's own sheets have marks; a user's blank has its print.
        if self.page.blank is not None:
            return None
        in_mm = np.array(corner_marks(self.page), np.float32)
        return in_mm * np.float32(PX_PER_MM)

    @cached_property
    def is_print(self) -> npt.NDArray[np.uint8]:
        """1 where the page has print."""
        return print_on(self.grey, self.settings)

    @cached_property
    def soft(self) -> Grey:
        """The page as pages are compared with it."""
        return np.asarray(
            cv2.GaussianBlur(self.grey, (0, 0), self.settings.blur), np.uint8
        )

    @cached_property
    def _near_print(self) -> dict[int, npt.NDArray[np.bool_]]:
        """What lies near print, by how near."""
        return {}

    def near_print(self, reach: int) -> npt.NDArray[np.bool_]:
        """Where print is within `reach`; every page searched for it asks the same."""
        if reach not in self._near_print:
            around = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
            self._near_print[reach] = cv2.dilate(self.is_print, around) > 0
        return self._near_print[reach]

    @cached_property
    def coarse(self) -> Grey:
        scale = self.settings.coarse
        return np.asarray(
            cv2.resize(
                self.grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
            ),
            np.uint8,
        )

    @cached_property
    def _features(self) -> dict[int, tuple[Floats, Floats]]:
        """The features found so far, by the number asked for."""
        return {}

    def features(self, count: int) -> tuple[Floats, Floats]:
        """The strongest points (at the working size) and their descriptors."""
        if count not in self._features:
            points, descriptors = features_of(self.coarse, count)
            # Found on a smaller picture: back to the working size.
            at_working_size = points / np.float32(self.settings.coarse)
            self._features[count] = (at_working_size, descriptors)
        return self._features[count]

    @cached_property
    def tiles(self) -> list[Tile]:
        """The strongest corners of the print, spread over the page."""
        side = self.settings.tile_px
        columns, rows = self.settings.grid
        height, width = self.grey.shape
        smooth = cv2.GaussianBlur(self.grey, (0, 0), 2)
        strength = cv2.cornerMinEigenVal(smooth, 9)
        # A tile is scored by all corners in it.
        strength = cv2.boxFilter(strength, -1, (side // 2, side // 2))
        least = self.settings.least_corner * float(strength.max())
        tiles = []
        for row in range(rows):
            for column in range(columns):
                top, bottom = _part(row, rows, height, side)
                left, right = _part(column, columns, width, side)
                area = strength[top:bottom, left:right]
                if area.size == 0 or area.max() < least or area.max() <= 0:
                    continue
                y, x = np.unravel_index(int(area.argmax()), area.shape)
                tile_left = left + int(x) - side // 2
                tile_top = top + int(y) - side // 2
                tiles.append(self._tile(tile_left, tile_top))
        return tiles

    def _tile(self, x: int, y: int) -> Tile:
        """The tile with this corner, moved inward if it would cross the page's edge."""
        settings = self.settings
        side = settings.tile_px
        around = settings.around_px
        near = settings.near_px
        height, width = self.grey.shape
        x = min(max(x, 0), width - side)
        y = min(max(y, 0), height - side)
        tile = self.grey[y : y + side, x : x + side]

        left = max(0, x - around)
        top = max(0, y - around)
        right = x + side + around
        bottom = y + side + around
        area = self.grey[top:bottom, left:right]
        alike = cv2.matchTemplate(area, tile, cv2.TM_CCOEFF_NORMED)
        # At its own place the tile only matches itself, which says nothing.
        tile_x = x - left
        tile_y = y - top
        first_row = max(0, tile_y - near)
        first_column = max(0, tile_x - near)
        alike[first_row : tile_y + near + 1, first_column : tile_x + near + 1] = 0
        is_distinctive = alike.max() < settings.most_alike
        return Tile(x, y, distinctive=bool(is_distinctive))

    def cut(self, rect: Rect, margin_mm: float = 0.0) -> tuple[slice, slice]:
        """A rectangle in millimetres as rows and columns of the working size."""
        top = round((rect.top - margin_mm) * PX_PER_MM)
        bottom = round((rect.bottom + margin_mm) * PX_PER_MM)
        left = round((rect.left - margin_mm) * PX_PER_MM)
        right = round((rect.right + margin_mm) * PX_PER_MM)

        # A field may be at the very edge of the page.
        height, width = self.grey.shape
        top = max(0, top)
        bottom = min(height, bottom)
        left = max(0, left)
        right = min(width, right)
        rows = slice(top, bottom)
        columns = slice(left, right)
        return rows, columns


def features_of(grey: Grey, count: int) -> tuple[Floats, Floats]:
    """SIFT keypoints and their descriptors."""
    sift = cv2.SIFT.create(nfeatures=count)
    keypoints, descriptors = sift.detectAndCompute(grey, None)
    # An empty page has none, and OpenCV gives None rather than an empty array.
    if descriptors is None:
        no_places = np.zeros((0, 2), np.float32)
        no_descriptors = np.zeros((0, 128), np.float32)
        return no_places, no_descriptors
    places = np.array([keypoint.pt for keypoint in keypoints], np.float32)
    return places, np.asarray(descriptors, np.float32)


def _part(index: int, count: int, size: int, side: int) -> tuple[int, int]:
    """The index-th of `count` parts of a side, half a tile from the page's edges."""
    half = side // 2
    room = size - side
    start = half + room * index // count
    end = half + room * (index + 1) // count
    return start, end


def _picture(page: PageTemplate) -> Grey:
    from inkdigits.reading.input.documents import open_pages
    from inkdigits.reading.input.limits import Limits

    blank = str(page.blank)
    opened = list(open_pages(blank, Limits(), str(page.blank_page), WORK_DPI))
    if not opened:
        raise SettingError(
            f"{blank} has no page {page.blank_page}: check blank_page of page {page.number}"
        )
    return opened[0][1].grey
