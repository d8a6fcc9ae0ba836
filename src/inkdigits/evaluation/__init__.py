"""A model → evidence: figures, comparison, pictures, a report."""

from inkdigits.evaluation.compare import Comparison, compare
from inkdigits.evaluation.evaluate import Evaluation, evaluate
from inkdigits.evaluation.metrics import Metrics, measure
from inkdigits.evaluation.output import write_evaluation

__all__ = ["Comparison", "Evaluation", "Metrics", "compare", "evaluate", "measure", "write_evaluation"]
