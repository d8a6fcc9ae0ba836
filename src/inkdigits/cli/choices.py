"""The values that shells complete for options with few choices.

A test compares them with the tables that define them.
"""

from collections.abc import Callable

READ_FORMATS = (
    "text",
    "json",
    "csv",
    "hocr",
    "jsonl",
    "xlsx",
    "parquet",
    "sqlite",
    "pdf",
    "coco",
    "label-studio",
    "alto",
    "page",
)
BATCH_FORMATS = ("parquet", "csv", "jsonl")
BATCH_ENGINES = ("local", "ray")
EXPORT_FORMATS = (
    "onnx",
    "keras",
    "h5",
    "litert",
    "saved_model",
    "openvino",
    "coreml",
    "hub",
    "web",
    "lab",
)
RECIPES = ("classic", "fast", "tiny", "best", "ensemble", "distilled", "bundled")
TRACKERS = ("tensorboard", "mlflow", "trackio")
PATTERNS = ("date", "time", "amount", "number")


def completing(choices: tuple[str, ...]) -> Callable[[str], list[str]]:
    """Return a completion function that offers the choices with the typed prefix."""

    def fitting(incomplete: str) -> list[str]:
        """The choices that begin like this."""
        return [choice for choice in choices if choice.startswith(incomplete)]

    return fitting
