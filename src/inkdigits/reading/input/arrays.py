"""Arrays and tensors → 8 bits of grey: one picture, or each of a batch.

    (H, W)      (H, W, 1 to 4)      (1, 3 or 4, H, W)       one picture
    (N, H, W)   (N, H, W, 1 to 4)   (N, 1, 3 or 4, H, W)    a batch

A shape that could be either, such as `(3, 28, 28)`, is a batch.
"""

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from inkdigits.errors import NotAPictureError
from inkdigits.reading.input.grey import eight_bits_of_array, grey_of_array
from inkdigits.reading.input.limits import Limits, check_size
from inkdigits.reading.input.pages import Grey

Array: TypeAlias = npt.NDArray[Any]

_CHANNELS_LAST = (1, 2, 3, 4)  # grey, grey and alpha, RGB, RGBA
_CHANNELS_FIRST = (1, 3, 4)  # without two: such an array may be a batch of two pictures
_NO_TENSORS = (str, Path, bytes, bytearray, memoryview, Image.Image)
_SHAPES = "give (H, W) or (H, W, 1 to 4); a batch has one axis more, before these"


def as_array(source: object) -> Array | None:
    """The source as an array, if it is one or can be converted, as tensors can.

    None for anything else.
    """
    if isinstance(source, np.ndarray):
        return source
    if isinstance(source, _NO_TENSORS):
        return None
    if hasattr(source, "__array__") or hasattr(source, "__dlpack__"):
        return _array_of_tensor(source)
    return None


def _array_of_tensor(tensor: Any) -> Array:
    """Convert by the protocols that array libraries share, without importing a library."""
    kind = type(tensor).__name__
    try:
        if hasattr(
            tensor, "detach"
        ):  # torch gives no array of a tensor that has a gradient,
            tensor = tensor.detach()
        if hasattr(tensor, "cpu"):  # or lies on a GPU
            tensor = tensor.cpu()
        return (
            np.asarray(tensor)
            if hasattr(tensor, "__array__")
            else np.from_dlpack(tensor)
        )
    except Exception as error:  # noqa: BLE001 - each library has errors of its own
        reason = " ".join(str(error).split())
        raise NotAPictureError(
            f"no array can be made from this {kind} ({reason}): give a NumPy array"
        ) from None


def batch_of(array: Array, limits: Limits) -> list[Array] | None:
    """The pictures of a batch, with one value range for all.

    None if the array is one picture.
    """
    is_batch = array.ndim == 4 or (
        array.ndim == 3 and array.shape[-1] not in _CHANNELS_LAST
    )
    if not is_batch:
        return None
    if not len(array):
        return []
    one_picture(array[0], limits)  # all of them have its shape and type
    return list(eight_bits_of_array(array))


def grey_of_one(array: Array, limits: Limits) -> Grey:
    """One picture in grey."""
    return grey_of_array(one_picture(array, limits))


def one_picture(array: Array, limits: Limits) -> Array:
    """The array as (H, W) or (H, W, channels), checked."""
    # torch puts channels first. Where both ends could be channels, the last one is.
    if (
        array.ndim == 3
        and array.shape[-1] not in _CHANNELS_LAST
        and array.shape[0] in _CHANNELS_FIRST
    ):
        array = np.moveaxis(array, 0, -1)
    if array.ndim != 2 and not (array.ndim == 3 and array.shape[-1] in _CHANNELS_LAST):
        raise NotAPictureError(
            f"an array of shape {array.shape} is not a picture: {_SHAPES}"
        )
    is_number = np.issubdtype(array.dtype, np.number) and not np.iscomplexobj(array)
    if not (is_number or array.dtype == np.bool_):
        reason = f"an array of {array.dtype} is not a picture"
        raise NotAPictureError(f"{reason}: give numbers, such as uint8")
    check_size((array.shape[1], array.shape[0]), "the array", limits)
    return array
