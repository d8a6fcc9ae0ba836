"""Everything that once broke the service, sent to a real one while an honest client goes on.

Each answer must be one that is documented; `conftest.py` looks at the honest client, at /healthz and
at the memory.
"""

import random
import socket
import sqlite3
import struct
import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from attack.attack_files import (
    icon_of,
    pdf_of_double_flate,
    pdf_of_nested_forms,
    pdf_that_claims,
    pdf_with_text,
    png,
    tiff_chain,
)
from attack.attacked import IS_LONG, MIB, SEVEN, TIMEOUT_S, Service
from live_server import LiveServer
from waiting import PATIENCE_S

pytestmark = pytest.mark.slow
ROUNDS = 20 if IS_LONG else 1
CLIENTS = 4
REFUSED = {400, 413, 415, 422, 503}
# A thread that was given up on may still be busy: on a quiet machine nobody waits longer than this.
ANSWER_S = 3 * TIMEOUT_S + 60 if IS_LONG else PATIENCE_S

Request = tuple[str, bytes]


def post(server: LiveServer, path: str, content: bytes) -> int:
    with server.client(timeout=ANSWER_S) as client:
        return client.post(path, content=content).status_code


def attack(server: LiveServer, requests: Sequence[Request]) -> set[int]:
    """The statuses of the answers to these requests, sent by several clients at once."""
    with ThreadPoolExecutor(CLIENTS) as pool, server.client(timeout=ANSWER_S) as client:
        answers = pool.map(
            lambda one: client.post(one[0], content=one[1]), [*requests] * ROUNDS
        )
        return {answer.status_code for answer in answers}


def claiming(width: int, height: int) -> bytes:
    """A small PNG whose head says that it is large."""
    small = png(8, 8)
    head = small[12:16] + struct.pack(">II", width, height) + small[24:29]
    return small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]


@cache
def picture(name: str) -> bytes:
    made: dict[str, Callable[[], bytes]] = {
        "strip 2000×1": lambda: png(2000, 1),
        "strip 1×2000": lambda: png(1, 2000),
        "strip 3,000,000×2": lambda: png(3_000_000, 2),
        "strip 40,000,000×1": lambda: png(40_000_000, 1),
        "40 million grey pixels of 16 bits": lambda: png(8000, 5000, depth=16),
        "40 million RGBA pixels": lambda: png(8000, 5000, colour=6),
        "400 million pixels": lambda: claiming(20_000, 20_000),
        "icon of 169 million pixels": lambda: icon_of(claiming(13_000, 13_000)),
        "TIFF of 40,000 directories": lambda: tiff_chain(40_000),
        "TIFF of 190,000 directories": lambda: tiff_chain(190_000),
    }
    return made[name]()


PICTURES = [
    "strip 2000×1",
    "strip 1×2000",
    "strip 3,000,000×2",
    "strip 40,000,000×1",
    "40 million grey pixels of 16 bits",
    "40 million RGBA pixels",
    "400 million pixels",
    "icon of 169 million pixels",
    "TIFF of 40,000 directories",
    "TIFF of 190,000 directories",
]


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_that_ask_for_much(service: Service, name: str) -> None:
    content = picture(name)
    paths = ["/v1/predict", "/v1/read", "/v1/explain", "/v1/predict"]
    statuses = attack(service.server, [(path, content) for path in paths])
    assert statuses <= {200, *REFUSED}


def test_one_bad_picture_fails_no_others(service: Service) -> None:
    """Hundreds of requests that go into batches together, a tenth of them faulty."""
    faulty = [picture("strip 2000×1"), b"\x89PNG\r\n\x1a\n", png(1, 1), b"GIF89a"]
    chance = random.Random(7)  # noqa: S311
    contents = [
        chance.choice(faulty) if chance.random() < 0.1 else SEVEN
        for _ in range(200 * ROUNDS)
    ]
    with (
        ThreadPoolExecutor(16) as pool,
        service.server.client(timeout=ANSWER_S) as client,
    ):
        answers = list(
            pool.map(lambda one: client.post("/v1/predict", content=one), contents)
        )
    for content, answer in zip(contents, answers, strict=True):
        assert answer.status_code in ({200} if content is SEVEN else {200, *REFUSED})


DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "text in the standard fonts": pdf_with_text,
    "forms within forms": pdf_of_nested_forms,
    "an image compressed twice": lambda: pdf_of_double_flate(8_000),
    "a count of a million pages": lambda: pdf_that_claims(1_000_000),
    "a count of 20,000 pages": lambda: pdf_that_claims(20_000),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_at_once(service: Service, name: str) -> None:
    content = DOCUMENTS[name]()
    statuses = attack(service.server, [("/v1/read", content)] * CLIENTS)
    assert statuses <= {200, *REFUSED}
    assert post(service.server, "/v1/read", pdf_with_text()) in (200, 503)


def test_everything_at_once(service: Service) -> None:
    """Bodies that never end hold what bodies may, large pictures and PDF files what those may."""
    head = (
        b"POST /v1/read HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n"
        % (30 * MIB)
    )
    senders = [service.server.connect() for _ in range(8)]
    works = [
        ("/v1/read", picture("40 million RGBA pixels")),
        ("/v1/predict", picture("40 million grey pixels of 16 bits")),
        ("/v1/read", pdf_of_nested_forms()),
        ("/v1/read", pdf_of_double_flate(8_000)),
    ]
    try:
        for sender in senders:
            sender.settimeout(5)
            with suppress(OSError):
                sender.sendall(head + bytes(20 * MIB))
        assert attack(service.server, works) <= {200, *REFUSED}
    finally:
        for sender in senders:
            sender.close()


PAGES = [
    "1," * 10_000 + "1",
    "²",
    "１",
    "1-999999999999",
    "0",
    "-1",
    "1-",
    "9" * 5000,
    "1--2",
    "\u0661",
]


@pytest.mark.parametrize("pages", PAGES, ids=range(len(PAGES)))
def test_pages_that_ask_for_much(service: Service, pages: str) -> None:
    with service.server.client(timeout=ANSWER_S) as client:
        answer = client.post(
            "/v1/read", params={"pages": pages}, content=pdf_with_text()
        )
    assert answer.status_code in (200, 400, 413, 414, 422, 431)


PATTERNS = [
    r"(((\d{200}){200}){200}){200}",
    r"((\d?){0,200}){0,200}",
    r"((\d?){200}){200}",
    "(" * 100 + ")" * 100,
    r"(.*1.{11})",
    r"\d{²}",
    "٣",
    "((1*)*)*{9}",
]


@pytest.mark.parametrize("pattern", PATTERNS, ids=range(len(PATTERNS)))
def test_patterns_that_ask_for_much(service: Service, pattern: str) -> None:
    with service.server.client(timeout=ANSWER_S) as client:
        for _ in range(10 * ROUNDS):
            answer = client.post(
                "/v1/read", params={"expect": [pattern] * 3}, content=SEVEN
            )
            assert answer.status_code == 422, answer.text
            assert answer.json()["detail"].startswith("expect ")


def test_heads_that_ask_for_much(service: Service) -> None:
    """Values that patterns with backtracking take quadratic time for."""
    values = [
        b" " * 7900 + b"\x01",
        b"\t" * 7900 + b"\x01",
        b"a " * 3900 + b"\x01",
        b"," * 7900,
        b"bearer " * 1000,
        b"a=" * 3900,
        b'"' * 7900,
    ]
    names = [
        b"x-a",
        b"authorization",
        b"x-request-id",
        b"content-type",
        b"origin",
        b"accept",
    ]
    head = b"POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n"
    for name in names:
        for value in values * ROUNDS:
            with service.server.connect() as connection:
                connection.sendall(head + name + b": a:" + value + b"\r\n\r\n")
                with suppress(ConnectionResetError):
                    assert connection.recv(100).split(b" ", 2)[1] != b"500"


def whole_upload(server: LiveServer, body: bytes, chunked: bool) -> int:
    """Send all of it, then look at the answer, as simple clients do."""
    length = (
        b"transfer-encoding: chunked" if chunked else b"content-length: %d" % len(body)
    )
    head = b"POST /v1/predict HTTP/1.1\r\nhost: localhost\r\n" + length + b"\r\n\r\n"
    with server.connect() as connection:
        connection.settimeout(ANSWER_S)
        connection.sendall(head + (b"%x\r\n" % len(body) if chunked else b""))
        connection.sendall(body)
        if chunked:
            connection.sendall(b"\r\n0\r\n\r\n")
        return int(connection.recv(100).split(b" ", 2)[1])


def test_large_bodies_at_once(service: Service) -> None:
    """Sixty of 31 MiB: what they may hold together is bounded, and each sender sees its answer."""
    body = bytes(31 * MIB)
    with ThreadPoolExecutor(60) as pool:
        asked = [
            pool.submit(whole_upload, service.server, body, bool(number % 2))
            for number in range(60 * ROUNDS)
        ]
        statuses = {one.result() for one in asked}
    assert statuses <= {415, 503}


