"""The roads from a picture to a digit, and from a page to its numbers."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from inkdigits.errors import InkdigitsError, SettingError
from inkdigits.reading import glyphs, ink
from inkdigits.reading.classifier import DIGITS, Classifier, Scores, resolve_model
from inkdigits.reading.input.decoding_memory import give_memory_back
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.input.pictures import open_page
from inkdigits.reading.input.sources import Source
from inkdigits.reading.numbers.values import value_of
from inkdigits.reading.results import Box, Line, Mark, PageReading, Prediction, Reading

if TYPE_CHECKING:
    from inkdigits.reading.linenet import LineNet
    from inkdigits.reading.page import Road

_ENOUGH_PX = 1024
_SURE, _LIKE_A_LINE = 0.98, 0.9  # so sure of one way to tell ink from paper, no other is tried
_NOTHING = Prediction(0, 0.0, False, (1 / DIGITS,) * DIGITS, reason="no digit")


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """A page of a document of `count` pages as it was read, or the error that ended its reading."""

    number: int
    count: int
    reading: PageReading | Exception


class Reader:
    """Reads digits with one model: the bundled one, a run folder or an .onnx file.

    An answer is `accepted` when its confidence reaches `min_confidence`, by default the threshold the model file carries.
    A Reader may be shared by threads, and pickled.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        min_confidence: float | None = None,
        threads: int = 1,
        limits: Limits | None = None,
    ) -> None:
        if min_confidence is not None and not 0 <= min_confidence <= 1:
            raise SettingError(f"min_confidence is {min_confidence}: give a probability from 0 to 1")
        self.classifier = Classifier(resolve_model(model), threads)
        self.min_confidence = self.classifier.settings.threshold if min_confidence is None else min_confidence
        self.limits = limits or Limits()
        self._lines: LineNet | None = None

    @overload
    def predict(self, pictures: list[Any] | tuple[Any, ...]) -> list[Prediction]: ...
    @overload
    def predict(self, pictures: Source) -> Prediction: ...
    def predict(self, pictures: Any) -> Prediction | list[Prediction]:
        """The digit on a picture, or a list of them for a list. A picture without a digit is not accepted; it never raises.

        What is no picture at all raises a PictureError.
        """
        if not isinstance(pictures, list | tuple):
            return self._predict_all([pictures])[0]
        return self._predict_all(pictures)

    @overload
    def read(
        self,
        source: list[Any] | tuple[Any, ...],
        *,
        pages: str | None = None,
        dpi: int = 200,
        password: str | None = None,
        expect: str | Sequence[str] | None = None,
    ) -> list[Reading]: ...
    @overload
    def read(
        self,
        source: Source,
        *,
        pages: str | None = None,
        dpi: int = 200,
        password: str | None = None,
        expect: str | Sequence[str] | None = None,
    ) -> Reading: ...
    def read(
        self,
        source: Any,
        *,
        pages: str | None = None,
        dpi: int = 200,
        password: str | None = None,
        expect: str | Sequence[str] | None = None,
    ) -> Reading | list[Reading]:
        r"""The numbers on a picture or document (PDF, multi-page TIFF), page by page; a list of them for a list.

        `pages` takes some pages, as in "1,3-5"; `dpi` and `password` are for PDF files. `expect` is a pattern that each line
        should match, such as r"\d{5}", or several of which any may fit: the digits are chosen to fit, and lines that cannot
        are left out.
        """
        if isinstance(source, list | tuple):
            return [self._read(one, pages, dpi, password, expect) for one in source]
        return self._read(source, pages, dpi, password, expect)

    def _read(
        self, source: Source, pages: str | None, dpi: int, password: str | None, expect: str | Sequence[str] | None
    ) -> Reading:
        return Reading(tuple(self.read_pages(source, pages=pages, dpi=dpi, password=password, expect=expect)))

    def read_pages(
        self,
        source: Source,
        *,
        pages: str | None = None,
        dpi: int = 200,
        password: str | None = None,
        expect: str | Sequence[str] | None = None,
    ) -> Iterator[PageReading]:
        """Like `read`, a page at a time as each is read; what was read before a broken page is not lost."""
        with closing(self.read_each_page(source, pages=pages, dpi=dpi, password=password, expect=expect)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome.reading, Exception):
                    raise outcome.reading
                yield outcome.reading

    def read_each_page(
        self,
        source: Source,
        *,
        pages: str | None = None,
        dpi: int = 200,
        password: str | None = None,
        expect: str | Sequence[str] | None = None,
    ) -> Generator[PageOutcome, None, None]:
        """Like `read_pages`, but a page that fails is given as its error, and those after it are read."""
        from inkdigits.reading.input.documents import each_page
        from inkdigits.reading.numbers.patterns import parse
        from inkdigits.reading.page import Road

        road = Road(self.classifier, self._line_net(), self.min_confidence, parse(expect) if expect is not None else None)
        with closing(each_page(source, self.limits, pages, dpi, password)) as numbered_pages:
            for numbered in numbered_pages:
                reading = _read_or_error(numbered.page, numbered.number, road)
                yield PageOutcome(numbered.number, numbered.count, reading)

    def _line_net(self) -> "LineNet":
        from inkdigits.reading.linenet import LineNet

        if self._lines is None:
            self._lines = LineNet()
        return self._lines

    def predict_glyphs(self, framed: Grey) -> list[Prediction]:
        """The digits of glyphs that are framed already: uint8, (N, 28, 28), ink high."""
        return self._answers(framed, [None] * len(framed))

    def predict_each(self, pictures: Iterable[Source]) -> list[Prediction | Exception]:
        """Like `predict` of a list, but a picture that fails is answered by its error, whatever that is.

        The others are answered as if it were not there.
        """
        framed = [self._framed_or_error(picture) for picture in pictures]
        good = [glyph_and_box for glyph_and_box in framed if isinstance(glyph_and_box, tuple)]
        answers = iter(self._answers_or_errors(good))
        return [next(answers) if isinstance(outcome, tuple) else outcome for outcome in framed]

    def glyph(self, picture: Source) -> Grey:
        """What the net sees of a picture: its ink framed to 28×28, all zero where there is none."""
        return self._frame(picture)[0]

    def _framed_or_error(self, picture: Source) -> tuple[Grey, Box | None] | Exception:
        try:
            return self._frame(picture)
        except Exception as error:  # noqa: BLE001 - a fault over one picture is not the others'
            return error

    def _answers_or_errors(self, framed: Sequence[tuple[Grey, Box | None]]) -> Sequence[Prediction | Exception]:
        """The answers to all in one pass of the net; one by one where that fails."""
        if not framed:
            return []
        try:
            return self._answers(np.stack([glyph for glyph, _ in framed]), [box for _, box in framed])
        except Exception as error:  # noqa: BLE001 - as above
            if len(framed) == 1:
                return [error]
            return [answer for glyph_and_box in framed for answer in self._answers_or_errors([glyph_and_box])]

    def _predict_all(self, pictures: Sequence[Source]) -> list[Prediction]:
        framed = np.zeros((len(pictures), glyphs.SIZE_PX, glyphs.SIZE_PX), np.uint8)
        boxes = []
        for index, picture in enumerate(pictures):
            framed[index], box = self._frame(picture)
            boxes.append(box)
        return self._answers(framed, boxes)

    def _frame(self, picture: Source) -> tuple[Grey, Box | None]:
        """The picture's digit, framed; where ink may be told from paper in several ways, in the one the net is surest of."""
        page = open_page(picture, self.limits, enough_px=_ENOUGH_PX)
        try:
            return self._surest_glyph(page)
        finally:
            give_memory_back(of_page=page)

    def _surest_glyph(self, page: Page) -> tuple[Grey, Box | None]:
        if not self.classifier.refuses:  # a net that is sure of anything cannot choose
            return self._one_way(ink.find(page.grey), page.scale)
        ways = ink.found(page.grey)
        best, surest = self._one_way(next(ways), page.scale), -1.0
        for found in ways:
            surest = max(surest, self._sureness(best[0]))
            if surest >= _SURE:
                break
            other = self._one_way(found, page.scale)
            if self._sureness(other[0]) > surest:
                best = other
        return best

    def _sureness(self, glyph: Grey) -> float:
        """The share of the likeliest digit; less for a 1, which a rule or a table's edge is too."""
        if not glyph.any():
            return 0.0
        scores = self.classifier.scores(glyph[None])
        return float(scores.share[0]) * (_LIKE_A_LINE if scores.probabilities[0].argmax() == 1 else 1.0)

    def _one_way(self, found: ink.Ink, scale: float) -> tuple[Grey, Box | None]:
        box = glyphs.ink_box(found.map)
        glyph = glyphs.frame(found.map)
        if box and _neighbours_reach_in(found.map, box):
            from inkdigits.reading.isolate import middle_digit

            glyph, box = middle_digit(found.map, box, self.classifier) or (glyph, box)
        return glyph, box and _scaled(box, found.scale * scale)

    def _answers(self, framed: Grey, boxes: list[Box | None]) -> list[Prediction]:
        scores = self.classifier.scores(framed)
        blank = np.logical_not(framed.any(axis=(1, 2))).tolist()
        return [_NOTHING if blank[index] else self._answer(scores, index, box) for index, box in enumerate(boxes)]

    def _answer(self, scores: Scores, index: int, box: Box | None) -> Prediction:
        probabilities = scores.probabilities[index]
        confidence = float(scores.confidence[index])
        accepted = confidence >= self.min_confidence
        refused = "no digit" if scores.refusal[index] > scores.share[index] else "unsure"
        reason = "" if accepted else refused
        return Prediction(int(probabilities.argmax()), confidence, accepted, tuple(probabilities.tolist()), box, reason)


