"""The page's own reader against Python's, in a real browser, on the same pictures: mark for mark, confidence within 0.01."""

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from inkdigits import Reader
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.results import Box, Line, PageReading, Prediction
from inkdigits.synthesis import drawn
from inkdigits.synthesis.drawn import draw_digit, draw_numbers
from inkdigits.synthesis.photographed import photo
from pages import opened
from worn import (
    askew_frame,
    long_and_thin,
    on_a_shadowed_table,
    page_of,
    under_a_hard_shadow,
    underlined,
    with_a_faint_digit,
    with_plain_ones,
    worn_frame,
)

pytestmark = pytest.mark.slow


def as_photo(digit: int, seed: int) -> Image.Image:
    ink = 255 - np.asarray(
        draw_digit(digit, size_px=96, height=0.98, seed=seed, paper=255, ink=0)
    )
    return photo(ink, np.random.default_rng(seed))


KINDS: dict[str, Callable[[int], Image.Image]] = {
    "plain": lambda d: draw_digit(d, size_px=120),
    "wavering hand": lambda d: draw_digit(d, seed=d),
    "another hand, leaning": lambda d: draw_digit(
        d, size_px=150, seed=40 + d, angle_deg=12
    ),
    "light on dark": lambda d: draw_digit(d, size_px=110, ink=245, paper=12),
    "black on white": lambda d: draw_digit(d, size_px=90, ink=0, paper=255),
    "hard shadow": lambda d: drawn.with_shadow(draw_digit(d, size_px=160)),
    "shadow, wavering": lambda d: drawn.with_shadow(
        draw_digit(d, size_px=180, seed=d), depth=0.6, at=0.55
    ),
    "shadow in grain": lambda d: drawn.with_grain(
        drawn.with_shadow(draw_digit(d, size_px=190)), sigma=3
    ),
    "vignette and grain": lambda d: drawn.with_grain(
        drawn.with_vignette(draw_digit(d, size_px=140))
    ),
    "grain": lambda d: drawn.with_grain(draw_digit(d, size_px=130, paper=200), sigma=9),
    "grain, another": lambda d: drawn.with_grain(
        draw_digit(d, size_px=200, paper=180, seed=d), sigma=6, seed=d
    ),
    "specks": lambda d: drawn.with_specks(draw_digit(d, size_px=150)),
    "ruled paper": lambda d: drawn.with_rules(draw_digit(d, size_px=150)),
    "squared paper": lambda d: drawn.with_rules(
        draw_digit(d, size_px=150), squared=True
    ),
    "squared paper in grain": lambda d: drawn.with_grain(
        drawn.with_rules(draw_digit(d, size_px=150), squared=True), sigma=4
    ),
    "dark rules": lambda d: drawn.with_rules(draw_digit(d, size_px=150), shade=90),
    "boxed": lambda d: drawn.in_box(draw_digit(d, size_px=150)),
    "dotted baseline": lambda d: drawn.on_dots(draw_digit(d, size_px=150)),
    "faint pencil": lambda d: drawn.with_grain(
        draw_digit(d, size_px=150, ink=200, paper=235), sigma=2
    ),
    "one-pixel stroke, large": lambda d: draw_digit(d, size_px=700, stroke_px=1),
    "an odd size": lambda d: draw_digit(d, size_px=601),
    "thin stroke": lambda d: draw_digit(d, size_px=300, stroke_px=2),
    "thick stroke": lambda d: draw_digit(d, size_px=150, stroke_px=20),
    "small in a corner": lambda d: draw_digit(
        d, size_px=300, height=0.25, at=(0.2, 0.22)
    ),
    "fills the picture": lambda d: draw_digit(d, size_px=120, height=0.93),
    "cut close from an old register": lambda d: drawn.cut_close(
        draw_digit(d, size_px=100, stroke_px=9)
    ),
    "cut close, small": lambda d: drawn.cut_close(
        draw_digit(d, size_px=60, stroke_px=7), faint=0.25, blur=0.9
    ),
    "tiny": lambda d: draw_digit(d, size_px=28, height=0.8),
    "tiny, light on dark": lambda d: draw_digit(
        d, size_px=28, height=0.72, ink=255, paper=0
    ),
    "sixteen pixels": lambda d: draw_digit(d, size_px=16, height=0.95),
    "transparent, black ink": lambda d: drawn.transparent(
        draw_digit(d, size_px=120), ink=0
    ),
    "cut from a line": lambda d: draw_numbers([f"{d}{d}{d}"]).crop((20, 0, 135, 130)),
    "photo": lambda d: as_photo(d, d),
    "no digit at all": lambda d: drawn.draw_sign("AEHMW"[d % 5], size_px=120, seed=d),
}

