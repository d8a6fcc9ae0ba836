"""Glyphs → calibrated scores, with the settings stored in the model file."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.errors import ModelError
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.session import open_session, settings_of

BUNDLED = Path(__file__).parent / "models" / "digits.onnx"
# The same, trained further on fours that close: for the boxes of forms.
BOXED = BUNDLED.with_name("digits_boxed.onnx")
DIGITS = 10  # the first classes of every digit network
_BATCH = 256  # glyphs in one pass: it bounds the memory
_LEAST_TEMPERATURE = 0.1  # fitted ones lie between 0.5 and 3
_SUREST = np.float32(
    0.9999
)  # no network is certain, and rounding should not make it so
_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of each glyph.

    There are ten probabilities that sum to 1, the probability that the likeliest digit
    is right, its share of all eleven classes, and the share of "not a digit".
    """

    probabilities: _Floats
    confidence: _Floats
    share: _Floats
    refusal: _Floats

    def take(self, index: Sequence[int]) -> "Scores":
        return Scores(
            *(
                column[index]
                for column in (
                    self.probabilities,
                    self.confidence,
                    self.share,
                    self.refusal,
                )
            )
        )


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The settings in a model file."""

    # Divides the logarithms of the probabilities: above 1, the network was overconfident.
    temperature: float = 1.0
    # The lowest confidence at which an answer is accepted.
    threshold: float = 0.5
    # Coefficients of the confidence, where the file has them: see `probability_right`.
    sureness: tuple[float, float, float] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class Classifier:
    """An ONNX network from (N, 28, 28) glyphs to ten digits, or to ten and "not a digit"."""

    def __init__(self, path: str | Path | None = None, threads: int = 1) -> None:
        """Open a network; without a path, the bundled one."""
        self.path = Path(path) if path is not None else BUNDLED
        self.threads = threads
        self._session = open_session(self.path)
        shapes = _check_shape(self._session, self.path)
        self._input, self._image_shape, classes = shapes
        # An eleventh class is "not a digit".
        self.refuses = classes == DIGITS + 1
        self.settings = _read_settings(self._session, self.path)

    @property
    def takes(self) -> tuple[str, tuple[int, ...]]:
        """The name of the network's input, and the shape of one picture in it."""
        return self._input, self._image_shape

    def scores(self, glyphs: Grey) -> Scores:
        """Scores of uint8 glyphs, shape (N, 28, 28); any N, in batches."""
        if len(glyphs) == 0:
            return no_scores(0)
        batches = [
            glyphs[start : start + _BATCH] for start in range(0, len(glyphs), _BATCH)
        ]
        parts = (
            self._run_side_by_side(batches)
            if self.threads > 1 and len(batches) > 1
            else [*map(self.raw, batches)]
        )
        raw = _tempered(
            np.concatenate(parts) if len(parts) > 1 else parts[0],
            self.settings.temperature,
        )
        if not np.isfinite(raw).all():
            raise ModelError(
                f"{self.path} gives scores that are not numbers: "
                "its weights are broken, export it again"
            )
        digits = raw[:, :DIGITS]
        total = np.maximum(digits.sum(axis=1, keepdims=True), 1e-12)
        share = digits.max(axis=1)
        confidence = np.minimum(
            probability_right(share, self.settings.sureness), _SUREST
        )
        share = np.minimum(share, _SUREST)
        return Scores(
            digits / total,
            confidence,
            share,
            raw[:, DIGITS] if self.refuses else 1 - share,
        )

    def _run_side_by_side(self, batches: list[Grey]) -> list[_Floats]:
        """Run whole batches in parallel, one per core.

        For such a small network this is faster than sharing each layer among cores.
        """
        # A single picture needs no threads, and is answered sooner without loading them.
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(self.raw, batches))

    def raw(self, glyphs: Grey) -> _Floats:
        """The network's own probabilities for one batch, before any temperature."""
        shaped = glyphs.reshape(len(glyphs), *self._image_shape)
        images = shaped.astype(np.float32) * np.float32(1 / 255)
        outputs = self._session.run(None, {self._input: images})
        output: _Floats = np.asarray(outputs[0], np.float32)
        if not np.isfinite(output).all():
            raise ModelError(
                f"{self.path} gives scores that are not numbers: "
                "its weights are broken, export it or train it again"
            )
        if self._gives_probabilities(output):
            return output
        return _softmax(output)

    @staticmethod
    def _gives_probabilities(output: _Floats) -> bool:
        """Whether the outputs are probabilities; other networks may end in plain scores."""
        if not (output >= 0).all():
            return False
        off_by = np.abs(output.sum(axis=1) - 1)
        # Half precision sums to nearly 1.
        return bool(off_by.max() < 0.02)

    def __reduce__(self) -> tuple[type["Classifier"], tuple[Path, int]]:
        """A session cannot be pickled: the copy opens its own."""
        arguments = (self.path, self.threads)
        return Classifier, arguments


