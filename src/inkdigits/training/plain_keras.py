"""Plain Keras code for training the recipe `classic`, and for fine-tuning with replay.

It trains with the given settings.
"""

from pathlib import Path

from inkdigits.training.settings import Settings

_OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}


def plain_keras(settings: Settings) -> str:
    """A program that trains as well with the same settings, but gives other weights."""
    lines = [
        "import keras",
        "from inkdigits.data import load",
        "",
        f'digits = load("{settings.data}", split="train")',
        *([f"digits = digits.first({settings.limit})"] if settings.limit else []),
        "model = keras.Sequential([",
        *(f"    {layer}," for layer in _layers(settings)),
        "])",
        f"model.compile({_optimizer(settings)}, "
        '"sparse_categorical_crossentropy", metrics=["accuracy"])',
        "model.fit(digits.images[..., None] / 255, digits.labels, "
        f"batch_size={settings.batch_size}, "
        f"epochs={settings.epochs}, validation_split={settings.validation})",
    ]
    return "\n".join(lines)


def plain_keras_of_replay(
    model: Path,
    digits: Path,
    settings: Settings,
    known: int,
    own: int,
    steps: int,
    learning_rate: float,
) -> str:
    """A program that fine-tunes with `known` old and `own` new digits in each batch.

    It does not augment the digits, so it learns a little less from them.
    """
    first = f".first({settings.limit})" if settings.limit else ""
    lines = [
        "import keras, numpy as np",
        "from inkdigits.data import load",
        "",
        f'known, own = load("{settings.data}", split="train"){first}, load("{digits}")',
        f'model = keras.models.load_model("{model}", compile=False)',
        f"model.compile(keras.optimizers.Adam({learning_rate}), "
        '"sparse_categorical_crossentropy", metrics=["accuracy"])',
        "rng = np.random.default_rng(1)",
        f"for step in range({steps}):",
        f"    old, new = known.take(rng.integers(len(known), size={known})), "
        f"own.take(rng.integers(len(own), size={own}))",
        "    images = np.concatenate([old.images, new.images])[..., None] / 255",
        "    model.train_on_batch(images, np.concatenate([old.labels, new.labels]))",
    ]
    return "\n".join(lines)


def _layers(settings: Settings) -> list[str]:
    lines = ["keras.Input((28, 28, 1))"]
    if settings.augment != "none":
        lines += [
            'keras.layers.RandomRotation(0.03, fill_mode="constant")',
            'keras.layers.RandomTranslation(0.05, 0.05, fill_mode="constant")',
        ]
    for count in settings.filters:
        lines.append(
            f'keras.layers.Conv2D({count}, 3, activation="{settings.activation}")'
        )
        lines.append("keras.layers.MaxPooling2D()")
    lines.append("keras.layers.Flatten()")
    if settings.dense:
        lines.append(
            f'keras.layers.Dense({settings.dense}, activation="{settings.activation}")'
        )
    if settings.dropout:
        lines.append(f"keras.layers.Dropout({settings.dropout})")
    return [*lines, 'keras.layers.Dense(10, activation="softmax")']


def _optimizer(settings: Settings) -> str:
    """The line of code that makes the optimizer."""
    name = _OPTIMIZERS[settings.optimizer]
    arguments = str(settings.learning_rate)
    if settings.optimizer == "sgd":
        arguments += ", momentum=0.9"
    return f"keras.optimizers.{name}({arguments})"
