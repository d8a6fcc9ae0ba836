"""What bodies may hold of the memory, over all connections and until they are answered."""

from collections.abc import Iterable

import pytest
from starlette.types import Message, Scope

from event_loop import run
from inkdigits.web.bodies import HELD, BodyLimits, Held, Memory, read_body, read_form
from inkdigits.web.problems import ProblemError

LIMITS = BodyLimits(1_000_000, 10.0)
FORM = [(b"content-type", b"multipart/form-data; boundary=b")]
FORM_START = b'--b\r\ncontent-disposition: form-data; name="f"; filename="x"\r\n\r\n'


class Client:
    """Sends a body in pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = list(pieces)

    async def receive(self) -> Message:
        piece = self._pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}


def scope_of(memory: Memory, headers: list[tuple[bytes, bytes]] | None = None) -> Scope:
    return {"type": "http", "headers": headers or [], HELD: Held(memory)}


def test_a_body_counts_until_its_request_is_answered() -> None:
    memory = Memory.of(large=500_000, small=0)
    scope = scope_of(memory)
    body = run(read_body(scope, Client([bytes(100_000)] * 4).receive, LIMITS))
    assert len(body) == memory.large.held == 400_000
    with pytest.raises(ProblemError, match="too many large pictures") as caught:
        run(read_body(scope_of(memory), Client([bytes(100_000)] * 4).receive, LIMITS))
    assert (caught.value.status, caught.value.headers["retry-after"]) == (503, "1")
    scope[HELD].release()
    scope[HELD].release()


def test_what_was_refused_gives_back_what_it_took() -> None:
    memory = Memory.of(large=300_000, small=0)
    scope = scope_of(memory)
    with pytest.raises(ProblemError, match="too many large pictures"):
        run(read_body(scope, Client([bytes(100_000)] * 9).receive, LIMITS))
    assert memory.large.held == 300_000
    scope[HELD].release()
    assert memory.large.held == 0


def test_a_form_counts_too() -> None:
    memory = Memory.of(large=500_000, small=100_000)
    scope = scope_of(memory, FORM)
    pieces = [FORM_START, *[bytes(100_000)] * 3, b"\r\n--b--\r\n"]
    form = run(read_form(scope, Client(pieces).receive, LIMITS))
    assert len(form.files[0][1]) == 300_000
    assert memory.large.held >= 300_000
    scope[HELD].release()
    assert memory.large.held == 0


def test_small_bodies_have_a_part_that_large_ones_cannot_take() -> None:
    memory = Memory.of(large=0, small=25_000)
    scopes = [scope_of(memory) for _ in range(3)]
    for scope in scopes[:2]:
        run(read_body(scope, Client([bytes(1000)] * 10).receive, LIMITS))
    assert memory.small.held == 20_000
    with pytest.raises(ProblemError, match="too many large pictures"):
        run(read_body(scopes[2], Client([bytes(10_000)]).receive, LIMITS))
    for scope in scopes:
        scope[HELD].release()
    assert memory.small.held == 0


def test_a_body_that_grows_large_leaves_the_part_for_small_ones() -> None:
    memory = Memory.of(large=500_000, small=60_000)
    scope = scope_of(memory)
    run(read_body(scope, Client([bytes(50_000)] * 4).receive, LIMITS))
    assert (memory.small.held, memory.large.held) == (0, 200_000)
