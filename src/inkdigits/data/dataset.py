"""Images with their labels, in one form."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.errors import DataError, SettingError

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
NOT_A_DIGIT = -1


@dataclass(frozen=True)
class Dataset:
    """Glyphs (uint8, N×28×28, ink high) and labels 0 to 9, or -1 for a non-digit.

    `sources` names each sample's file, where there is one; `trainable` says whether its terms allow
    learning from it.
    """

    name: str
    split: str
    images: Images = field(repr=False)
    labels: Labels = field(repr=False)
    sources: tuple[str, ...] | None = field(default=None, repr=False)
    trainable: bool = True

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels):
            raise DataError(
                f"{self.name} has {len(self.images)} images and {len(self.labels)} labels: "
                "both must match"
            )
        if len(self.images) == 0:
            raise DataError(
                f"{self.name} ({self.split}) contains no pictures: check the folder or file"
            )
        if self.labels.min() < NOT_A_DIGIT or self.labels.max() > 9:
            wrong = int(
                self.labels.min()
                if self.labels.min() < NOT_A_DIGIT
                else self.labels.max()
            )
            raise DataError(
                f"{self.name} has the label {wrong}: digit labels go from 0 to 9"
            )

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of images and labels."""
        hasher = hashlib.sha256(np.ascontiguousarray(self.images).data)
        hasher.update(np.ascontiguousarray(self.labels.astype("<i8")).data)
        return hasher.hexdigest()

    def take(self, indices: npt.NDArray[Any]) -> "Dataset":
        """The samples at these indices, in this order."""
        sources = (
            tuple(self.sources[int(index)] for index in indices)
            if self.sources
            else None
        )
        return replace(
            self,
            images=self.images[indices],
            labels=self.labels[indices],
            sources=sources,
        )

    def first(self, count: int | None) -> "Dataset":
        """The first `count` samples; all of them for None."""
        if count is None or count >= len(self):
            return self
        return self.take(np.arange(count))


def split_validation(
    dataset: Dataset, fraction: float, seed: int
) -> tuple[Dataset, Dataset]:
    """Training and validation samples, each label in proportion.

    The same seed gives the same split.
    """
    if not 0 < fraction < 1:
        raise SettingError(
            f"validation is {fraction}: give a share between 0 and 1, such as 0.1"
        )
    rng = np.random.default_rng([seed, 0x5EED])
    held = []
    for label in np.unique(dataset.labels):
        indices = rng.permutation(np.flatnonzero(dataset.labels == label))
        held.append(
            indices[: max(1, round(fraction * len(indices)))]
            if len(indices) > 1
            else indices[:0]
        )
    chosen = np.sort(np.concatenate(held))
    if len(chosen) == 0:
        raise DataError(
            f"{dataset.name} has too few pictures to hold some out: "
            "add pictures or use --validation 0"
        )
    rest = np.setdiff1d(np.arange(len(dataset)), chosen)
    return dataset.take(rest), dataset.take(chosen)
