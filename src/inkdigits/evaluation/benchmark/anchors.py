"""Published accuracies on MNIST's test set that were measured honestly.

They are means over many runs, with no run, epoch or member picked on the test set.
"""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Anchor:
    """A published figure."""

    name: str
    about: str
    accuracy: float
    sd: float
    runs: str
    parameters: int
    source: str


def _plain_net() -> int:
    """The parameters of ten 3×3 convolutions and one dense layer.

    The convolutions have no bias and no padding, and each is normalised. The dense
    layer takes the 8×8 that is left of 28×28.
    """
    widths = [1, *range(32, 177, 16)]
    return (
        sum(9 * a * b + 2 * b for a, b in pairwise(widths))
        + 8 * 8 * widths[-1] * 10
        + 2 * 10
    )


def _keras_net() -> int:
    """The parameters of seven normalised convolutions with bias and a dense layer."""
    layers = [
        (3, 1, 32),
        (3, 32, 32),
        (5, 32, 32),
        (3, 32, 64),
        (3, 64, 64),
        (5, 64, 64),
        (4, 64, 128),
    ]
    return sum(side * side * a * b + b + 4 * b for side, a, b in layers) + 128 * 10 + 10


_SIMPLE, _MANY = (
    "https://arxiv.org/abs/2008.10400",
    "https://github.com/cdeotte/MNIST-CNN-99.75",
)

# Accuracies, spreads, seeds and parameters are those that the sources give.
ANCHORS = (
    Anchor(
        "ten 3×3 convolutions",
        "one net without pooling, 150 epochs, weights averaged",
        0.9970,
        0.0003,
        "30 nets",
        _plain_net(),
        _SIMPLE,
    ),
    Anchor(
        "one Keras net of many",
        "seven convolutions, 30 epochs with augmentation",
        0.9964,
        0.0005,
        "1,500 nets",
        _keras_net(),
        _MANY,
    ),
    Anchor(
        "ensemble of 15",
        "fifteen of those Keras nets, probabilities summed",
        0.99745,
        0.0002,
        "100 ensembles",
        15 * _keras_net(),
        _MANY,
    ),
)
