"""The recipe `best`: one net, as right on MNIST as an honest one gets: 3×3 convolutions, digits bent anew each epoch, averaged.

Test accuracy over seeds, with the seconds, the machine and the versions: benchmarks/README.md, made by

    inkdigits benchmark best
"""

from typing import Any

from inkdigits.training import towers
from inkdigits.training.settings import Settings

SETTINGS = Settings(
    recipe="best", shape="fives", filters=(48, 96, 192), dense=0, dropout=0.4, optimizer="adamw", learning_rate=0.008,
    weight_decay=0.02, schedule="cosine", batch_size=64, epochs=14, augment="elastic", average=0.999, focus=0.98,
    label_smoothing=0.05, steps_per_execution=40,
)  # fmt: skip


def build(settings: Settings) -> Any:
    return towers.single(settings.shape, settings.filters, settings.dropout, settings.seed, settings.recipe)
