"""Page → ink: paper, shadow, rule lines and boxes gone, polarity settled, the one digit that is meant picked out."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.pictures import Grey

WORK_PX = 512
_FLAT_SHARE = 0.5
_FLAT_SPREAD = 4
_NOISE_SIGMAS = 5.0
_FAINTEST_CONTRAST = 0.06
_RULE_SHARE = 0.6
_RULED_FROM_PX = 48
_CLEAN_HOLD, _NOISY_HOLD = 0.12, 0.75
_THICKEST_RULE = 0.05
_Map = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ink:
    """A map of ink (255 = full, 0 = paper); `scale` turns its pixels into those of the page."""

    map: Grey
    scale: float = 1.0


def find_ink(grey: Grey) -> Grey:
    """The ink of the one digit the page shows, as a map no larger than 512 pixels a side; all zero where there is none."""
    return find(grey).map


def find(grey: Grey) -> Ink:
    """Like `find_ink`, and says how the map's pixels relate to the page's."""
    if max(grey.shape) <= 32 and _is_glyph(grey):
        return Ink(grey)
    small, scale = _shrink(grey)
    contrast, noise = _contrast(small)
    strong = _strong_level(contrast, noise)
    if strong is None:
        return Ink(np.zeros(small.shape, np.uint8), scale)
    mask = _hysteresis(contrast, strong, (_CLEAN_HOLD if noise < 0.01 else _NOISY_HOLD) * strong)
    mask = _without_rules(mask)
    mask = _main_group(mask, contrast)
    return Ink(_inked(contrast, mask, strong), scale)


def _is_glyph(grey: Grey) -> bool:
    """Light ink on a black ground that is truly black, as the data sets have it: nothing to clean."""
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return not rim.any() and bool((grey == 0).mean() > 0.3)


def _shrink(grey: Grey) -> tuple[Grey, float]:
    """At most 512 pixels a side; fine strokes keep half their contrast where plain averaging would lose them."""
    factor = -(-max(grey.shape) // WORK_PX)
    if factor == 1:
        return grey, 1.0
    height, width = (max(1, side // factor) for side in grey.shape)
    mean = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    kernel = np.ones((factor, factor), np.uint8)
    offset = factor // 2
    picks = np.ix_(np.arange(height) * factor + offset, np.arange(width) * factor + offset)
    dark = cv2.erode(grey, kernel)[picks].astype(np.int16)
    light = cv2.dilate(grey, kernel)[picks].astype(np.int16)
    toward_light = light - mean > mean.astype(np.int16) - dark
    extreme = np.where(toward_light, light, dark)
    fine = np.abs(extreme - mean) > 40
    return np.where(fine, (extreme + mean) // 2, mean).astype(np.uint8), float(factor)


def _contrast(grey: Grey) -> tuple[_Map, float]:
    """How far each pixel stands out from its paper (0 to 1), in the direction of the ink, and the paper's noise."""
    flat = _flat_ground(grey)
    if flat is not None:
        signed = grey.astype(np.float32) - flat
        noise = 0.004
    else:
        signed, noise = _over_uneven_ground(grey)
    dark, light = np.maximum(-signed, 0), np.maximum(signed, 0)
    contrast = dark if _ink_is_dark(dark, light) else light
    reach = max(flat, 255 - flat) if flat is not None else 255.0
    return np.minimum(contrast / reach, 1.0).astype(np.float32), noise


