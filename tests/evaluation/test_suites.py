"""Corruptions and suites."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.evaluation.suites import DIGITS, OTHERS, auroc, corruptions, everything
from inkdigits.synthesis.corruptions import CORRUPTIONS

pytestmark = pytest.mark.slow


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    digits, others = (
        np.array([0.9, 0.5, 0.5], np.float32),
        np.array([0.1, 0.5], np.float32),
    )
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in digits for b in others]
    assert auroc(digits, others) == pytest.approx(np.mean(pairs))


def test_everything_measures_each_set_that_is_drawn(drawn_sets: Path) -> None:
    rows = {row.name: row for row in everything("bundled", drawn_sets)}
    assert set(rows) == {*DIGITS, *OTHERS}
    assert rows["mnist"].n == 100
    assert rows["mnist"].accuracy > 0.9  # type: ignore[union-attr]
    assert rows["letters"].auroc > 0.9  # type: ignore[union-attr]
    assert not rows["usps"].trained_on_its_kind  # type: ignore[union-attr]


@pytest.mark.slow
def test_everything_measures_each_set_that_is_there(mnist_dir: Path) -> None:
    rows = {row.name: row for row in everything("bundled", mnist_dir)}
    assert {"mnist", "usps", "dida", "swiss scans", "letters", "omniglot"} <= set(rows)
    assert rows["mnist"].n == 10_000
    assert rows["mnist"].accuracy > 0.99  # type: ignore[union-attr]
    assert rows["letters"].auroc > 0.98  # type: ignore[union-attr]
    assert not rows["usps"].trained_on_its_kind  # type: ignore[union-attr]


def test_corruptions_begin_with_none_and_cost_accuracy(drawn_sets: Path) -> None:
    rows = list(corruptions("bundled", drawn_sets))
    assert [row.name for row in rows] == ["none", *CORRUPTIONS]
    assert rows[0].mean > 0.9
    spoilt = [row.mean for row in rows[1:]]
    assert np.mean(spoilt) < rows[0].mean
    assert min(spoilt) < rows[0].mean - 0.05


def test_the_command_keeps_its_rows(drawn_sets: Path, tmp_path: Path) -> None:
    asked = [
        "evaluate",
        "bundled",
        "--suite",
        "corruptions",
        "--limit",
        "50",
        "--data-dir",
        str(drawn_sets),
        "--output",
        str(tmp_path),
    ]
    result = CliRunner().invoke(app, asked, catch_exceptions=False)
    assert result.exit_code == 0
    assert "zigzag" in result.output
    assert (
        len(json.loads((tmp_path / "suite-corruptions.json").read_text())["bundled"])
        == len(CORRUPTIONS) + 1
    )