def test_uploads_beyond_the_limit_see_why(service: Service) -> None:
    body = bytes(40 * MIB)
    for chunked in (False, True):
        assert whole_upload(service.server, body, chunked) == 413


def test_bodies_that_never_end(service: Service) -> None:
    """Their senders hold the memory that bodies may hold; small requests need none of it."""
    head = (
        b"POST /v1/read HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n"
        % (30 * MIB)
    )
    senders = [service.server.connect() for _ in range(40)]
    try:
        for sender in senders:
            sender.settimeout(5)
            with suppress(OSError):
                sender.sendall(head + bytes(20 * MIB))
        assert post(service.server, "/v1/predict", SEVEN) == 200
    finally:
        for sender in senders:
            sender.close()


def test_requests_ahead_of_their_answers(service: Service) -> None:
    """Each connection sends a megabyte of small requests and takes no answer."""
    flood = b"GET /docs HTTP/1.1\r\nhost: localhost\r\n\r\n" * 25_000
    senders = [service.server.connect() for _ in range(100)]
    try:
        for sender in senders:
            sender.setblocking(False)
            with suppress(OSError):
                sender.send(flood)
        time.sleep(2)
    finally:
        for sender in senders:
            sender.close()


def test_pages_of_other_sites_write_nothing(service: Service) -> None:
    before = correction_count(service)
    form: dict[str, Any] = {"file": ("7.png", SEVEN), "digit": (None, "1")}
    with service.server.client() as client:
        for headers, status in (
            ({"origin": "https://evil.example"}, 403),
            ({"sec-fetch-site": "cross-site"}, 403),
            ({"host": "evil.example"}, 421),
        ):
            assert (
                client.post("/v1/corrections", files=form, headers=headers).status_code
                == status
            )
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    assert correction_count(service) == before


def database(service: Service) -> Path:
    return service.server.log.parent / "inkdigits.db"


def correction_count(service: Service) -> int:
    with closing(sqlite3.connect(database(service))) as connection:
        return int(connection.execute("select count(*) from corrections").fetchone()[0])


def test_readiness_while_the_database_is_locked(service: Service) -> None:
    """Eight senders of corrections wait for the lock; whoever asks for readiness does not."""
    form: dict[str, Any] = {"file": ("7.png", SEVEN), "digit": (None, "7")}

    def correct(_: int) -> int:
        with service.server.client(timeout=ANSWER_S) as client:
            return client.post("/v1/corrections", files=form).status_code

    with (
        ThreadPoolExecutor(8) as pool,
        closing(sqlite3.connect(database(service), isolation_level=None)) as lock,
    ):
        lock.execute("begin immediate")
        asked = [pool.submit(correct, number) for number in range(8)]
        slowest = 0.0
        with service.server.client() as client:
            for _ in range(20):
                start = time.monotonic()
                assert client.get("/readyz").status_code == 200
                slowest = max(slowest, time.monotonic() - start)
                time.sleep(0.05)
        lock.execute("rollback")
        assert {one.result() for one in asked} <= {201, 503}
    # What it must not wait for is the lock, which is held until it has answered.
    assert slowest <= (1.0 if IS_LONG else 20.0)


def test_the_offline_page_again_and_again(service: Service) -> None:
    with (
        ThreadPoolExecutor(CLIENTS) as pool,
        service.server.client(timeout=ANSWER_S) as client,
    ):
        statuses = list(
            pool.map(
                lambda _: client.get("/offline.zip").status_code, range(10 * ROUNDS)
            )
        )
    assert set(statuses) <= {
        200,
        422,
        429,
    }  # 422: this machine has not fetched the engine
    assert 429 in statuses


def test_what_is_no_http(service: Service) -> None:
    chance = random.Random(11)  # noqa: S311
    for _ in range(100 * ROUNDS):
        with service.server.connect() as connection:
            connection.sendall(garbage(chance))
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                connection.recv(100)


def garbage(chance: random.Random) -> bytes:
    """A request with a few bytes changed, or nothing like one."""
    if chance.random() < 0.2:
        return chance.randbytes(chance.randint(1, 5000))
    length = chance.choice([len(SEVEN), 0, -1, 2**64, 10**30])
    whole = bytearray(
        b"POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n"
        % length
        + SEVEN
    )
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(min(len(whole), 120))
        whole[place : place + chance.randint(0, 2)] = chance.randbytes(
            chance.randint(0, 3)
        )
    return bytes(whole)
