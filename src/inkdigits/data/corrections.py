"""What users corrected, straight from the service's database."""

import numpy as np

from inkdigits.data.dataset import Dataset
from inkdigits.data.folder import framed_pictures
from inkdigits.errors import DataError, MissingExtraError

NAME = "corrections"


def from_store(split: str) -> Dataset:
    """The corrected digits, framed; what was marked as no digit is left out.

    There is no split of its own.
    """
    try:
        from inkdigits.store import Store
    except ImportError:
        raise MissingExtraError("the set corrections", "web") from None
    store = Store()
    pictures = [
        (correction, content)
        for correction, content, _ in store.corrections()
        if correction.digit is not None
    ]
    store.close()
    if not pictures:
        raise DataError(
            "there are no corrections yet: correct a digit on the page, or POST /v1/corrections"
        )
    images = framed_pictures([content for _, content in pictures])
    labels = np.array([correction.digit for correction, _ in pictures], np.int64)
    return Dataset(
        NAME,
        split,
        images,
        labels,
        tuple(correction.picture for correction, _ in pictures),
    )
