"""Text formats of Predictions and Readings, by name.

Each format has its exporter in a module of its own.
"""

from collections.abc import Callable

from inkdigits.formats import csv, hocr, json, text
from inkdigits.formats.exporter import Exporter
from inkdigits.reading.results import Prediction

PREDICTION: dict[str, Callable[[str, Prediction, int], str]] = {
    "text": text.prediction,
    "json": json.prediction,
}
READING: dict[str, Exporter] = {
    "text": text.READING,
    "json": json.READING,
    "csv": csv.READING,
    "hocr": hocr.READING,
}