LEVELS_KEPT = 16  # more than any picture has

ANSWERS = """async (files) => {
  const { predict, read } = await import("./reader/reader.js");
  const answers = [];
  for (const [data, type] of files) {
    const file = new File([Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0))], "picture", { type });
    answers.push({ prediction: await predict(file), page: (await read(file))[0] });
  }
  return answers;
}"""


@pytest.fixture(scope="module", autouse=True)
def _one_run_for_both_answers() -> Iterator[None]:
    """`predict` and `read` show the network the same levels of a picture: it is run once for each."""
    run = MarksNetwork.__call__
    maps: dict[bytes, npt.NDArray[np.float32]] = {}

    def remembered(
        self: MarksNetwork, grey: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.float32]:
        key = repr(grey.shape).encode() + grey.tobytes()
        if key not in maps:
            if len(maps) >= LEVELS_KEPT:
                maps.clear()
            maps[key] = run(self, grey)
        return maps[key].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MarksNetwork, "__call__", remembered)
        yield


@pytest.fixture(scope="module")
def page(browser: Browser, static_url: str) -> Iterator[Page]:
    page = opened(browser, static_url)
    yield page
    page.context.close()


def answers(page: Page, files: list[bytes], kind: str) -> list[dict[str, Any]]:
    """What the browser says of each file: `predict` and `read`."""
    found: list[dict[str, Any]] = page.evaluate(
        ANSWERS, [[base64.b64encode(data).decode(), kind] for data in files]
    )
    return found


def compare(
    page: Page, reader: Reader, files: list[bytes], kind: str = "image/png"
) -> list[str]:
    """Where the two disagree."""
    different = []
    for index, (data, theirs) in enumerate(
        zip(files, answers(page, files, kind), strict=True)
    ):
        places = [*digit_differences(reader.predict(data), theirs["prediction"])]
        places += page_differences(reader.read(data).pages[0], theirs["page"])
        different += [f"picture {index}: {place}" for place in places]
    return different


def digit_differences(ours: Prediction, theirs: dict[str, Any]) -> list[str]:
    facts = (
        (ours.digit, ours.accepted, ours.reason),
        (theirs["digit"], theirs["accepted"], theirs["reason"]),
    )
    if facts[0] != facts[1] or abs(ours.confidence - theirs["confidence"]) > 0.01:
        return [
            f"predict: Python {facts[0]} {ours.confidence:.4f}, browser {facts[1]} {theirs['confidence']:.4f}"
        ]
    return box_differences(ours.box, theirs["box"])


def page_differences(ours: PageReading, theirs: dict[str, Any]) -> list[str]:
    """Whether both read the same lines, mark for mark, as sure to a hundredth, in the same places."""
    facts = (ours.text, ours.turned_deg, ours.width, ours.height)
    others = tuple(theirs[name] for name in ("text", "turned_deg", "width", "height"))
    if facts != others:
        return [f"read: Python {facts}, browser {others}"]
    return [
        place
        for pair in zip(ours.lines, theirs["lines"], strict=True)
        for place in line_differences(*pair)
    ]


def line_differences(ours: Line, theirs: dict[str, Any]) -> list[str]:
    marks = [(mark.text, mark.confidence) for mark in ours.marks]
    others = [(mark["text"], mark["confidence"]) for mark in theirs["marks"]]
    alike = [one for one, _ in marks] == [
        other for other, _ in others
    ] and ours.accepted == theirs["accepted"]
    shares = [(ours.confidence, theirs["confidence"])]
    shares += [
        (one, other) for (_, one), (_, other) in zip(marks, others, strict=False)
    ]
    if not alike or any(abs(one - other) > 0.01 for one, other in shares):
        return [
            f"{ours.text}: Python {ours.confidence} {marks}, browser {theirs['confidence']} {others}"
        ]
    return [
        place
        for mark, other in zip(ours.marks, theirs["marks"], strict=True)
        for place in box_differences(mark.box, other["box"])
    ]


def box_differences(ours: Box | None, theirs: list[int] | None) -> list[str]:
    """A large photo is decoded at half its size by either's own means: its boxes may differ by half a hundredth."""
    if ours is None or theirs is None:
        both_missing = ours is None and theirs is None
        return [] if both_missing else [f"box: Python {ours}, browser {theirs}"]
    sides = [ours.left, ours.top, ours.right, ours.bottom]
    most = max(1.0, 0.005 * max(ours.right - ours.left, ours.bottom - ours.top))
    furthest = max(abs(one - other) for one, other in zip(sides, theirs, strict=True))
    return [] if furthest <= most else [f"box: Python {sides}, browser {theirs}"]


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_pictures_have_the_same_answers(
    page: Page, reader: Reader, kind: str
) -> None:
    files = [drawn.as_file(KINDS[kind](digit), "PNG") for digit in range(10)]
    assert compare(page, reader, files) == []


