"""Write a network as a folder that is ready for the Hugging Face Hub.

It has a card with metadata, the config, ONNX files and an example. No internet
connection is needed. The figures in the card's metadata are the run's own results, or
the bundled network's committed results (`bundled/results.json`, written by
benchmarks/render.py).
"""

import io
import json
import shutil
from pathlib import Path
from typing import Any

from inkdigits._version import __version__
from inkdigits.data.catalog import find
from inkdigits.files import write_whole
from inkdigits.reading.classifier import BUNDLED
from inkdigits.synthesis.drawn import draw_digit
from inkdigits.training.onnx_export import facts_of, shapes_of
from inkdigits.training.run import read_run

BUNDLED_RESULTS = Path(__file__).parent / "bundled" / "results.json"
_MODEL = "model.onnx"
Results = list[dict[str, Any]]


def write_hub_folder(
    onnx_file: Path, run: Path | None, folder: Path, *, is_bundled: bool = False
) -> None:
    """Fill the folder.

    The bundled digit network comes with those that find marks and read rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(onnx_file, folder / _MODEL)
    networks = {_MODEL: onnx_file}
    if onnx_file == BUNDLED:
        for name in ("marks", "glyphs", "rows"):
            file = onnx_file.with_stem(name)
            networks[f"{name}.onnx"] = file
            shutil.copyfile(file, folder / f"{name}.onnx")
            card = onnx_file.with_name(f"{name}.md")
            if card.is_file():
                shutil.copyfile(card, folder / card.name)
    # Read from the files themselves, so that it cannot be out of date.
    config = {
        "library_name": "inkdigits",
        "inkdigits_version": __version__,
        "networks": {
            name: {**shapes_of(file), "settings": facts_of(file)}
            for name, file in networks.items()
        },
    }
    text = json.dumps(config, indent=2, ensure_ascii=False)
    write_whole(folder / "config.json", text + "\n")
    write_whole(folder / "README.md", _card(onnx_file, run, is_bundled=is_bundled))
    write_whole(folder / "example.py", _EXAMPLE)
    picture = io.BytesIO()
    draw_digit(7).save(picture, "PNG")
    write_whole(folder / "example.png", picture.getvalue())


def _card(onnx_file: Path, run: Path | None, *, is_bundled: bool) -> str:
    if is_bundled:
        name = "inkdigits" if onnx_file == BUNDLED else f"inkdigits-{onnx_file.stem}"
        card = onnx_file.with_suffix(".md")
        body = (
            card.read_text(encoding="utf-8")
            if card.is_file()
            else f"# {onnx_file.name}, one of the bundled networks\n"
        )
        results = json.loads(BUNDLED_RESULTS.read_text(encoding="utf-8"))[
            onnx_file.stem
        ]
        learned = ["mnist"] if onnx_file == BUNDLED else []
    elif run is not None and (run / "card.md").is_file():
        facts = read_run(run)
        name = f"inkdigits-{facts['settings']['recipe']}"
        body = (run / "card.md").read_text(encoding="utf-8")
        results = _results_of(facts)
        training = find(facts["data"]["training"]["name"])
        learned = [training.name] if training else []
    else:
        name = f"inkdigits-{onnx_file.stem}"
        results = []
        learned = []
        body = (
            f"# {onnx_file.stem}\n\nA network for handwritten digits. "
            "It is not known how it was trained.\n"
        )
    usage = _USAGE if _is_digit_network(onnx_file) else _USAGE_OF_MARKS
    return f"---\n{_metadata(name, learned, results)}---\n\n{body.rstrip()}\n{usage}"


def _is_digit_network(onnx_file: Path) -> bool:
    return len(shapes_of(onnx_file)["output"]) == 2 and shapes_of(onnx_file)["input"][
        1:
    ] == [
        28,
        28,
        1,
    ]


def _results_of(run: dict[str, Any]) -> Results:
    # A fine-tuned run has none: the figures in its card are not of a whole test set.
    test = run.get("results", {}).get("test")
    data = run["data"].get("test")
    if not test or data is None:
        return []
    name = data["name"]
    return [
        {
            "dataset": name,
            "name": f"{name} test",
            "n": test["n"],
            "accuracy": test["accuracy"],
        }
    ]


def _metadata(name: str, learned: list[str], results: Results) -> str:
    """YAML by hand: each value is written as JSON, which is YAML too."""
    lines = [
        "language: en",
        "license: mit",
        "library_name: inkdigits",
        "pipeline_tag: image-classification",
        "tags: [onnx, handwritten-digits, digit-recognition, ocr, mnist]",
    ]
    if learned:
        lines.append(f"datasets: {json.dumps(learned)}")
    if results:
        lines += [
            "metrics: [accuracy]",
            "model-index:",
            f"- name: {json.dumps(name)}",
            "  results:",
        ]
    for row in results:
        dataset = {"type": row["dataset"], "name": row["name"]}
        if "n" in row:
            dataset["args"] = {"n": row["n"]}
        lines += [
            "  - task: {type: image-classification, name: Handwritten digits}",
            f"    dataset: {json.dumps(dataset, ensure_ascii=False)}",
            "    metrics:",
            f"    - {json.dumps({'type': 'accuracy', 'value': row['accuracy']})}",
        ]
    return "\n".join(lines) + "\n"


_USAGE = """
## Try it

```console
$ pip install inkdigits
$ python example.py example.png
```

`Reader` finds the digit on any picture and frames it as the network expects. Without inkdigits, the
input must be framed already, as `config.json` describes:

```python
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
glyphs = np.zeros((1, 28, 28, 1), np.float32)  # ink is 1, paper is 0
probabilities = session.run(None, {"image": glyphs})[0]
```
"""

_USAGE_OF_MARKS = """
## Try it

```console
$ pip install inkdigits
$ python example.py example.png
```

This network is part of inkdigits: `Reader` uses it to detect and classify marks.
"""

_EXAMPLE = '''\
"""Read the digit on a picture with the network in this folder: python example.py PICTURE."""

import json
import sys
from pathlib import Path

import inkdigits

here = Path(__file__).parent
networks = json.loads((here / "config.json").read_text(encoding="utf-8"))["networks"]
is_digit_network = networks["model.onnx"]["input"][1:] == [28, 28, 1]
# A network that detects marks is part of every reader; a digit network can replace the bundled one.
reader = inkdigits.Reader(here / "model.onnx" if is_digit_network else None)
prediction = reader.predict(sys.argv[1] if len(sys.argv) > 1 else here / "example.png")
print(f"{prediction.digit} ({prediction.confidence:.1%})")
'''
