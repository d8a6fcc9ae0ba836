"""The road from a picture to a digit."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, overload

import numpy as np

from inkdigits.errors import SettingError
from inkdigits.reading import glyphs, ink
from inkdigits.reading.classifier import DIGITS, Classifier, Scores, resolve_model
from inkdigits.reading.pictures import Grey, Limits, Source, open_page
from inkdigits.reading.results import Box, Prediction

_ENOUGH_PX = 1024
_NOTHING = Prediction(0, 0.0, False, (1 / DIGITS,) * DIGITS)


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

    def predict_glyphs(self, framed: Grey) -> list[Prediction]:
        """The digits of glyphs that are framed already: uint8, (N, 28, 28), ink high."""
        return self._answers(framed, [None] * len(framed))

    def _predict_all(self, pictures: Sequence[Source]) -> list[Prediction]:
        framed = np.zeros((len(pictures), glyphs.SIZE_PX, glyphs.SIZE_PX), np.uint8)
        boxes = []
        for index, picture in enumerate(pictures):
            framed[index], box = self._frame(picture)
            boxes.append(box)
        return self._answers(framed, boxes)

    def _frame(self, picture: Source) -> tuple[Grey, Box | None]:
        page = open_page(picture, self.limits, enough_px=_ENOUGH_PX)
        found = ink.find(page.grey)
        box = glyphs.ink_box(found.map)
        return glyphs.frame(found.map), box and _scaled(box, found.scale * page.scale)

    def _answers(self, framed: Grey, boxes: list[Box | None]) -> list[Prediction]:
        scores = self.classifier.scores(framed)
        blank = np.logical_not(framed.any(axis=(1, 2))).tolist()
        return [_NOTHING if blank[index] else self._answer(scores, index, box) for index, box in enumerate(boxes)]

    def _answer(self, scores: Scores, index: int, box: Box | None) -> Prediction:
        probabilities = scores.probabilities[index]
        confidence = float(scores.confidence[index])
        accepted = confidence >= self.min_confidence
        return Prediction(int(probabilities.argmax()), confidence, accepted, tuple(probabilities.tolist()), box)


def predict(pictures: Any) -> Any:
    """`Reader().predict(...)` with one Reader that is made at the first call and shared."""
    return _shared_reader().predict(pictures)


@cache
def _shared_reader() -> Reader:
    return Reader()


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(side * scale) for side in (box.left, box.top, box.right, box.bottom)))
