"""The page's own reader, stage by stage in Node, against the Python that it was ported from."""

import base64
import datetime
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from inkdigits.reading.classifier import Scores
from inkdigits.reading.joint import JointSettings, Seen, answers_by_both
from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, OTHER
from inkdigits.reading.marks.closeup import closeups
from inkdigits.reading.marks.edges import edge_shade, with_rim
from inkdigits.reading.marks.found import FIRST_BOX, Found, peaks_of
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.glyphs import glyph_of, ink_of
from inkdigits.reading.marks.naming import Surroundings, named, surroundings
from inkdigits.reading.marks.network import MarksNetwork, padded
from inkdigits.reading.marks.pyramid import PYRAMID, levels_of, resized
from inkdigits.reading.marks.whole import ink_box
from inkdigits.reading.numbers.columns import Columns, likely_texts, log_shares, places
from inkdigits.reading.numbers.confidence import LineConfidence, evidence_of
from inkdigits.reading.numbers.lines import lines_of
from inkdigits.reading.numbers.row_network import RowNetworks, log_softmax
from inkdigits.reading.numbers.rows import Row, is_digit, rows_of
from inkdigits.reading.numbers.strips import strip_of, window_of
from inkdigits.reading.numbers.together import Together, read_row
from inkdigits.reading.numbers.values import UNKNOWN, Value, value_of
from inkdigits.reading.numbers.writing import amount_in, is_well_formed, texts_of
from inkdigits.synthesis import drawn
from inkdigits.web.browser_settings import marks_settings
from inkdigits.web.folder import STATIC

pytestmark = pytest.mark.slow

