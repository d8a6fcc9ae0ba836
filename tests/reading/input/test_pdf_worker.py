"""The process that draws PDF pages: requests and answers over pipes, whatever their sizes."""

import json
import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from inkdigits.reading.input import pdf_worker
from pdf_files import pdf

pypdfium2_raw = pytest.importorskip("pypdfium2_raw")


class Wire:
    """A worker on a thread, at the other end of two pipes."""

    def __init__(self) -> None:
        here, self._there = os.pipe()
        self._back, out = os.pipe()
        worker = pdf_worker.Worker(pypdfium2_raw)
        watch = pdf_worker.MemoryWatch(1 << 50)
        self._thread = threading.Thread(
            target=pdf_worker.serve, args=(worker, watch, here, out), daemon=True
        )
        self._thread.start()

    def ask(self, body: bytes = b"", **head: Any) -> tuple[dict[str, Any], bytes]:
        said = json.dumps({**head, "seconds": float("inf")}).encode()
        lengths = pdf_worker._LENGTHS
        pdf_worker._write(self._there, lengths.pack(len(said), len(body)) + said + body)
        head_bytes, body_bytes = lengths.unpack(
            pdf_worker._read(self._back, lengths.size) or b""
        )
        answer = json.loads(pdf_worker._read(self._back, head_bytes) or b"")
        return answer, pdf_worker._read(self._back, body_bytes) or b""

    def end(self) -> None:
        os.close(self._there)
        self._thread.join(60)
        assert not self._thread.is_alive()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.end()


def test_a_page_has_as_many_pixels_as_asked_for_and_ink_on_white(wire: Wire) -> None:
    assert wire.ask(pdf(2), do="open", password=None)[0] == {"pages": 2}
    assert wire.ask(do="load", index=1)[0] == {"width": 200, "height": 200}
    head, body = wire.ask(do="draw", width=100, height=120)
    assert head == {}
    page = np.frombuffer(body, np.uint8).reshape(120, 100)
    assert page[0, 0] == 255
    assert page.min() < 64


def test_what_cannot_be_done_is_an_error_of_one_word(wire: Wire) -> None:
    assert wire.ask(b"nothing", do="open", password=None)[0] == {"error": "broken"}
    assert wire.ask(pdf(1, "x"), do="open", password=None)[0] == {"error": "password"}
    assert wire.ask(pdf(1, "x"), do="open", password="x")[0] == {"pages": 1}
    assert wire.ask(do="load", index=7)[0] == {"error": "no page"}
    assert wire.ask(do="close")[0] == {}
    assert wire.ask(do="rest")[0]["held"] > 0


def test_an_ended_pipe_gives_nothing() -> None:
    here, there = os.pipe()
    os.write(there, b"ab")
    os.close(there)
    assert pdf_worker._read(here, 3) is None
    os.close(here)
