"""The servers that `bench_serve.py` puts beside ours, as the classic projects and the usual tutorials write them.

    python benchmarks/serve_peers.py flask MODEL.keras PORT         # Flask, Keras' model.predict in each request
    python benchmarks/serve_peers.py fastapi MODEL.onnx PORT        # FastAPI on uvicorn, onnxruntime, a picture at a time
    python benchmarks/serve_peers.py fastapi-reader MODEL.onnx PORT # the same around our Reader

All take the picture as the body of POST /v1/predict. The first two resize it to 28×28 and invert it where it is light: they do
not look for the digit, as our reader does; the third does, and so shows what batches and the short way buy.
"""

import io
import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def pixels_of(body: bytes) -> Any:
    """The plain way from a picture to what the net takes."""
    pixels = (
        np.asarray(
            Image.open(io.BytesIO(body)).convert("L").resize((28, 28)), "float32"
        )
        / 255
    )
    return (1 - pixels if pixels.mean() > 0.5 else pixels).reshape(1, 28, 28, 1)


def answer(scores: Any) -> dict[str, Any]:
    return {
        "digit": int(scores.argmax()),
        "confidence": float(scores.max()),
        "probabilities": [float(score) for score in scores],
    }


def serve_flask(model_file: str, port: int) -> None:
    import tensorflow as tf
    from flask import Flask, jsonify, request

    model = tf.keras.models.load_model(model_file)
    app = Flask(__name__)

    @app.post("/v1/predict")
    def predict() -> Any:
        return jsonify(
            answer(model.predict(pixels_of(request.get_data()), verbose=0)[0])
        )

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(port=port, threaded=True)


def serve_fastapi(model_file: str, port: int) -> None:
    import onnxruntime
    import uvicorn
    from fastapi import Body, FastAPI

    session = onnxruntime.InferenceSession(
        model_file, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    app = FastAPI()

    @app.post("/v1/predict")
    def predict(body: bytes = Body(media_type="image/png")) -> dict[str, Any]:
        return answer(session.run(None, {name: pixels_of(body)})[0][0])

    uvicorn.run(app, port=port, log_level="warning")


def serve_fastapi_reader(model_file: str, port: int) -> None:
    import uvicorn
    from fastapi import Body, FastAPI

    from inkdigits import Reader

    reader = Reader(model_file)
    app = FastAPI()

    @app.post("/v1/predict")
    def predict(body: bytes = Body(media_type="image/png")) -> dict[str, Any]:
        found = reader.predict(body)
        return {
            "digit": found.digit,
            "confidence": found.confidence,
            "probabilities": list(found.probabilities),
        }

    uvicorn.run(app, port=port, log_level="warning")


SERVERS = {
    "flask": serve_flask,
    "fastapi": serve_fastapi,
    "fastapi-reader": serve_fastapi_reader,
}

if __name__ == "__main__":
    kind, file, number = sys.argv[1:]
    SERVERS[kind](str(Path(file)), int(number))
