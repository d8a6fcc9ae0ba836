"""Evaluate a model: figures, comparison, pictures and a report."""

from inkdigits.evaluation.compare import Comparison, compare
from inkdigits.evaluation.evaluate import Evaluation, evaluate
from inkdigits.evaluation.metrics import Metrics, measure
from inkdigits.evaluation.output import write_evaluation
from inkdigits.evaluation.own_data import check_model, usual_data

__all__ = [
    "Comparison",
    "Evaluation",
    "Metrics",
    "check_model",
    "compare",
    "evaluate",
    "measure",
    "usual_data",
    "write_evaluation",
]
