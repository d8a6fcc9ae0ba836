"""Turned, shifted, scaled and sheared digits, drawn afresh each epoch, the same for the same seed and epoch."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Strength:
    """The furthest each change goes: degrees, share of size, shear, pixels."""

    rotate_deg: float
    scale: float
    shear: float
    shift_px: float


STRENGTHS = {"light": Strength(10, 0.1, 0.1, 1.5), "strong": Strength(15, 0.15, 0.25, 2.5)}


def augmented(images: npt.NDArray[np.uint8], strength: Strength, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Each image under its own affine change, about its middle."""
    matrices = _matrices(len(images), strength, rng, (images.shape[1] - 1) / 2)
    out = np.empty_like(images)
    size = (images.shape[2], images.shape[1])
    for index, matrix in enumerate(matrices):
        cv2.warpAffine(images[index], matrix, size, dst=out[index], flags=cv2.INTER_LINEAR)
    return out


def _matrices(count: int, strength: Strength, rng: np.random.Generator, middle: float) -> npt.NDArray[np.float64]:
    angle = np.deg2rad(rng.uniform(-strength.rotate_deg, strength.rotate_deg, count))
    scale_x, scale_y = 1 + rng.uniform(-strength.scale, strength.scale, (2, count))
    shear = rng.uniform(-strength.shear, strength.shear, count)
    cos, sin = np.cos(angle), np.sin(angle)
    matrices = np.zeros((count, 2, 3))
    matrices[:, 0, 0] = scale_x * cos
    matrices[:, 0, 1] = scale_x * (shear * cos - sin)
    matrices[:, 1, 0] = scale_y * sin
    matrices[:, 1, 1] = scale_y * (shear * sin + cos)
    shift = rng.uniform(-strength.shift_px, strength.shift_px, (count, 2))
    matrices[:, :, 2] = middle - matrices[:, :, :2] @ np.array([middle, middle]) + shift
    return matrices
