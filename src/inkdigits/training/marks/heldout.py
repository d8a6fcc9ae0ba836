"""Held-out lines, real and composed, and pictures without numbers: what confidence is fitted on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.named import open_npz
from inkdigits.data.real_numbers import load_numbers
from inkdigits.reading.marks.alphabet import digits_in
from inkdigits.synthesis.hands import in_part, load_hands
from inkdigits.synthesis.pages import compose_pages
from inkdigits.synthesis.patches import compose

Grey = npt.NDArray[np.uint8]
_SHARE_OF_EDGE_PX = 14


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A picture and its numbers from top to bottom; `digits` are the readings that count as right.

    `signs` says whether the text is known as written, or by its digits alone.
    """

    kind: str
    grey: Grey
    digits: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]
    signs: bool


def held_out(data_dir: Path, part: str, most: int = 400) -> Iterator[HeldOut]:
    """The lines of one part, at most `most` of each kind."""
    rng = np.random.default_rng(11)
    for name in ("copiste", "lectaurep", "congo", "old_hands"):
        pictures = load_numbers(name, part, data_dir)
        for index in rng.permutation(len(pictures))[:most]:
            picture = pictures[index]
            yield HeldOut(
                name, picture.cut(), (picture.digits,), (picture.signs,), signs=False
            )
    yield from _strings(data_dir, part)
    yield from _nothing(data_dir, part, most // 2)
    hands = load_hands(data_dir, part).without(
        "unipen"
    )  # its labels are wrong too often to fit a threshold by
    for page in compose_pages(71 if part == "validation" else 72, most, hands):
        digits = tuple((digits_in(line),) for line in page.lines)
        yield HeldOut(
            f"composed {page.kind}", page.grey, digits, page.lines, signs=True
        )


def _strings(data_dir: Path, part: str) -> Iterator[HeldOut]:
    """UNIPEN's numbers, drawn by pen."""
    arrays = open_npz(data_dir / "unipen/number_strings.npz")
    for index in np.flatnonzero(in_part(arrays["source_file"], part)):
        text = str(arrays["labels"][index])
        ink = arrays["images"][index][:, : arrays["width"][index]]
        edge = _SHARE_OF_EDGE_PX
        grey = cv2.copyMakeBorder(
            255 - ink, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(255,)
        )
        digits = ((digits_in(text),),)
        yield HeldOut("unipen", np.asarray(grey, np.uint8), digits, (text,), signs=True)


def _nothing(data_dir: Path, part: str, most: int) -> Iterator[HeldOut]:
    """Words of real hands, and composed patches of words, drawings and ruling."""
    rng = np.random.default_rng(12)
    for name in ("copiste_words", "lectaurep_words"):
        pictures = [p for p in load_numbers(name, part, data_dir) if p.signs.isalpha()]
        for index in rng.permutation(len(pictures))[:most]:
            yield HeldOut("words", pictures[index].grey, (), (), signs=True)
    hands = load_hands(data_dir, part)
    found = 0
    for seed in range(20 * most):
        patch = compose(np.random.default_rng([73, seed]), hands)
        if not patch.has_numbers:
            yield HeldOut("no numbers", patch.grey, (), (), signs=True)
            found += 1
            if found == most:
                return