def test_a_photo_turned_by_exif_has_the_same_answer(page: Page, reader: Reader) -> None:
    files = []
    for orientation, back in {3: 180, 6: 90, 8: 270}.items():
        exif = Image.Exif()
        exif[274] = orientation
        picture = drawn.with_shadow(draw_digit(orientation, size_px=180)).rotate(back)
        files.append(drawn.as_file(picture, "JPEG", quality=88, exif=exif))
    assert compare(page, reader, files, "image/jpeg") == []


def test_that_is_three_hundred() -> None:
    assert 10 * len(KINDS) >= 300


# In parts, which several processes can take. Every second picture: each takes a second.
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("kind", ["canvas", "photo"])
def test_real_pictures_have_the_same_answers(
    page: Page, reader: Reader, kind: str, part: int
) -> None:
    root = Path(os.environ.get("INKDIGITS_DATA", "")) / "evaluate_only" / "real"
    if not (root / "manifest.csv").exists():
        pytest.skip("INKDIGITS_DATA names no folder with evaluate_only/real")
    names = [
        row.split(",")[0]
        for row in (root / "manifest.csv").read_text().splitlines()
        if row.split(",")[1] == kind
    ]
    assert len(names) > 40
    different = []
    for name in names[2 * part :: 8]:
        data = (root / name).read_bytes()
        file_type = "image/jpeg" if data[:2] == b"\xff\xd8" else "image/png"
        lines = compare(page, reader, [data], file_type)
        different += [f"{name} {line}" for line in lines]
    assert different == []


def three_lines() -> Image.Image:
    return draw_numbers(["12345", "67890", "24680"], size_px=60)


PAGES: dict[str, Callable[[], Image.Image]] = {
    "one number": lambda: draw_numbers(["305"], size_px=64),
    "several lines": lambda: draw_numbers(["90210", "1998 47", "305-66"], size_px=56),
    "touching digits": lambda: draw_numbers(["2468", "1357"], pitch=0.5, size_px=60),
    "light on dark": lambda: draw_numbers(["1234", "5678"], ink=240, paper=20),
    "ruled paper": lambda: drawn.with_rules(draw_numbers(["4711", "815", "2"], size_px=60)),
    "a photo": lambda: drawn.with_grain(drawn.with_vignette(draw_numbers(["90210", "1998"], size_px=70), depth=0.3), sigma=3),
    "shadow": lambda: drawn.with_shadow(draw_numbers(["3141", "5926"], size_px=70)),
    "words among numbers": lambda: draw_numbers(["HAMW 12", "345"], size_px=60),
    "tilted": lambda: three_lines().rotate(7, Image.Resampling.BICUBIC, fillcolor=245, expand=True),
    "on its side": lambda: three_lines().rotate(90, expand=True),
    "small": lambda: draw_numbers(["742"], size_px=20),
    "large": lambda: draw_numbers(["50721", "1864"], size_px=520),
    "digits over each other": lambda: draw_numbers(["8783101", "228", "0055230"], pitch=0.42, size_px=50),
    "far over each other": lambda: draw_numbers(["28", "8733"], pitch=0.34, size_px=56),
    "a worn frame": lambda: Image.fromarray(worn_frame(page_of("8402"))),
    "a hard shadow": lambda: Image.fromarray(under_a_hard_shadow(page_of("82"))),
    "one digit and a scratch": lambda: drawn.with_scratch(draw_digit(9, size_px=1200, height=0.5)),
    "a faint digit": lambda: Image.fromarray(with_a_faint_digit(page_of("7132", margin=300))),
    "a shadow's edge": lambda: on_a_shadowed_table("90210"),
    "bars for ones": lambda: Image.fromarray(with_plain_ones("3141", 3)),
    "bars for ones, a broad pen": lambda: Image.fromarray(with_plain_ones("10", 7)),
    "a frame askew": lambda: Image.fromarray(askew_frame(page_of("771"))),
    "a long thin digit": lambda: Image.fromarray(long_and_thin()),
    "a thick underline": lambda: Image.fromarray(underlined(page_of("31"))),
}  # fmt: skip


@pytest.mark.parametrize("kind", PAGES)
def test_pages_are_read_alike(page: Page, reader: Reader, kind: str) -> None:
    assert compare(page, reader, [drawn.as_file(PAGES[kind](), "PNG")]) == []