def _flat_ground(grey: Grey) -> float | None:
    """The one shade most of the page has, as drawings and clean scans do."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.int64)
    near = np.convolve(counts, np.ones(2 * _FLAT_SPREAD + 1, np.int64), mode="same")
    middle = int(near.argmax())
    window = slice(max(0, middle - _FLAT_SPREAD), middle + _FLAT_SPREAD + 1)
    shade = window.start + int(counts[window].argmax())
    return float(shade) if near[middle] >= _FLAT_SHARE * grey.size and _rim_share(grey, shade) > 0.85 else None


def _rim_share(grey: Grey, shade: int) -> float:
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]).astype(np.int16)
    return float((np.abs(rim - shade) <= _FLAT_SPREAD).mean())


def _over_uneven_ground(grey: Grey) -> tuple[_Map, float]:
    """The page against its own paper: a wide median that follows shadows and is blind to strokes."""
    paper = _paper(grey).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.8).astype(np.float32)
    signed = (smooth - paper) * (200.0 / np.maximum(paper, 60.0))
    spread = float(np.median(np.abs(signed - np.median(signed)))) * 1.4826
    return signed.astype(np.float32), spread / 255.0


def _paper(grey: Grey) -> Grey:
    side = max(grey.shape)
    scale = min(1.0, 160 / side)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    reach = max(3, int(0.32 * max(small.shape)) | 1)
    edged = cv2.copyMakeBorder(small, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    paper = cv2.medianBlur(edged, min(reach, 127))[reach:-reach, reach:-reach]
    return np.asarray(cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR), np.uint8)


def _ink_is_dark(dark: _Map, light: _Map) -> bool:
    """Ink is the side that stands out more: fewer pixels, further from the paper."""
    return float((dark**2).sum()) >= float((light**2).sum())


def _strong_level(contrast: _Map, noise: float) -> float | None:
    """The contrast above which a pixel is surely ink, or None where nothing stands out from the noise."""
    floor = max(_FAINTEST_CONTRAST, _NOISE_SIGMAS * noise)
    standing = contrast[contrast > floor]
    if standing.size < 6:
        return None
    return max(floor, 0.55 * float(np.percentile(standing, 95)))


def _hysteresis(contrast: _Map, strong: float, weak_level: float) -> npt.NDArray[np.bool_]:
    """All of the weaker ink that hangs together with some that is strong."""
    weak = (contrast > weak_level).astype(np.uint8)
    _, labels = cv2.connectedComponents(weak, connectivity=8)
    kept = np.zeros(int(labels.max()) + 1, bool)
    kept[np.unique(labels[contrast > strong])] = True
    kept[0] = False
    return kept[labels]


def _without_rules(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Thin straight runs from edge to edge, or on all four sides, are rules or a box; strokes they cross are closed again."""
    ink = mask.astype(np.uint8)
    _, _, width, height = cv2.boundingRect(ink)
    if max(ink.shape) < _RULED_FROM_PX or (width < _RULE_SHARE * ink.shape[1] and height < _RULE_SHARE * ink.shape[0]):
        return mask
    runs = {across: _runs(ink, across) for across in (True, False)}
    boxed = _is_box(runs)
    for across, found in runs.items():
        rules = found if boxed else _from_edge_to_edge(found, across)
        if rules.any():
            ink = _lift(ink, rules, across)
    return ink.astype(bool)


def _runs(ink: Grey, across: bool) -> Grey:
    """Straight ink along more than half of the page, a little tilt allowed."""
    length = max(12, int(_RULE_SHARE * ink.shape[1 if across else 0]))
    tilt = 1 + 2 * (max(ink.shape) // 120)
    joined = cv2.dilate(ink, np.ones((tilt, 1) if across else (1, tilt), np.uint8))
    found = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, length) if across else (length, 1), np.uint8))
    thick = max(4, int(_THICKEST_RULE * max(ink.shape)))
    blocks = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((thick, 1) if across else (1, thick), np.uint8))
    return np.asarray(found & (1 - blocks), np.uint8)


def _is_box(runs: dict[bool, Grey]) -> bool:
    """Two runs or more each way that meet at the corners; a 0 has four straight sides too, but they do not meet."""
    if not all(_stripes(found, across) >= 2 for across, found in runs.items()):
        return False
    frames = [cv2.boundingRect(found) for found in runs.values()]
    slack = 0.04 * max(runs[True].shape)
    return all(abs(one - other) <= slack for one, other in zip(*frames, strict=True))


def _stripes(runs: Grey, across: bool) -> int:
    hit = runs.any(axis=1 if across else 0).astype(np.int8)
    return int((np.diff(hit, prepend=0) == 1).sum())


