"""Patches composed of real numbers with found boxes, real words and blank cells.

labelled.npz (labelling.py) → crops with marks and regions → compose() → Patch
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.named import open_npz
from inkdigits.synthesis import papers
from inkdigits.synthesis.patches import SIZE_PX, SIZES, Patch

Rng = np.random.Generator
# Paper between two crops of a mosaic.
_SHELF_GAP_PX = 3
# Before so many numbers have boxes, composed pages teach more than the same few again.
_FEWEST_NUMBERS = 1500


@dataclass(frozen=True, slots=True)
class Crop:
    """A real picture with its known marks and regions.

    `tall_px` is the height of its digits, or of its words' line.
    """

    grey: npt.NDArray[np.uint8]
    marks: npt.NDArray[np.float32]
    regions: npt.NDArray[np.float32]
    tall_px: float
    weight: float


class Mosaics:
    """The crops of the file that labelling writes; read again when it changes."""

    def __init__(self, data_dir: Path, labelled: Path) -> None:
        del data_dir
        self._file = labelled
        self._stamp = 0.0
        self._crops: list[Crop] = []
        self._shares: npt.NDArray[np.float64] = np.zeros(0)

    def ready(self) -> bool:
        """Whether there is anything to compose from."""
        try:
            stamp = self._file.stat().st_mtime
        except FileNotFoundError:
            return False
        if stamp != self._stamp:
            self._crops, self._stamp = load_crops(self._file), stamp
            weights = np.array([crop.weight for crop in self._crops])
            self._shares = weights / max(weights.sum(), 1e-9)
        return sum(len(crop.marks) > 0 for crop in self._crops) >= _FEWEST_NUMBERS

    def compose(self, rng: Rng, side: int = SIZE_PX) -> Patch:
        """Crops on shelves, about as tall as one another, until the patch is full."""
        page = papers.blank(rng, (side, side))
        marks: list[npt.NDArray[np.float32]] = []
        regions: list[npt.NDArray[np.float32]] = []
        tall = float(rng.uniform(SIZES.least_px, SIZES.most_px))
        x, y, shelf = int(rng.integers(0, 12)), int(rng.integers(0, 12)), 0
        for _ in range(60):
            crop = self._crops[int(rng.choice(len(self._crops), p=self._shares))]
            grey, crop_marks, crop_regions = _scaled(
                rng, crop, tall * rng.uniform(0.85, 1.18)
            )
            height, width = grey.shape
            if x + width > side:
                x, y, shelf = int(rng.integers(0, 12)), y + shelf + _SHELF_GAP_PX, 0
            if y >= side - 12:
                break
            _place(page, marks, regions, (grey, crop_marks, crop_regions), (x, y))
            x, shelf = x + width + _SHELF_GAP_PX, max(shelf, height)
        if rng.random() < 0.3:
            page = papers.lit(rng, page)
        return Patch(papers.taken(rng, page), _stacked(marks), _stacked(regions))


def _scaled(
    rng: Rng, crop: Crop, tall: float
) -> tuple[npt.NDArray[np.float32], Any, Any]:
    """The crop with its digits `tall` high, stretched and leaning a little, in another contrast."""
    scale_y = tall / crop.tall_px
    scale_x = scale_y * float(np.exp(rng.normal(0, 0.1)))
    lean = float(rng.normal(0, 0.08))
    height, width = crop.grey.shape
    out_h, out_w = max(8, round(height * scale_y)), max(8, round(width * scale_x))
    matrix = np.array(
        [[scale_x, lean * scale_x, -lean * scale_x * height / 2], [0, scale_y, 0]],
        np.float32,
    )
    source = (
        crop.grey
        if scale_y > 0.7
        else cv2.GaussianBlur(crop.grey, (0, 0), 0.35 / scale_y)
    )
    grey = cv2.warpAffine(
        source,
        matrix,
        (out_w, out_h),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    grey = grey.astype(np.float32)
    paper = float(np.percentile(grey, 80))
    grey = paper + (grey - paper) * rng.uniform(0.6, 1.15)
    if rng.random() < 0.5:
        grey = grey * rng.uniform(0.75, 1.1)

    def moved(boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        out = boxes.copy()
        shift = lean * scale_x * ((boxes[:, 2] + boxes[:, 4]) / 2 - height / 2)
        out[:, 1], out[:, 3] = (
            boxes[:, 1] * scale_x + shift,
            boxes[:, 3] * scale_x + shift,
        )
        out[:, [2, 4]] = boxes[:, [2, 4]] * scale_y
        return out

    return grey, moved(crop.marks), moved(crop.regions)


def _place(
    page: Any,
    marks: list[Any],
    regions: list[Any],
    crop: tuple[Any, Any, Any],
    place: tuple[int, int],
) -> None:
    grey, crop_marks, crop_regions = crop
    x, y = place
    side = page.shape[0]
    part = grey[: side - y, : side - x]
    page[y : y + part.shape[0], x : x + part.shape[1]] = part
    shift = np.array([0, x, y, x, y], np.float32)
    crop_marks, crop_regions = crop_marks + shift, crop_regions + shift
    inside = (crop_marks[:, 3] <= side) & (crop_marks[:, 4] <= side)
    cut = crop_marks[~inside].copy()
    cut[:, 0] = 0
    marks.append(crop_marks[inside])
    regions += [crop_regions, cut]


def _stacked(rows: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    return np.concatenate([np.zeros((0, 5), np.float32), *rows]).astype(np.float32)


def save_crops(path: Path, crops: list[Crop]) -> None:
    """All crops in one file, whole or not at all."""
    encoded = [cv2.imencode(".png", crop.grey)[1].ravel() for crop in crops]
    arrays = {
        "png": np.concatenate(encoded),
        "png_at": np.cumsum([0, *map(len, encoded)]),
        "marks": _stacked([crop.marks for crop in crops]),
        "marks_at": np.cumsum([0, *(len(crop.marks) for crop in crops)]),
        "regions": _stacked([crop.regions for crop in crops]),
        "regions_at": np.cumsum([0, *(len(crop.regions) for crop in crops)]),
        "tall_px": np.array([crop.tall_px for crop in crops], np.float32),
        "weight": np.array([crop.weight for crop in crops], np.float32),
    }
    part = path.with_name(path.name + ".part.npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(part, allow_pickle=False, **arrays)
    part.replace(path)


def load_crops(path: Path) -> list[Crop]:
    """Load what `save_crops` wrote."""
    a = open_npz(path)
    crops = []
    for index in range(len(a["weight"])):
        grey = cv2.imdecode(
            a["png"][a["png_at"][index] : a["png_at"][index + 1]], cv2.IMREAD_GRAYSCALE
        )
        marks = a["marks"][a["marks_at"][index] : a["marks_at"][index + 1]]
        regions = a["regions"][a["regions_at"][index] : a["regions_at"][index + 1]]
        crops.append(
            Crop(
                np.asarray(grey, np.uint8),
                marks,
                regions,
                float(a["tall_px"][index]),
                float(a["weight"][index]),
            )
        )
    return crops
