"""Arrays and tensors of every usual shape and range: one picture, or a batch."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from inkdigits import Prediction, Reader, errors
from inkdigits.synthesis.drawn import draw_digit

# One picture alone goes through the same steps: eight of each are plenty.
DIGITS = [3, 1, 4, 5, 9, 2, 6, 8]
PAGES = np.stack([np.asarray(draw_digit(digit, size_px=60)) for digit in DIGITS])
Array = npt.NDArray[Any]


def answers_of(reader: Reader, batch: Any) -> list[Prediction]:
    answers = reader.predict(batch)
    assert isinstance(answers, list)
    return answers


@pytest.fixture(scope="module")
def expected(reader: Reader) -> list[int]:
    """What each picture is read as alone, in 8 bits."""
    return [reader.predict(page).digit for page in PAGES]


RANGES: dict[str, Array] = {
    "0 to 255": PAGES,
    "0 to 255 as floats": PAGES.astype(np.float32),
    "0 to 255 as floats, interpolated": PAGES * 1.04 - 5,
    "0 to 1": PAGES / 255,
    "0 to 1, interpolated": PAGES / 255 * 1.04 - 0.02,
    "-1 to 1": PAGES / 127.5 - 1,
    "standardised": (PAGES / 255 - 0.1307) / 0.3081,
    "centred": PAGES - 128.0,
    "0 to 16, as sklearn has it": PAGES / 16,
    "int8": (PAGES.astype(np.int16) - 128).astype(np.int8),
    "12 bits as floats": PAGES * 16.0,
    "16 bits": PAGES.astype(np.uint16) * 257,
    "half precision": (PAGES / 255).astype(np.float16),
    "a mask of bools": PAGES < 128,
    "a mask of 0 and 1": (PAGES < 128).astype(np.uint8),
    "-1 and 1": np.where(PAGES < 128, 1, -1),
}


@pytest.mark.parametrize("kind", RANGES)
def test_values_of_every_usual_range_are_understood(
    reader: Reader, expected: list[int], kind: str
) -> None:
    batch = RANGES[kind]
    answers = answers_of(reader, batch)
    assert [answer.digit for answer in answers] == expected
    assert [answer.digit for answer in reader.predict(list(batch))] == expected
    assert all(answer.reason != "no digit" for answer in answers)


SHAPES: dict[str, Array] = {
    "(N, H, W)": PAGES,
    "(N, H, W, 1)": PAGES[..., None],
    "(N, H, W, 3)": np.repeat(PAGES[..., None], 3, axis=3),
    "(N, 1, H, W)": PAGES[:, None],
    "(N, 3, H, W)": np.repeat(PAGES[:, None], 3, axis=1),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_batch_gives_a_list(reader: Reader, expected: list[int], shape: str) -> None:
    answers = answers_of(reader, SHAPES[shape])
    assert [answer.digit for answer in answers] == expected


def test_one_picture_gives_one_answer(reader: Reader, expected: list[int]) -> None:
    colour = np.repeat(PAGES[0][..., None], 3, axis=2)
    for one in (PAGES[0], PAGES[0][..., None], colour):
        answer = reader.predict(one)
        assert not isinstance(answer, list)
        assert answer.digit == expected[0]
    # In a list each is one picture, so that channels may come first.
    answers = reader.predict([np.moveaxis(colour, -1, 0), PAGES[0][None]])
    assert [answer.digit for answer in answers] == expected[:1] * 2


def test_a_batch_of_mnist_is_read_as_its_pictures_are(reader: Reader) -> None:
    glyphs = np.stack([reader.glyph(page) for page in PAGES])
    assert answers_of(reader, glyphs) == reader.predict(list(glyphs))
    assert answers_of(reader, np.zeros((0, 28, 28))) == []
    blank = answers_of(reader, np.full((3, 28, 28), -1.0))
    assert [answer.reason for answer in blank] == ["no digit"] * 3


@pytest.mark.parametrize(
    "shape", [(), (784,), (2, 5, 28, 28), (2, 2, 2, 28, 28), (3, 0, 28)]
)
def test_what_is_neither_is_refused(reader: Reader, shape: tuple[int, ...]) -> None:
    with pytest.raises(errors.NotAPictureError, match=r"not a picture|no pixels"):
        reader.predict(np.zeros(shape))


class Tensor:
    """Like torch's: no array is to be had before it is detached and on the CPU."""

    def __init__(self, array: Array, ready: frozenset[str] = frozenset()) -> None:
        self.array, self.ready = array, ready

    def detach(self) -> "Tensor":
        return Tensor(self.array, self.ready | {"detached"})

    def cpu(self) -> "Tensor":
        return Tensor(self.array, self.ready | {"cpu"})

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if self.ready != {"detached", "cpu"}:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.array


class Capsule:
    """A tensor of a library that knows only the protocol of exchange."""

    def __init__(self, array: Array) -> None:
        self.array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.array.__dlpack_device__()


def test_tensors_are_arrays(reader: Reader, expected: list[int]) -> None:
    for tensor in (Tensor(PAGES[:, None] / 127.5 - 1), Capsule(PAGES)):
        answers = answers_of(reader, tensor)
        assert [answer.digit for answer in answers] == expected
    assert reader.read(Tensor(PAGES[0])).text == reader.read(PAGES[0]).text


def test_tensors_of_jax_are_arrays(reader: Reader, expected: list[int]) -> None:
    jax = pytest.importorskip("jax.numpy")
    answers = answers_of(reader, jax.asarray(PAGES / 255))
    assert [answer.digit for answer in answers] == expected


def test_a_tensor_that_gives_no_array_is_said(reader: Reader) -> None:
    class Meta:
        def __array__(self) -> Array:
            raise TypeError("it has no data")

    with pytest.raises(
        errors.NotAPictureError,
        match=r"from this Meta \(it has no data\): give a NumPy array",
    ):
        reader.predict(Meta())
