"""A real service in a gigabyte of memory, and an honest client that goes on while it is attacked.

make attack                          the long run
python -m pytest tests/attack        what the test suite runs
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from attack.attack_files import pdf_with_text
from attack.attacked import (
    HEALTH_S,
    MAY_STAY,
    MEMORY,
    MIB,
    PHOTO,
    SEVEN,
    STALLED_S,
    TIMEOUT_S,
    Health,
    Honest,
    Service,
)
from attack.memory_cgroup import memory_cgroup
from live_server import live_server
from waiting import PATIENCE_S


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service after each kind of work was done once."""
    folder = tmp_path_factory.mktemp("attacked")
    with ExitStack() as stack:
        launcher = stack.enter_context(memory_cgroup(MEMORY))
        server = stack.enter_context(
            live_server(
                folder, "--no-log", "--timeout", str(TIMEOUT_S), launcher=launcher or ()
            )
        )
        service = Service(server)
        with server.client() as client:
            work = [
                ("predict", SEVEN),
                ("read", PHOTO),
                ("read", pdf_with_text()),
                ("explain", SEVEN),
            ]
            for path, content in 2 * work:
                client.post(f"/v1/{path}", content=content)
        service.start_bytes = service.memory()
        yield service
        service.close()


@pytest.fixture
def service(running: Service, request: pytest.FixtureRequest) -> Iterator[Service]:
    """The service while a test attacks it; afterwards honest clients must have noticed nothing."""
    assert running.server.process.poll() is None, "the service died in an earlier test"
    honest, health = Honest(running.server), Health(running.server)
    honest.start()
    health.start()
    yield running
    asked_until = honest.answered + 1
    deadline = time.monotonic() + PATIENCE_S
    while (
        honest.answered < asked_until
        and not honest.failures
        and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    honest.over.set()
    health.over.set()
    honest.join(PATIENCE_S)
    health.join(PATIENCE_S)
    running.slowest_s[request.node.name] = health.slowest_s
    running.stalled_s[request.node.name] = health.stalled_s
    assert running.server.process.poll() is None, (
        f"the service died: {running.server.log.read_text()[-2000:]}"
    )
    assert not honest.failures
    assert honest.answered >= asked_until
    assert not health.failures
    assert health.stalled_s <= STALLED_S
    assert health.slowest_s <= HEALTH_S
    held = running.settle()
    assert held <= running.start_bytes + MAY_STAY, (
        f"{held // MIB} MiB, {running.start_bytes // MIB} at the start"
    )
