"""Read the digit of a picture, or the numbers on a page, from the same marks."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack, overload

import numpy as np
from PIL import Image

from inkdigits.errors import InkdigitsError, SettingError
from inkdigits.reading.classifier import (
    BOXED,
    BUNDLED,
    DIGITS,
    Classifier,
    resolve_model,
)
from inkdigits.reading.digit import FoundDigit, find_digit
from inkdigits.reading.glyphs import frame
from inkdigits.reading.input.arrays import as_array, batch_of
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.memory_budget import budget
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.input.pictures import open_page
from inkdigits.reading.input.sources import File, Source, Tensor
from inkdigits.reading.joint import Answer, answers_by_both, answers_by_ink
from inkdigits.reading.marks.boxes import Floats, heights
from inkdigits.reading.marks.found import Found
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.whole import one_stroke
from inkdigits.reading.numbers.rows import Row
from inkdigits.reading.picture_ref import PictureRef
from inkdigits.reading.reading_memory import reading_bytes
from inkdigits.reading.results import PageReading, Prediction, Reading

# What reads rows is loaded when a row is read: one digit is answered sooner without it.
if TYPE_CHECKING:
    from inkdigits.reading.numbers.pages import PageReader
    from inkdigits.reading.options import ReadArguments, ReadOptions

ArrayOf2: TypeAlias = np.ndarray[tuple[int, int], Any]
ArrayOf4: TypeAlias = np.ndarray[tuple[int, int, int, int], Any]

_ENOUGH_PX = 1024  # more pixels on the longer side say nothing more about one digit
_NOTHING = Prediction(0, 0.0, False, (1 / DIGITS,) * DIGITS, reason="no digit")


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """The reading of one page of a document, or the error that occurred.

    The document has `count` pages.
    """

    number: int
    count: int
    reading: PageReading | Exception


class Reader:
    """Reads digits and numbers with the bundled networks or your own.

    `model` is a digit network of your own: a run folder or an .onnx file.

    The marks network detects marks. The digit network decides which digit a single digit is. An
    answer is `accepted` if its confidence is at least `min_confidence`, by default the threshold of
    the model file. A Reader can be shared by threads, and pickled.
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
            raise SettingError(
                f"min_confidence is {min_confidence}: give a probability from 0 to 1"
            )
        self.classifier = Classifier(resolve_model(model), threads)
        self.has_own_network = self.classifier.path != BUNDLED
        self.threads = threads
        self.min_confidence = (
            self.classifier.settings.threshold
            if min_confidence is None
            else min_confidence
        )
        self.line_confidence = min_confidence
        self.limits = limits or Limits()

    @cached_property
    def _glyphs(self) -> GlyphNetwork:
        return GlyphNetwork()

    @property
    def _own_digits(self) -> Classifier | None:
        """A user's digit network, which classifies every digit of a page."""
        return self.classifier if self.has_own_network else None

    @cached_property
    def boxed(self) -> Classifier:
        """The network that reads the boxes of forms; your own if you named one."""
        return (
            self.classifier if self.has_own_network else Classifier(BOXED, self.threads)
        )

    @cached_property
    def _pages(self) -> "PageReader":
        """The networks for reading pages."""
        from inkdigits.reading.marks.network import MarksNetwork
        from inkdigits.reading.numbers.pages import PageReader
        from inkdigits.reading.numbers.row_network import RowNetworks

        return PageReader(
            MarksNetwork(),
            self._glyphs,
            self.line_confidence,
            self._own_digits,
            RowNetworks.bundled(),
            self._each,
        )

    @cached_property
    def _each(self) -> Callable[..., Iterable[Any]]:
        """`map`, on several threads if the reader has them."""
        if self.threads == 1:
            return map
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(self.threads, thread_name_prefix="reader").map

    @property
    def accepts_lines_from(self) -> float:
        """The confidence from which a line is accepted."""
        return self._pages.least

    def __getstate__(self) -> dict[str, Any]:
        """Sessions cannot be pickled: the other side opens its own."""
        sessions = ("_pages", "_glyphs", "_each", "boxed")
        return {
            name: value for name, value in self.__dict__.items() if name not in sessions
        }

    def __repr__(self) -> str:
        """The model, and how many threads it uses."""
        path = self.classifier.path
        name = "bundled" if path == BUNDLED else str(path)
        plural = "" if self.threads == 1 else "s"
        return f"Reader({name!r}, {self.threads} thread{plural})"

    @overload
    def predict(self, pictures: list[Any] | tuple[Any, ...]) -> list[Prediction]: ...
    @overload
    def predict(self, pictures: File | Image.Image | ArrayOf2) -> Prediction: ...
    @overload
    def predict(self, pictures: ArrayOf4) -> list[Prediction]: ...
    @overload
    def predict(self, pictures: Tensor) -> Prediction | list[Prediction]: ...
    def predict(self, pictures: Any) -> Prediction | list[Prediction]:
        """Read the digit on a picture. A list of pictures returns a list.

        A picture without a digit is not accepted, but raises no error.

        An array or tensor (N, H, W), (N, H, W, channels) or (N, channels, H, W) is a batch and
        returns a list. Values may be 0 to 255, 0 to 1, -1 to 1, standardised or 16-bit; all
        pictures in a batch share one range. Anything else raises a PictureError.
        """
        if isinstance(pictures, list | tuple):
            return self._predict_all(pictures)
        array = as_array(pictures)
        batch = None if array is None else batch_of(array, self.limits)
        return (
            self._predict_all([pictures])[0]
            if batch is None
            else self._predict_all(batch)
        )

    @overload
    def read(
        self, source: list[Any] | tuple[Any, ...], **options: "Unpack[ReadArguments]"
    ) -> list[Reading]: ...
    @overload
    def read(self, source: Source, **options: "Unpack[ReadArguments]") -> Reading: ...
    def read(
        self, source: Any, **options: "Unpack[ReadArguments]"
    ) -> Reading | list[Reading]:
        r"""Read the numbers on a picture or document (PDF, multi-page TIFF), page by page.

        A list of sources returns a list of readings.

        `pages` selects pages, such as "1,3-5"; `dpi` and `password` are for PDF files. `expect` is
        a pattern that each line must match, such as r"\d{5}" or "date", or a list of patterns, one
        of which must match. Marks are read to fit; lines that cannot fit are left out. `decimal`
        ("." or ",") and `dayfirst` decide between values that can be read in two ways.
        """
        from inkdigits.reading.options import ReadOptions

        chosen = ReadOptions(**options)
        if isinstance(source, list | tuple):
            return [self._read(one, chosen) for one in source]
        return self._read(source, chosen)

    def _read(self, source: Source, options: "ReadOptions") -> Reading:
        """All pages, and how the picture can be opened again."""
        pages = tuple(self.read_pages(source, options))
        picture = PictureRef.to(source, self.limits, options.pages, options.dpi)
        return Reading(pages, picture)

    def read_pages(
        self, source: Source, options: "ReadOptions | None" = None
    ) -> Iterator[PageReading]:
        """Like `read`, but yields each page as soon as it is read.

        Pages that were read before a broken page are not lost.
        """
        with closing(self.read_each_page(source, options)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome.reading, Exception):
                    raise outcome.reading
                yield outcome.reading

    def read_each_page(
        self, source: Source, options: "ReadOptions | None" = None
    ) -> Generator[PageOutcome, None, None]:
        """Like `read_pages`, but a page that fails yields its error.

        The pages after it are still read.
        """
        from inkdigits.reading.input.documents import each_page
        from inkdigits.reading.options import ReadOptions

        options = options or ReadOptions()
        opened = each_page(
            source, self.limits, options.pages, options.dpi, options.password
        )
        with closing(opened) as numbered_pages:
            for numbered in numbered_pages:
                reading = self._read_or_error(numbered.page, numbered.number, options)
                outcome = PageOutcome(numbered.number, numbered.count, reading)
                del numbered  # the page's pixels are needed no more
                yield outcome

    def _read_or_error(
        self, page: Page | InkdigitsError, number: int, options: "ReadOptions"
    ) -> PageReading | Exception:
        if isinstance(page, InkdigitsError):
            return page
        try:
            with self._memory_for(page):
                # A learner's network is sure in its own way.
                predicts = None if self.has_own_network else self._one_digit
                return self._pages.read(page, number, options, predicts)
        except Exception as error:  # noqa: BLE001 - a fault over one page is not the others'
            return error

    @contextmanager
    def _memory_for(self, page: Page) -> Iterator[None]:
        """Wait until there is memory to read the page.

        Afterwards the page's own is given back too.
        """
        height, width = page.grey.shape
        needed = reading_bytes((height, width))
        deadline = time.monotonic() + self.limits.max_seconds
        share = page.share
        try:
            if share is None:  # an array or image of the caller's
                share = budget.for_picture((height, width), needed, deadline)
            else:
                share.grow(needed, deadline)
            yield
        finally:
            if share is not None:
                share.release()

    def predict_glyphs(self, framed: Grey) -> list[Prediction]:
        """Read glyphs that are framed already: uint8, (N, 28, 28), high values for ink."""
        return self._of_glyphs(self.classifier, framed)

    def predict_in_boxes(self, framed: Grey) -> list[Prediction]:
        """Read glyphs from the boxes of a form, framed like those of `predict_glyphs`.

        The network for them knows fours that close.
        """
        return self._of_glyphs(self.boxed, framed)

    def _of_glyphs(self, network: Classifier, framed: Grey) -> list[Prediction]:
        answers = answers_by_ink(network.scores(framed), self.min_confidence)
        return [
            _prediction(FoundDigit(glyph), answer)
            for glyph, answer in zip(framed, answers, strict=True)
        ]

    def predict_in_row(
        self, grey: Grey, boxes: Floats, sides: Sequence[float]
    ) -> Floats | None:
        """The log share of each digit in each part of one row, by the quick row network.

        `boxes` are around the row's digits, part k lies between the x sides[k] and
        sides[k + 1]. None with a user's own digit network.
        """
        from inkdigits.reading.numbers.columns import digit_logs
        from inkdigits.reading.numbers.strips import looks_of

        rows = self._pages.row_networks
        if self.has_own_network or rows is None:
            return None
        height = float(np.median(heights(boxes)))
        # The third scale has only been measured for rows in doubt.
        looks = rows.quick(grey, looks_of(boxes, boxes, height)[:2])
        return np.mean([digit_logs(look, sides) for look in looks], axis=0)

    def predict_each(self, pictures: Iterable[Source]) -> list[Prediction | Exception]:
        """Like `predict` for a list, but a picture that fails yields its error.

        The other pictures are read as usual.
        """
        outcomes = [self._found_or_error(picture) for picture in pictures]
        good = [digit for digit in outcomes if isinstance(digit, FoundDigit)]
        answers = iter(self._answers_or_errors(good))
        return [
            next(answers) if isinstance(outcome, FoundDigit) else outcome
            for outcome in outcomes
        ]

    def glyph(self, picture: Source) -> Grey:
        """The 28×28 glyph that the digit network sees; all zero without a digit."""
        return self._find(picture).glyph

    def glyph_to_learn(self, picture: Source) -> Grey:
        """The glyph of a picture that is known to show one digit, however it is written.

        What the networks do not know is all of the ink, if that is one stroke: so `predict` sees it
        with a network that has learned it.
        """
        page = open_page(picture, self.limits, enough_px=_ENOUGH_PX)
        with self._memory_for(page):
            found = self._digit_on(page)
            came_framed = found.seen is None
            if came_framed or self._answers([found])[0].accepted:
                return found.glyph
            ink = one_stroke(page.grey)
            return found.glyph if ink is None else frame(ink)

    def _found_or_error(self, picture: Source) -> FoundDigit | Exception:
        try:
            return self._find(picture)
        except Exception as error:  # noqa: BLE001 - a fault over one picture is not the others'
            return error

    def _answers_or_errors(
        self, found: Sequence[FoundDigit]
    ) -> Sequence[Prediction | Exception]:
        """The answers to all in one pass of the network; one by one where that fails."""
        if not found:
            return []
        try:
            return self._answers(found)
        except Exception as error:  # noqa: BLE001 - as above
            if len(found) == 1:
                return [error]
            return [
                answer for digit in found for answer in self._answers_or_errors([digit])
            ]

    def _predict_all(self, pictures: Sequence[Source]) -> list[Prediction]:
        return (
            self._answers([self._find(picture) for picture in pictures])
            if pictures
            else []
        )

    def _find(self, picture: Source) -> FoundDigit:
        """The digit on one picture, while the memory for its page is reserved."""
        page = open_page(picture, self.limits, enough_px=_ENOUGH_PX)
        with self._memory_for(page):
            digit = self._digit_on(page)
        return replace(digit, picture=PictureRef.to(picture, self.limits))

    def _digit_on(self, page: Page) -> FoundDigit:
        """The digit on a page."""
        return find_digit(
            page, self._glyphs, self._rows, self._digits_of, self._own_digits
        )

    def _rows(self, grey: Grey) -> list[Row]:
        """The rows of marks, as `read` finds them."""
        return self._pages.rows(grey)

    def _digits_of(self, row: Row, grey: Grey) -> Found:
        """The digits that a row shows when it is read as a whole."""
        return self._pages.digits_of(row, grey)

    def _one_digit(self, page: Page, rows: list[Row]) -> Prediction:
        """What `predict` says of a page whose rows are known."""
        found = find_digit(
            page, self._glyphs, lambda _: rows, own_digits=self._own_digits
        )
        return self._answers([found])[0]

    def _answers(self, found: Sequence[FoundDigit]) -> list[Prediction]:
        """Predictions of the digit network, joined with the glyph network's if it ran."""
        if not found:
            return []
        scores = self.classifier.scores(np.stack([digit.glyph for digit in found]))
        answers = answers_by_ink(scores, self.min_confidence)
        if not self.has_own_network:
            seen = {
                index: digit.seen
                for index, digit in enumerate(found)
                if digit.seen is not None
            }
            # Loading the glyph network is put off until a picture needs it.
            joint = self._glyphs.joint if seen else None
            if joint is not None and joint.confidence:
                least = (
                    joint.threshold
                    if self.line_confidence is None
                    else self.line_confidence
                )
                both = answers_by_both(
                    scores.take([*seen]), [*seen.values()], joint, least
                )
                for index, answer in zip(seen, both, strict=True):
                    answers[index] = answer
        return [
            _prediction(digit, answer)
            for digit, answer in zip(found, answers, strict=True)
        ]


