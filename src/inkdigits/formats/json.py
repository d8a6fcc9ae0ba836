"""A Prediction as one JSON object on one line."""

import json

from inkdigits.reading.results import Prediction


def prediction(name: str, answer: Prediction, top: int = 10) -> str:
    """`{"image","digit","confidence","accepted","probabilities"}`: the digit is the best guess even when it is refused."""
    return json.dumps(
        {
            "image": name,
            "digit": answer.digit,
            "confidence": round(answer.confidence, 6),
            "accepted": answer.accepted,
            "probabilities": [round(share, 6) for share in answer.probabilities],
        },
        ensure_ascii=False,
    )
