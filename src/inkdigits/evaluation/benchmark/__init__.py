"""Benchmarks of the recipes: accuracy over seeds, speed, and robustness to corruption.

They write results files, and the page that shows them. Speed is measured in interleaved
rounds. Each training is an ordinary `inkdigits train` process on all of MNIST's 60,000
training pictures. The test set is evaluated once per seed, at the end.
"""

from inkdigits.evaluation.benchmark.accuracy import Plan, measure_recipes
from inkdigits.evaluation.benchmark.backends import measure_backends
from inkdigits.evaluation.benchmark.entries import Entry, chosen, entries
from inkdigits.evaluation.benchmark.gpu import measure_gpu
from inkdigits.evaluation.benchmark.page import render
from inkdigits.evaluation.benchmark.speed import measure_speed
from inkdigits.evaluation.benchmark.spoiling import measure_spoiling

__all__ = [
    "Entry",
    "Plan",
    "chosen",
    "entries",
    "measure_backends",
    "measure_gpu",
    "measure_recipes",
    "measure_speed",
    "measure_spoiling",
    "render",
]