Grey = npt.NDArray[np.uint8]
Levels = list[tuple[float, Found]]
Run = Callable[..., list[Any]]
WEIGHTS = (
    0.3,
    0.8,
    0.5,
    0.7,
    -0.2,
    -0.4,
    -1.1,
    -0.6,
    0.9,
    0.15,
    -0.3,
    -0.5,
    0.2,
    0.1,
    0.6,
    -0.2,
    -0.1,
)
SIGN_WEIGHTS = (-0.4, 0.7)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs one stage on each of the cases."""
    program = shutil.which("node")
    if program is None:
        pytest.skip(
            "Node is not installed: the page's reader cannot be run outside a browser"
        )
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(STATIC / "reader", folder, dirs_exist_ok=True)
    # Without it Node takes modules for scripts.
    (folder / "package.json").write_text('{"type": "module"}')
    settings = marks_settings(MarksNetwork(), GlyphNetwork(), RowNetworks.bundled())
    script = Path(__file__).parent / "js_stages.mjs"

    def run(stage: str, cases: list[dict[str, Any]]) -> list[Any]:
        given = json.dumps(
            {
                "settings": settings,
                "cases": [{"stage": stage, **case} for case in cases],
            }
        )
        done = subprocess.run(
            [program, script, folder],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        results: list[Any] = json.loads(done.stdout)
        return results

    return run


def encoded(pixels: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()


def plane(grey: Grey) -> dict[str, Any]:
    return {"w": grey.shape[1], "h": grey.shape[0], "d": encoded(grey)}


def decoded(
    found: dict[str, Any], kind: type[np.generic] = np.uint8
) -> npt.NDArray[Any]:
    return np.frombuffer(base64.b64decode(found["d"]), kind).reshape(
        found["h"], found["w"]
    )


def noise(height: int, width: int, seed: int) -> Grey:
    """Grain with strokes in it: sharp and smooth parts."""
    rng = np.random.default_rng(seed)
    grey = rng.normal(200, 25, (height, width)).clip(0, 255).astype(np.uint8)
    for _ in range(6):
        (x0, y0), (x1, y1) = rng.integers(0, [width, height], (2, 2)).tolist()
        cv2.line(grey, (x0, y0), (x1, y1), int(rng.integers(0, 255)), 3)
    return grey


GREY = noise(300, 420, 99)
SIZES = [
    (300, 200),
    (64, 64),
    (63, 500),
    (24, 31),
    (5, 9),
    (3000, 4000),
    (48, 47),
    (1654, 2339),
    (97, 203),
]


def test_pages_are_shown_at_the_same_sizes(node: Run) -> None:
    theirs = node(
        "levels", [{"width": width, "height": height} for height, width in SIZES]
    )
    assert theirs == [levels_of(size) for size in SIZES]


@pytest.mark.parametrize("scale", [2.0, 1.0, 0.5, 0.25, 0.4607, 0.23035, 0.7311])
def test_pictures_of_another_size_are_the_same(node: Run, scale: float) -> None:
    pictures = [
        noise(height, width, seed)
        for seed, (height, width) in enumerate(SIZES)
        if height < 1000 and height * scale > 4
    ]
    theirs = node(
        "resized", [{"grey": plane(grey), "scale": scale} for grey in pictures]
    )
    for grey, found in zip(pictures, theirs, strict=True):
        ours, other = resized(grey, scale), decoded(found)
        assert other.shape == ours.shape
        assert np.array_equal(other, ours)


@pytest.mark.parametrize("shade", [None, 207])
def test_the_rim_and_the_multiple_of_sixteen_are_the_same(
    node: Run, shade: int | None
) -> None:
    pictures = [
        noise(height, width, seed)
        for seed, (height, width) in enumerate([(30, 41), (8, 100), (56, 56)])
    ]
    theirs = node(
        "framed", [{"grey": plane(grey), "shade": shade} for grey in pictures]
    )
    for grey, other in zip(pictures, theirs, strict=True):
        assert np.array_equal(
            decoded(other, np.float32), padded(with_rim(grey, PYRAMID.rim_px, shade))
        )


def test_paper_has_the_same_shade_at_the_edge(node: Run) -> None:
    pictures = [
        noise(height, width, seed)
        for seed, (height, width) in enumerate([(30, 41), (8, 101), (1, 9), (5, 1)])
    ]
    assert node("shade", [{"grey": plane(grey)} for grey in pictures]) == [
        edge_shade(grey) for grey in pictures
    ]


def test_pages_are_turned_alike(node: Run) -> None:
    grey = noise(20, 33, 1)
    for quarters in range(4):
        (other,) = node("turned", [{"grey": plane(grey), "quarters": quarters}])
        assert np.array_equal(decoded(other), np.rot90(grey, quarters))


def random_map(seed: int) -> npt.NDArray[np.float32]:
    """A map as the network gives it, with many marks that lie on one another."""
    rng = np.random.default_rng(seed)
    answer = rng.normal(0, 2, (FIRST_BOX + 4, 24, 37)).astype(np.float32)
    answer[0] -= 1
    answer[FIRST_BOX : FIRST_BOX + 2] /= 8
    answer[FIRST_BOX + 2 :] = rng.normal(1.2, 0.5, answer[FIRST_BOX + 2 :].shape)
    return answer


def as_json(found: Found) -> list[dict[str, Any]]:
    parts = zip(
        found.boxes.tolist(), found.centre.tolist(), found.classes.tolist(), strict=True
    )
    return [
        {"box": box, "centre": centre, "classes": classes}
        for box, centre, classes in parts
    ]


def test_a_map_has_the_same_marks(node: Run) -> None:
    maps = [random_map(seed) for seed in range(6)]
    cases = [
        {"data": encoded(answer), "rows": answer.shape[1], "columns": answer.shape[2]}
        for answer in maps
    ]
    for answer, other in zip(maps, node("peaks", cases), strict=True):
        ours = as_json(peaks_of(answer))
        assert len(other) == len(ours) > 20
        for one, two in zip(ours, other, strict=True):
            assert two["box"] == pytest.approx(one["box"], abs=1e-3)
            assert two["centre"] == pytest.approx(one["centre"], abs=1e-6)
            assert two["classes"] == pytest.approx(one["classes"], abs=1e-6)


TEXTS = [
    "12.50",
    "1,250.00",
    "12/25/96",
    "-3",
    "10:30",
    "17%",
    "90210",
    "4/9",
    "(305)",
    "$7.25",
    "5",
    "12 345",
    "1998-7",
]


def written_marks(texts: list[str], seed: int, scale: float) -> Found:
    """Marks of lines of text, some of them doubtful, with strays among them."""
    rng = np.random.default_rng(seed)
    boxes, likely = [], []
    for line, text in enumerate(texts):
        left = 20.0 + rng.uniform(0, 30)
        for sign in text:
            tall = rng.normal(30, 3)
            wide = 0.7 * tall if sign not in ".,:" else 5.0
            top = (
                60.0 * line + 20 + rng.normal(0, 2) + (tall - 6 if sign in ".," else 0)
            )
            if sign != " ":
                boxes.append(
                    [left, top, left + wide, top + (6 if sign in ".," else tall)]
                )
                likely.append(CLASS_OF[sign])
            left += wide + rng.uniform(1, 8) + (25 if sign == " " else 0)
    for _ in range(8):
        x, y = rng.uniform(0, 300), rng.uniform(0, 60 * len(texts))
        boxes.append([x, y, x + 14, y + 20])
        likely.append(int(rng.integers(len(CLASSES))))
    scores = rng.normal(0, 1.2, (len(boxes), len(CLASSES)))
    scores[np.arange(len(boxes)), likely] += rng.uniform(1, 7, len(boxes))
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    jitter = rng.normal(0, 0.5 / scale, (len(boxes), 4))
    centre = rng.uniform(0.25, 0.999, len(boxes))
    return Found(
        (np.array(boxes) + jitter).astype(np.float32),
        centre.astype(np.float32),
        shares.astype(np.float32),
    )


@pytest.fixture(scope="module")
def levels() -> list[Levels]:
    """Pages of marks, each at three sizes."""
    rng = np.random.default_rng(7)
    found = []
    for seed in range(12):
        texts = [TEXTS[int(index)] for index in rng.integers(0, len(TEXTS), 4)]
        found.append(
            [
                (scale, written_marks(texts, 10 * seed + place, scale))
                for place, scale in enumerate((1.0, 0.5, 0.25))
            ]
        )
    return found


def cases_of(levels: list[Levels], **more: Any) -> list[dict[str, Any]]:
    pages = [
        [{"scale": scale, "marks": as_json(found)} for scale, found in page]
        for page in levels
    ]
    return [{"levels": page, **more} for page in pages]


def test_marks_get_the_same_names(node: Run, levels: list[Levels]) -> None:
    rng = np.random.default_rng(9)
    cases: list[dict[str, Any]] = []
    ours: list[tuple[Surroundings, Found]] = []
    for page in levels[:4]:
        found = page[0][1]
        grey = noise(300, 420, len(cases))
        near = rng.dirichlet(np.full(len(CLASSES), 0.2), len(found)).astype(np.float32)
        weights = (-2.0, 1.2, 0.5, 0.6, 0.9, -0.7, -0.4)
        monkey = type(
            "Known",
            (),
            {
                "__call__": lambda _self, _closeups, near=near: near,
                "existence": weights,
            },
        )
        cases.append(
            {
                "grey": plane(grey),
                "marks": as_json(found),
                "near": near.tolist(),
                "existence": weights,
            }
        )
        ours.append((surroundings(found), named(grey, found, monkey())))
    theirs = zip(node("around", cases), node("named", cases), strict=True)
    for (around, marks), (theirs_around, their_marks) in zip(ours, theirs, strict=True):
        for name, values in (
            ("height", around.heights),
            ("beside", around.beside),
            ("off", around.off),
        ):
            assert [each[name] for each in theirs_around] == pytest.approx(
                values.tolist(), abs=1e-3
            )
        for one, other in zip(as_json(marks), their_marks, strict=True):
            assert other["centre"] == pytest.approx(one["centre"], abs=1e-5)
            assert other["classes"] == pytest.approx(one["classes"], abs=1e-5)


def test_marks_stand_in_the_same_rows(node: Run, levels: list[Levels]) -> None:
    for page, theirs in zip(levels, node("rows", cases_of(levels)), strict=True):
        ours = rows_of(page)
        assert len(theirs) == len(ours) > 1
        for one, other in zip(ours, theirs, strict=True):
            assert other["boxes"] == one.marks.boxes.tolist()
            assert other["scale"] == one.scale
            facts = (other["score"], other["support"], other["height"])
            assert facts == pytest.approx(
                (one.score, one.support, one.height), abs=1e-4
            )


def test_rows_have_the_same_texts_in_the_same_order(
    node: Run, levels: list[Levels]
) -> None:
    seen = set()
    for page, theirs in zip(levels, node("texts", cases_of(levels)), strict=True):
        for row, other in zip(rows_of(page), theirs, strict=True):
            ours = texts_of(row)
            assert [each["text"] for each in other[:10]] == [
                each.text for each in ours[:10]
            ]
            assert [tuple(each["signs"]) for each in other[:10]] == [
                each.signs for each in ours[:10]
            ]
            assert [each["log"] for each in other] == pytest.approx(
                [each.log for each in ours], abs=1e-5
            )
            seen |= set(ours[0].text)
    assert len(seen) > 15


def random_columns(row: Row, seed: int) -> Columns:
    """Columns that show the row's own marks, and some others, more or less surely."""
    rng = np.random.default_rng(seed)
    boxes = row.marks.boxes
    window = window_of(boxes, boxes[is_digit(row.marks)], row.height)
    count = max(12, window.width // 3)
    step = window.width / count
    scores = rng.normal(0, 1, (count, len(CLASSES)))
    scores[:, CLASS_OF[OTHER]] += 7
    for left, shares in zip(
        (boxes[:, 0] + boxes[:, 2]) / 2, row.marks.classes, strict=True
    ):
        column = min(max(int((left - window.left) / step), 0), count - 1)
        scores[column, int(shares.argmax())] += rng.uniform(3, 14)
    for column in rng.integers(0, count, 2):
        scores[column, rng.integers(len(CLASSES) - 1)] += 9
    return Columns(log_softmax(scores.astype(np.float32)), window, step)


def test_a_row_is_shown_as_the_same_strip(node: Run, levels: list[Levels]) -> None:
    for page, theirs in zip(
        levels, node("strip", cases_of(levels, grey=plane(GREY))), strict=True
    ):
        for row, other in zip(rows_of(page), theirs, strict=True):
            boxes = row.marks.boxes
            ours = window_of(boxes, boxes[is_digit(row.marks)], row.height)
            assert (other["window"]["left"], other["window"]["width"]) == (
                ours.left,
                ours.width,
            )
            assert other["window"]["slope"] == pytest.approx(ours.slope, abs=1e-5)
            difference = np.abs(
                decoded(other["strip"], np.float32) - strip_of(GREY, ours)
            )
            assert np.median(difference) < 1e-4
            # A slope is summed in another order: a column in a hundred may be moved by a pixel more.
            assert (difference.max(axis=0) > 1e-3).mean() < 0.05


def test_columns_say_the_same(node: Run, levels: list[Levels]) -> None:
    rows = [row for page in levels for row in rows_of(page)][:30]
    seen = [random_columns(row, seed) for seed, row in enumerate(rows)]
    texts = ["", "7", "11", "12.50", "1-1/1"]
    cases = [{"logs": columns.logs.tolist(), "texts": texts} for columns in seen]
    for columns, other in zip(seen, node("columns", cases), strict=True):
        assert other["likely"] == likely_texts(columns.logs)
        assert other["shares"] == pytest.approx(
            log_shares(columns.logs, texts).tolist(), rel=1e-5, abs=1e-5
        )
        assert other["places"] == [
            [list(place) for place in places(columns.logs, text)] for text in texts
        ]


@pytest.mark.parametrize("own", [False, True])
def test_rows_are_read_alike_by_both_networks(
    node: Run, levels: list[Levels], own: bool
) -> None:
    settings = replace(RowNetworks.bundled().together, only_marks=own)
    pages = [
        [
            (row, [random_columns(row, seed), random_columns(row, seed + 500)])
            for seed, row in enumerate(rows_of(page))
        ]
        for page in levels
    ]
    cases = [
        {
            **case,
            "own": own,
            "looks": [[as_columns(look) for look in looks] for _, looks in page],
        }
        for case, page in zip(cases_of(levels), pages, strict=True)
    ]
    disagree = 0
    for page, theirs in zip(pages, node("together", cases), strict=True):
        for (row, looks), other in zip(page, theirs, strict=True):
            ours = read_row(row, looks, None, settings)
            assert ours is not None
            disagree += not ours.agree
            assert [each["text"] for each in other["texts"][:3]] == [
                each.text for each in ours.texts[:3]
            ]
            assert other["texts"][0]["signs"] == list(ours.texts[0].signs)
            facts = (other["byColumns"], other["ahead"], other["texts"][0]["log"])
            assert facts == pytest.approx(
                (ours.by_columns, ours.ahead, ours.texts[0].log), abs=1e-4
            )
            assert other["agree"] == ours.agree
            for mark, box in zip(
                other["row"]["marks"], ours.row.marks.boxes, strict=True
            ):
                assert mark["box"] == pytest.approx(box.tolist(), abs=1e-3)
    assert own or disagree > 5


def as_columns(columns: Columns) -> dict[str, Any]:
    window = columns.window
    place = {
        "left": window.left,
        "middleX": window.middle_x,
        "middleY": window.middle_y,
        "slope": window.slope,
    }
    return {"logs": columns.logs.tolist(), "step": columns.step, "window": place}


def test_lines_are_as_sure(node: Run, levels: list[Levels]) -> None:
    for weights, signs in ((WEIGHTS, SIGN_WEIGHTS), (WEIGHTS, ()), ((), ())):
        confidence = LineConfidence(weights, sign_weights=signs)
        cases = cases_of(levels, weights=weights, signs=signs, grey=plane(GREY))
        for page, theirs in zip(levels, node("confidence", cases), strict=True):
            for row, other in zip(rows_of(page), theirs, strict=True):
                evidence = evidence_of(Together(row, texts_of(row)), GREY)
                assert other["evidence"] == pytest.approx(evidence.tolist(), abs=1e-4)
                assert other["confidence"] == pytest.approx(
                    confidence.of(evidence), abs=1e-4
                )


def test_lines_are_the_same(node: Run, levels: list[Levels]) -> None:
    network = MarksNetwork()
    for page, theirs in zip(
        levels,
        node("lines", cases_of(levels, scale=1.5, grey=plane(GREY))),
        strict=True,
    ):
        ours = lines_of(
            rows_of(page),
            GREY,
            network.confidence,
            network.threshold,
            None,
            UNKNOWN,
            1.5,
        )
        for line, other in zip(ours, theirs, strict=True):
            assert (other["text"], other["number"]) == (line.text, line.number)
            assert other["value"] == json_value(line.value)
            assert other["confidence"] == pytest.approx(line.confidence, abs=1e-3)
            assert other["box"] == sides(line.box)
            assert [mark["text"] for mark in other["marks"]] == [
                mark.text for mark in line.marks
            ]
            assert [mark["box"] for mark in other["marks"]] == [
                sides(mark.box) for mark in line.marks
            ]
            assert [mark["confidence"] for mark in other["marks"]] == pytest.approx(
                [mark.confidence for mark in line.marks], abs=2e-4
            )
            assert [digit["digit"] for digit in other["digits"]] == [
                digit.digit for digit in line.digits
            ]
            assert [
                [each["digit"] for each in digit["alternatives"]]
                for digit in other["digits"]
            ] == [[digit for digit, _ in each.alternatives] for each in line.digits]
            assert [each["text"] for each in other["alternatives"]] == [
                text for text, _ in line.alternatives
            ]


def sides(box: Any) -> list[int]:
    return [box.left, box.top, box.right, box.bottom]


def json_value(value: Value) -> Any:
    """A value as the JSON of `read` has it."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if value is not None and abs(value) >= 2**53 else value


VALUES = [
    *TEXTS, "0", "007", "-0", "+12", "12.-", "1,250", "0,250", "1.250", "1.250.000", "1,250,000",
    "12,50", "1 250", "1 250,50", "1 250 000.5", "1.250.00", "-1,250.00", "$ 12.50", "12.50€",
    "17 %", "12.50%", "100%", "100.00%", "0%", "0.00%", "1,250%", "0.00001%", "1.00 %", "4.5.1996",
    "13/5/96", "5/13/1996", "1996-12-25", "96-13-5", "31/4/1999", "29/2/2000", "29/2/1900",
    "0000-1-1", "0001-1-1", "123/4/5", "1/1/68", "13/1/69", "24:00", "23:59", "7:05", "10:30:00",
    "10:60", "12-5", "1/2", "", ".", "-", "12.50.", "0.0000001", "0.000001", "-0.50",
    "123456789012345678901234567890", "000.5", "12--5", "1,2,3", "(305) 12", "5%%", "3+4=7", "12. ",
    "$", "1,250,00", "99 1234", ".50", "-.5", "$.75", ".125", ",125",
    "7.--", "7,-", "8.=", "7-", ".--", "7.-.-", "-.50%", "1,250.--", "1.250,-", "1,250,-",
    "1 250.-", "12,50.-", "5.", "12,50.", "25/12/96.", "10:30,", "-$12.50", "$-12.50", "-€ 5", "- 5",
    "$-$5", "234-10-15", "123.12.11",
    "1-1-1", "1/1/1", "5,,", "17%.",
]  # fmt: skip


def test_numbers_are_worth_the_same(node: Run) -> None:
    theirs = node("value", [{"text": text} for text in VALUES])
    different = {
        text: (json_value(value_of(text)), other["value"])
        for text, other in zip(VALUES, theirs, strict=True)
        if json_value(value_of(text)) != other["value"]
    }
    assert different == {}


def test_numbers_are_as_well_formed(node: Run) -> None:
    texts = [text for text in VALUES if text]
    theirs = node("form", [{"text": text} for text in texts])
    assert dict(zip(texts, theirs, strict=True)) == {
        text: is_well_formed(text) for text in texts
    }


def test_numbers_are_the_same_amount(node: Run) -> None:
    texts = [*VALUES, "1 234 567,50", "1.250", "12345.678", "500.-", "49.", "0.125"]
    theirs = node("amount", [{"text": text} for text in texts])
    assert dict(zip(texts, theirs, strict=True)) == {
        text: amount_in(text) for text in texts
    }


def test_a_mark_has_the_same_closeup(node: Run) -> None:
    """Small and large marks, in the middle of the page, at its edges and beyond them."""
    rng = np.random.default_rng(3)
    outside = [
        [-90, 20, -60, 60],
        [400, 20, 440, 60],
        [20, -90, 60, -50],
        [20, 500, 60, 560],
    ]
    cases = [
        (noise(90, 200, 8), [float(side) for side in box], 30.0) for box in outside
    ]
    for seed in range(8):
        grey = noise(60 + 40 * seed, 200, seed)
        for _ in range(6):
            x, y = rng.uniform(0, 170), rng.uniform(0, 40 + 40 * seed)
            box = [x, y, x + rng.uniform(3, 60), y + rng.uniform(3, 90)]
            cases.append((grey, box, float(rng.uniform(0, 80))))
    theirs = node(
        "closeup",
        [
            {"grey": plane(grey), "box": box, "height": height}
            for grey, box, height in cases
        ],
    )
    for (grey, box, height), found in zip(cases, theirs, strict=True):
        ours = closeups(grey, np.array([box]), np.array([height]))[0, ..., 0]
        assert decoded(found, np.float32) == pytest.approx(ours, abs=1e-4)


def glyph_pictures() -> list[Grey]:
    plain = [
        drawn.draw_digit(digit, size_px=60 + 25 * digit, height=0.5, seed=digit)
        for digit in range(10)
    ]
    hard = [
        drawn.with_grain(drawn.with_shadow(drawn.draw_digit(8, size_px=140)), sigma=4),
        drawn.draw_digit(3, size_px=40, ink=240, paper=20),
        drawn.draw_digit(5, size_px=300, stroke_px=2),
        drawn.with_rules(drawn.draw_digit(2, size_px=120), squared=True),
        drawn.draw_digit(4, size_px=16, height=0.95),
    ]
    return [np.asarray(picture, np.uint8) for picture in [*plain, *hard]]


def test_a_mark_has_the_same_glyph(node: Run) -> None:
    marks: list[tuple[Grey, npt.NDArray[np.float32]]] = []
    for grey in glyph_pictures():
        side = grey.shape[0]
        for low, high in ((0.2, 0.8), (0.31, 0.77), (0.0, 1.0)):
            sides_px = [low * side + 1.3, low * side, high * side - 0.4, high * side]
            marks.append((grey, np.array(sides_px, np.float32)))
    # A mark that is enlarged by less than a pixel.
    marks.append((glyph_pictures()[0], np.array([10, 9.3, 44, 49.1], np.float32)))
    theirs = node(
        "glyph", [{"grey": plane(grey), "box": box.tolist()} for grey, box in marks]
    )
    for (grey, box), found in zip(marks, theirs, strict=True):
        difference = np.abs(decoded(found).astype(int) - glyph_of(grey, box))
        assert difference.max() <= 1
        assert difference.mean() < 0.01
    boxes = node(
        "ink", [{"grey": plane(grey), "box": box.tolist()} for grey, box in marks]
    )
    for (grey, box), theirs_of_it in zip(marks, boxes, strict=True):
        ours = ink_of(grey, box).box()
        assert theirs_of_it == (
            None if ours is None else pytest.approx(ours.tolist(), abs=1e-3)
        )


def test_all_ink_has_the_same_box(node: Run) -> None:
    pictures = [
        *glyph_pictures(),
        np.full((50, 70), 200, np.uint8),
        *(noise(90, 300, seed) for seed in range(3)),
        *(
            np.asarray(drawn.with_margin(drawn.draw_digit(digit), dark=dark))
            for digit in range(10)
            for dark in (20, 150)
        ),
    ]
    theirs = node("whole", [{"grey": plane(grey)} for grey in pictures])
    for grey, found in zip(pictures, theirs, strict=True):
        ours = ink_box(grey)
        assert found == (
            None if ours is None else pytest.approx(ours.tolist(), abs=1e-3)
        )


def test_two_networks_answer_alike(node: Run) -> None:
    rng = np.random.default_rng(5)
    ink = rng.dirichlet(np.full(10, 0.2), 30).astype(np.float32)
    refusal = rng.uniform(0, 1, 30).astype(np.float32)
    seen = rng.dirichlet(np.full(len(CLASSES), 0.1), 30).astype(np.float32)
    scores = Scores(ink, ink.max(axis=1), ink.max(axis=1), refusal)
    joint = JointSettings(0.4, 0.9, (0.3, 0.8, -0.2, -0.5, 0.7, 0.4, 0.3), 0.6)
    looks = [
        Seen(near, float(sure), float(fill))
        for near, (sure, fill) in zip(seen, rng.uniform(0, 1, (30, 2)), strict=True)
    ]
    cases = [
        {
            "ink": {"probabilities": row.tolist(), "refusal": float(none)},
            "seen": {
                "closeup": look.closeup.tolist(),
                "sure": look.sure,
                "fill": look.fill,
            },
            "joint": asdict(joint),
        }
        for row, none, look in zip(ink, refusal, looks, strict=True)
    ]
    ours = answers_by_both(scores, looks, joint, joint.threshold)
    for one, other in zip(ours, node("joint", cases), strict=True):
        assert other["probabilities"] == pytest.approx(one.shares.tolist(), abs=1e-5)
        assert other["confidence"] == pytest.approx(one.confidence, abs=1e-4)
        assert other["reason"] == one.reason
