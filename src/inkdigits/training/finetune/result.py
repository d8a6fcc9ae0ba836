"""The result of a fine-tuning."""

from dataclasses import dataclass
from pathlib import Path

from inkdigits.data.doubt import Doubt
from inkdigits.data.own import Unusable
from inkdigits.training.finetune.evidence import Change
from inkdigits.training.finetune.judge import Verdict


@dataclass(frozen=True)
class FineTuned:
    """The run's folder, whether its model is the new one, and what was measured.

    `doubted` are labels that are probably wrong.
    """

    folder: Path
    verdict: Verdict
    changes: list[Change]
    doubted: list[Doubt]
    unusable: list[Unusable]
    seconds: float
