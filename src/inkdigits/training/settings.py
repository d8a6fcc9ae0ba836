"""One frozen dataclass describes a run."""

from dataclasses import asdict, dataclass
from typing import Any

from inkdigits.errors import SettingError

OPTIMIZERS = ("adam", "adamw", "sgd", "rmsprop")
ACTIVATIONS = ("relu", "elu", "gelu", "leaky_relu", "selu", "sigmoid", "silu", "tanh")
AUGMENTATIONS = ("none", "light", "strong")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run does, completely: the same settings, seed and machine give the same weights."""

    recipe: str = "classic"
    data: str = "mnist"
    filters: tuple[int, ...] = (32, 64)
    dense: int = 128
    activation: str = "relu"
    dropout: float = 0.0
    augment: str = "none"
    optimizer: str = "adam"
    learning_rate: float = 0.001
    batch_size: int = 128
    epochs: int = 10
    validation: float = 0.1
    early_stop: int = 0
    seed: int = 1
    precision: str = "float32"
    limit: int | None = None

    def __post_init__(self) -> None:
        _choose("optimizer", self.optimizer, OPTIMIZERS)
        _choose("activation", self.activation, ACTIVATIONS)
        _choose("augment", self.augment, AUGMENTATIONS)
        _choose("precision", self.precision, PRECISIONS)
        _hold("filters", bool(self.filters) and len(self.filters) <= 3 and min(self.filters) > 0, self.filters,
              "one to three positive numbers, such as 32,64")  # fmt: skip
        _hold("dense", self.dense >= 0, self.dense, "a number of units, 0 for none")
        _hold("dropout", 0 <= self.dropout < 1, self.dropout, "a share from 0 to below 1")
        _hold("learning-rate", 0 < self.learning_rate < 100, self.learning_rate, "a positive number such as 0.001")
        _hold("batch-size", self.batch_size > 0, self.batch_size, "a positive number")
        _hold("epochs", self.epochs > 0, self.epochs, "a positive number")
        _hold("validation", 0 <= self.validation < 1, self.validation, "a share from 0 to below 1")
        _hold("early-stop", self.early_stop >= 0, self.early_stop, "a number of epochs, 0 for never")
        _hold("early-stop", not self.early_stop or self.validation > 0, self.early_stop, "0 where --validation is 0")
        _hold("limit", self.limit is None or self.limit > 0, self.limit, "a positive number of pictures")
        _hold("seed", self.seed >= 0, self.seed, "a whole number, not negative")

    def as_dict(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Settings":
        return cls(**{**values, "filters": tuple(values["filters"])})


def _choose(name: str, value: str, choices: tuple[str, ...]) -> None:
    _hold(name, value in choices, value, f"one of {', '.join(choices)}")


def _hold(name: str, good: bool, value: object, expected: str) -> None:
    if not good:
        raise SettingError(f"--{name} is {value}: give {expected}")