def _from_edge_to_edge(runs: Grey, across: bool) -> Grey:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    side = runs.shape[1 if across else 0]
    start = stats[:, cv2.CC_STAT_LEFT if across else cv2.CC_STAT_TOP]
    end = start + stats[:, cv2.CC_STAT_WIDTH if across else cv2.CC_STAT_HEIGHT]
    through = (start <= 0.03 * side) & (end >= 0.97 * side)
    through[0] = False
    return through[labels].astype(np.uint8)


def _lift(ink: Grey, rules: Grey, across: bool) -> Grey:
    rules = np.asarray(cv2.dilate(rules, np.ones((3, 3), np.uint8)), np.uint8)
    depth = rules.sum(axis=0 if across else 1)
    reach = int(np.median(depth[depth > 0])) + 3
    kept = ink & (1 - rules)
    bridged = cv2.morphologyEx(kept, cv2.MORPH_CLOSE, np.ones((reach, 1) if across else (1, reach), np.uint8))
    return np.asarray(kept | (bridged & rules & ink), np.uint8)


def _main_group(mask: npt.NDArray[np.bool_], contrast: _Map) -> npt.NDArray[np.bool_]:
    """The piece of ink that is most and most central, with the pieces that belong to it."""
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 2:
        return mask
    weight = np.bincount(labels.ravel(), weights=contrast.ravel(), minlength=count).astype(np.float64)
    weight[0] = 0
    main = int((weight * _worth(stats, centres, mask.shape)).argmax())
    if weight[main] <= 0:
        return np.zeros_like(mask)
    members = _joined_to(main, stats, weight, mask.shape)
    kept = np.zeros(count, bool)
    kept[members] = True
    return kept[labels]


def _worth(stats: npt.NDArray[np.int32], centres: npt.NDArray[np.float64], shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Nearer the middle is worth more; ink that runs off the page, or lies flat as no digit does, is worth little."""
    height, width = shape
    off_x = np.abs(centres[:, 0] / width - 0.5) * 2
    off_y = np.abs(centres[:, 1] / height - 0.5) * 2
    central = 1.0 - 0.6 * np.maximum(off_x, off_y)
    flat = stats[:, cv2.CC_STAT_WIDTH] > 5 * stats[:, cv2.CC_STAT_HEIGHT]
    return central * np.where(_sides_touched(stats, shape) > 0, 0.25, 1.0) * np.where(flat, 0.1, 1.0)


def _sides_touched(stats: npt.NDArray[np.int32], shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    left, top, width, height = (stats[:, column] for column in range(4))
    touched = np.stack([left == 0, top == 0, left + width == shape[1], top + height == shape[0]])
    return touched.sum(axis=0)


def _joined_to(main: int, stats: npt.NDArray[np.int32], weight: npt.NDArray[np.float64], shape: tuple[int, ...]) -> list[int]:
    """The main piece and, in turn, every piece near enough to be of the same digit and large enough to be no speck."""
    members = [main]
    box = _corners(stats[main])
    touched = _sides_touched(stats, shape)
    order = [int(index) for index in np.argsort(-weight) if index not in (0, main)]
    for index in order:
        other = _corners(stats[index])
        size = max(box[2] - box[0], box[3] - box[1])
        large = weight[index] > 0.012 * weight[main]
        runs_off = touched[index] > 0 and touched[main] == 0
        if large and not runs_off and _gap(box, other) < 0.22 * size:
            members.append(index)
            box = (min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3]))
    return members


def _corners(row: npt.NDArray[np.int32]) -> tuple[int, int, int, int]:
    left, top, width, height = (int(value) for value in row[:4])
    return left, top, left + width, top + height


def _gap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    across = max(one[0] - other[2], other[0] - one[2], 0)
    down = max(one[1] - other[3], other[1] - one[3], 0)
    return float(np.hypot(across, down))


def _inked(contrast: _Map, mask: npt.NDArray[np.bool_], strong: float) -> Grey:
    """Grey ink within the mask and its soft rim, brought to full strength."""
    if not mask.any():
        return np.zeros(mask.shape, np.uint8)
    rim = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    full = max(strong, float(np.percentile(contrast[mask], 75)))
    full = 1.0 if full > 0.9 else full
    return np.where(rim, np.minimum(contrast * (255.0 / full), 255), 0).astype(np.uint8)