def _prediction(found: FoundDigit, answer: Answer) -> Prediction:
    """The answer about one picture as users see it."""
    if not found.glyph.any():
        return replace(_NOTHING, picture=found.picture)
    # Several digits are a better reason than being unsure of one.
    reason = "several digits" if found.several else answer.reason
    return Prediction(
        int(answer.shares.argmax()),
        answer.confidence,
        not reason,
        tuple(answer.shares.tolist()),
        found.box,
        reason,
        found.picture,
    )


@overload
def read(
    source: list[Any] | tuple[Any, ...], **options: "Unpack[ReadArguments]"
) -> list[Reading]: ...
@overload
def read(source: Source, **options: "Unpack[ReadArguments]") -> Reading: ...
def read(source: Any, **options: "Unpack[ReadArguments]") -> Reading | list[Reading]:
    """`Reader().read(...)` with one shared Reader, created at the first call."""
    return _shared_reader().read(source, **options)


@overload
def predict(pictures: list[Any] | tuple[Any, ...]) -> list[Prediction]: ...
@overload
def predict(pictures: File | Image.Image | ArrayOf2) -> Prediction: ...
@overload
def predict(pictures: ArrayOf4) -> list[Prediction]: ...
@overload
def predict(pictures: Tensor) -> Prediction | list[Prediction]: ...
def predict(pictures: Any) -> Prediction | list[Prediction]:
    """`Reader().predict(...)` with one shared Reader, created at the first call."""
    return _shared_reader().predict(pictures)


@cache
def _shared_reader() -> Reader:
    return Reader()
