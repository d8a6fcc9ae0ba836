"""One small finished run that several tests look at."""

from pathlib import Path

import pytest

from inkdigits.training import Settings, train


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(
        data="digits8x8", epochs=6, batch_size=32, filters=(8, 16), dense=32, seed=1
    )
    return train(settings, output=tmp_path_factory.mktemp("training") / "run").folder
