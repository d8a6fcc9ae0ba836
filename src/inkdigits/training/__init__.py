"""Data → model: recipes, fit, run folder, export. Needs the extra `train`.

The Keras backend is TensorFlow unless KERAS_BACKEND says otherwise; it is chosen when
the first of these modules loads.
"""

from inkdigits.training.by_name import resume, train
from inkdigits.training.run import RunResult
from inkdigits.training.settings import Settings

__all__ = ["RunResult", "Settings", "resume", "train"]
