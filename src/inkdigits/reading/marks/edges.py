"""Padding beyond a picture's edge: paper.

Small pictures are cropped close to their number. Repeating their edge pixels would turn strokes
that reach the edge into bars.
"""

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.percentiles import percentile

Grey = npt.NDArray[np.uint8]
# A shorter side from which a picture is a page: there light differs from edge to edge, and writing
# keeps away from them.
PAGE_PX = 200


def edge_shade(grey: Grey) -> int:
    """The paper's shade, as most of the picture's edge has it."""
    return int(percentile(edge_of(grey), 50))


def edge_of(grey: Grey) -> Grey:
    """The pixels along the picture's four sides."""
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def with_rim(grey: Grey, rim: int, shade: int | None) -> Grey:
    """The picture with paper around it: of one shade, or without one as its edge goes on."""
    if shade is None:
        return np.asarray(
            cv2.copyMakeBorder(grey, rim, rim, rim, rim, cv2.BORDER_REPLICATE), np.uint8
        )
    return np.asarray(
        cv2.copyMakeBorder(
            grey, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(shade,)
        ),
        np.uint8,
    )


def rim_shade(grey: Grey) -> int | None:
    """The shade of the rim put around a small picture; None for a page, whose edge goes on."""
    return edge_shade(grey) if min(grey.shape) < PAGE_PX else None
