"""A Prediction → something to print: one exporter a file, and the one table that names them."""

from collections.abc import Callable

from inkdigits.formats import json, text
from inkdigits.reading.results import Prediction

PREDICTION: dict[str, Callable[[str, Prediction, int], str]] = {"text": text.prediction, "json": json.prediction}
