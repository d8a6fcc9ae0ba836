"""A result refers to its picture: by path, as a small copy, or as long as somebody holds it."""

import gc
import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.reading.input.limits import Limits
from inkdigits.reading.picture_ref import KEPT_BYTES, PictureRef

LIMITS = Limits()
SMALL = KEPT_BYTES
LARGE = KEPT_BYTES + 1


def test_a_path_is_remembered_as_its_name(tmp_path: Path) -> None:
    for path in (tmp_path / "a.png", str(tmp_path / "a.png")):
        ref = PictureRef.to(path, LIMITS)
        assert ref.name == ref.source() == str(tmp_path / "a.png")


def test_bytes_are_kept_up_to_the_limit() -> None:
    assert PictureRef.to(bytes(SMALL), LIMITS).source() == bytes(SMALL)
    assert PictureRef.to(bytes(LARGE), LIMITS).source() is None
    assert PictureRef.to(io.BytesIO(b"x"), LIMITS).source() is None


def test_a_small_array_is_a_copy_that_later_changes_do_not_reach() -> None:
    array = np.zeros((8, 8), np.uint8)
    ref = PictureRef.to(array, LIMITS)
    array[:] = 9
    assert not np.asarray(ref.source()).any()


@pytest.mark.parametrize(
    "large",
    [
        lambda: np.zeros(LARGE, np.uint8).reshape(1, -1),
        lambda: Image.new("L", (LARGE, 1)),
    ],
)
def test_a_large_picture_lives_as_long_as_its_holder(large: object) -> None:
    picture = large()  # type: ignore[operator]
    ref = PictureRef.to(picture, LIMITS)
    assert ref.source() is picture
    # Pickled, only what is kept itself goes along.
    assert pickle.loads(pickle.dumps(ref)).source() is None  # noqa: S301
    del picture
    gc.collect()
    assert ref.source() is None
