"""One frozen dataclass describes a run."""

from dataclasses import asdict, dataclass
from typing import Any

from inkdigits.errors import SettingError

OPTIMIZERS = ("adam", "adamw", "sgd", "rmsprop")
ACTIVATIONS = (
    "relu",
    "elu",
    "gelu",
    "leaky_relu",
    "linear",
    "selu",
    "sigmoid",
    "silu",
    "tanh",
)
AUGMENTATIONS = ("none", "light", "strong", "elastic")
SCHEDULES = ("constant", "cosine", "one-cycle")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run. On one machine, the same settings give the same weights.

    `average` is the momentum of the weights' exponential moving average, which is what
    is saved; 0 saves the weights themselves. With `focus` above 0, an epoch has half of
    the pictures; the nearer it is to 1, the more of them are misclassified ones.
    `steps_per_execution` above 1 runs that many steps without returning to Python.
    `model` and `callbacks` name the user's own functions, as my_module:function.
    `track` names the tracker that metrics are sent to; it does not affect the weights.
    `shape`, `members` and `teacher` are for some recipes only, which describe them.
    """

    recipe: str = "classic"
    data: str = "mnist"
    # Filters of each convolution, and units of the dense layer.
    filters: tuple[int, ...] = (32, 64)
    dense: int = 128
    activation: str = "relu"
    # The share of units that are left out of each step.
    dropout: float = 0.0
    augment: str = "none"
    optimizer: str = "adam"
    # Keras's own default for Adam, as are `beta_1` and `beta_2`.
    learning_rate: float = 0.001
    # Pictures of one step.
    batch_size: int = 128
    epochs: int = 10
    # The share of the training data that is held out.
    validation: float = 0.1
    # Epochs without gain after which a run ends; 0 runs all of them.
    early_stop: int = 0
    seed: int = 1
    precision: str = "float32"
    # Pictures that are learned from, instead of all.
    limit: int | None = None
    schedule: str = "constant"
    # None uses the optimizer's default.
    weight_decay: float | None = None
    beta_1: float = 0.9
    beta_2: float = 0.999
    # The share of each label that is spread over all digits.
    label_smoothing: float = 0.0
    average: float = 0.0
    focus: float = 0.0
    steps_per_execution: int = 1
    shape: str = ""
    members: int = 0
    teacher: str | None = None
    model: str | None = None
    callbacks: str | None = None
    track: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be trained, before anything is loaded."""
        _choose("optimizer", self.optimizer, OPTIMIZERS)
        _choose("activation", self.activation, ACTIVATIONS)
        _choose("augment", self.augment, AUGMENTATIONS)
        _choose("precision", self.precision, PRECISIONS)
        _choose("schedule", self.schedule, SCHEDULES)
        self._check_shape()
        self._check_learning()
        self._check_extent()

    def _check_shape(self) -> None:
        _hold(
            "filters",
            bool(self.filters) and len(self.filters) <= 3 and min(self.filters) > 0,
            self.filters,
            "one to three positive numbers, such as 32,64",
        )
        _hold("dense", self.dense >= 0, self.dense, "a number of units, 0 for none")
        _hold("members", self.members >= 0, self.members, "a number of nets")
        _hold(
            "dropout", 0 <= self.dropout < 1, self.dropout, "a share from 0 to below 1"
        )

    def _check_learning(self) -> None:
        _hold(
            "learning-rate",
            0 < self.learning_rate < 100,
            self.learning_rate,
            "a positive number such as 0.001",
        )
        _hold(
            "weight-decay",
            self.weight_decay is None or 0 <= self.weight_decay < 1,
            self.weight_decay,
            "a number such as 0.01",
        )
        for name, value in (
            ("beta-1", self.beta_1),
            ("beta-2", self.beta_2),
            ("label-smoothing", self.label_smoothing),
            ("average", self.average),
            ("focus", self.focus),
        ):
            _hold(name, 0 <= value < 1, value, "a number from 0 to below 1")

    def _check_extent(self) -> None:
        _hold("batch-size", self.batch_size > 0, self.batch_size, "a positive number")
        _hold("epochs", self.epochs > 0, self.epochs, "a positive number")
        _hold(
            "steps-per-execution",
            self.steps_per_execution > 0,
            self.steps_per_execution,
            "a positive number",
        )
        _hold(
            "validation",
            0 <= self.validation < 1,
            self.validation,
            "a share from 0 to below 1",
        )
        _hold(
            "early-stop",
            self.early_stop >= 0,
            self.early_stop,
            "a number of epochs, 0 for never",
        )
        _hold(
            "early-stop",
            not self.early_stop or self.validation > 0,
            self.early_stop,
            "0 where --validation is 0",
        )
        _hold(
            "limit",
            self.limit is None or self.limit > 0,
            self.limit,
            "a positive number of pictures",
        )
        _hold("seed", self.seed >= 0, self.seed, "a whole number, not negative")

    def as_dict(self) -> dict[str, Any]:
        """For a file: JSON has lists, and no tuples."""
        values = asdict(self)
        for name, value in values.items():
            if isinstance(value, tuple):
                values[name] = list(value)
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Settings":
        """Settings from the values in a file."""
        filters = tuple(values["filters"])
        return cls(**{**values, "filters": filters})


def _choose(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse a value that is not one of these."""
    is_known = value in choices
    wanted = f"one of {', '.join(choices)}"
    _hold(name, is_known, value, wanted)


def _hold(name: str, good: bool, value: object, expected: str) -> None:
    if not good:
        raise SettingError(f"--{name} is {value}: give {expected}")