def no_scores(count: int) -> Scores:
    """Scores of so many glyphs that no network has seen."""
    nothing = np.zeros(count, np.float32)
    shares = np.zeros((count, DIGITS), np.float32)
    return Scores(shares, nothing, nothing, nothing)


def probability_right(
    share: npt.NDArray[np.floating[Any]], sureness: Sequence[float] | None
) -> _Floats:
    """The probability that the likeliest digit is right.

    It is a function of its share of all classes, fitted on held-out samples.
    """
    if sureness is None:
        return share.astype(np.float32)
    start, more, less = sureness
    odds = start + np.array(sureness_features(share)).T @ (more, less)
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def sureness_features(
    share: npt.NDArray[np.floating[Any]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The features of a share: how far it is from 0, and how near to 1."""
    # The logarithm of 0 would be infinite.
    bounded = np.clip(share.astype(np.float64), 1e-6, 1 - 1e-6)
    from_nothing = np.log(bounded)
    near_all = -np.log(1 - bounded)
    return from_nothing, near_all


def resolve_model(model: str | Path | None) -> Path:
    """The ONNX file meant by None or "bundled", a run folder, or a path."""
    if model is None or str(model) == "bundled":
        return BUNDLED
    path = Path(model)
    if path.is_dir():
        path = path / "model.onnx"
        if not path.exists():
            raise ModelError(
                f"{model} contains no model.onnx: name a run folder that `inkdigits train` finished"
            )
    if not path.exists():
        raise ModelError(
            f"there is no model at {path}: name a run folder or an .onnx file"
        )
    if path.suffix in (".keras", ".h5"):
        raise ModelError(
            f"{path} is a Keras model; reading takes ONNX: inkdigits export {path} --format onnx"
        )
    return path


def _check_shape(session: Any, path: Path) -> tuple[str, tuple[int, ...], int]:
    """The input's name, the shape of one picture in it, and how many classes come out."""
    inputs = session.get_inputs()
    outputs = session.get_outputs()
    shapes = (
        [list(inputs[0].shape), list(outputs[0].shape)]
        if len(inputs) == 1 and len(outputs) == 1
        else [[], []]
    )
    # Axes without a fixed size have a name in place of a number.
    image = tuple(size if isinstance(size, int) else 1 for size in shapes[0][1:])
    classes = shapes[1][-1] if len(shapes[1]) == 2 else None
    if (
        int(np.prod(image)) != 28 * 28
        or not image
        or classes not in (DIGITS, DIGITS + 1)
    ):
        raise ModelError(
            f"{path} takes {shapes[0]} and gives {shapes[1]}: "
            "a digit model takes one 28×28 picture and gives 10 or 11 scores"
        )
    return inputs[0].name, image, classes


def _read_settings(session: Any, path: Path) -> ModelSettings:
    values = settings_of(session, path)
    try:
        sureness = values.get("sureness")
        weights = (
            None
            if sureness is None
            else (float(sureness[0]), float(sureness[1]), float(sureness[2]))
        )
        temperature = float(values.get("temperature", 1.0))
        threshold = float(values.get("threshold", 0.5))
        settings = ModelSettings(temperature, threshold, weights, values)
    except (ValueError, AttributeError, TypeError, LookupError):
        raise ModelError(
            f"{path} has settings that cannot be read: export it again"
        ) from None
    # With a tiny temperature even the largest share would be rounded to 0.
    if not _LEAST_TEMPERATURE <= temperature <= 1 / _LEAST_TEMPERATURE:
        raise ModelError(
            f"{path} has the temperature {temperature:g}, expected {_LEAST_TEMPERATURE:g} "
            f"to {1 / _LEAST_TEMPERATURE:g}: export it again"
        )
    if not 0 <= threshold <= 1:
        raise ModelError(
            f"{path} has the threshold {threshold:g}, which is not a probability: export it again"
        )
    if weights is not None and not all(map(math.isfinite, weights)):
        raise ModelError(
            f"{path} has a confidence fit that is not finite: export it again"
        )
    return settings


def _softmax(scores: _Floats) -> _Floats:
    """Plain scores as shares that sum to 1."""
    # Subtracting the highest changes no share, and keeps the powers finite.
    highest = scores.max(axis=1, keepdims=True)
    powers = np.exp(scores - highest)
    totals = powers.sum(axis=1, keepdims=True)
    return powers / totals


def _tempered(probabilities: _Floats, temperature: float) -> _Floats:
    """softmax(log p / T): the same order, but calibrated."""
    if temperature == 1.0:
        return probabilities
    powered: _Floats = np.maximum(probabilities, 1e-12) ** np.float32(1 / temperature)
    return powered / powered.sum(axis=1, keepdims=True)