def _neighbours_reach_in(ink_map: Grey, box: Box) -> bool:
    """Whether the ink runs off the picture at the left or right, and is too wide for one digit."""
    runs_off = box.left <= 1 or box.right >= ink_map.shape[1] - 1
    return runs_off and box.right - box.left > 0.6 * (box.bottom - box.top)


def _read_or_error(page: Page | InkdigitsError, number: int, road: "Road") -> PageReading | Exception:
    if isinstance(page, InkdigitsError):
        return page
    try:
        return _read_page(page, number, road)
    except Exception as error:  # noqa: BLE001 - a fault over one page is not the others'
        return error
    finally:
        give_memory_back(of_page=page)


def _read_page(page: Page, number: int, road: "Road") -> PageReading:
    from inkdigits.reading.upright import read_upright

    found, turned = read_upright(page.grey, road)
    lines = tuple(_calibrated(line, road) for line in found)
    height, width = (round(side * page.scale) for side in page.grey.shape)
    if page.scale != 1.0:
        lines = tuple(_line_scaled(line, page.scale) for line in lines)
    return PageReading(lines, width, height, number, turned)


def _calibrated(line: Line, road: "Road") -> Line:
    """The line with its digits' shares among all readings turned into how often such a digit is right."""
    digits = []
    for digit in line.digits:
        confidence = (
            digit.confidence
            if digit.digit is None
            else round(road.line_net.digit_confidence(digit.confidence, line.confidence), 4)
        )
        accepted = digit.digit is not None and confidence >= road.min_confidence
        digits.append(replace(digit, confidence=confidence, accepted=accepted))
    marks = tuple(Mark("" if digit.digit is None else str(digit.digit), digit.confidence, digit.box) for digit in digits)
    return replace(line, digits=tuple(digits), marks=marks, value=value_of(line.text))


def _line_scaled(line: Line, scale: float) -> Line:
    digits = tuple(replace(digit, box=_scaled(digit.box, scale)) for digit in line.digits)
    marks = tuple(replace(mark, box=_scaled(mark.box, scale)) for mark in line.marks)
    return replace(line, box=_scaled(line.box, scale), digits=digits, marks=marks)


def read(source: Any, **options: Any) -> Any:
    """`Reader().read(...)` with one Reader that is made at the first call and shared."""
    return _shared_reader().read(source, **options)


def predict(pictures: Any) -> Any:
    """`Reader().predict(...)` with one Reader that is made at the first call and shared."""
    return _shared_reader().predict(pictures)


@cache
def _shared_reader() -> Reader:
    return Reader()


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(side * scale) for side in (box.left, box.top, box.right, box.bottom)))
