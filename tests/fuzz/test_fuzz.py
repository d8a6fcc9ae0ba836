"""Spoiled picture files through POST /v1/read of a real server: no crash, no hang, no 500.

The tests send a few hundred; `make fuzz` sends 5,000 (INKDIGITS_FUZZ), of seeds from INKDIGITS_FUZZ_SEED on.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from fuzz.mutants import bases, mutant
from live_server import live_server

_FEW = 300
_LIMIT_S = 60.0  # the server gives up on a file then, and answers 503
_GOOD = {200, 413, 415, 422}


def test_the_same_seed_gives_the_same_file() -> None:
    assert mutant(5) == mutant(5)
    assert len({mutant(seed)[1] for seed in range(50)}) > 45


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_spoiled_files_harm_nothing(tmp_path: Path) -> None:
    count, first = (
        int(os.environ.get("INKDIGITS_FUZZ", _FEW)),
        int(os.environ.get("INKDIGITS_FUZZ_SEED", "1")),
    )
    statuses: Counter[int] = Counter()
    bad: list[str] = []
    with (
        live_server(tmp_path, "--timeout", f"{_LIMIT_S:g}", "--no-log") as server,
        server.client() as client,
    ):
        for name, content in bases().items():
            assert client.post("/v1/read", content=content).status_code == 200, name
        for seed in range(first, first + count):
            name, content = mutant(seed)
            status = client.post("/v1/read", content=content).status_code
            statuses[status] += 1
            if status not in _GOOD:
                bad.append(f"seed {seed} ({name}): {status}")
        assert server.process.poll() is None
        server.terminate()
        assert not bad, "\n".join(bad) + server.log.read_text()[-3000:]
    print(
        f"{count:,} files: "
        + ", ".join(
            f"{number:,} × {status}" for status, number in sorted(statuses.items())
        )
    )
