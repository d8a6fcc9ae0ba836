"""Inputs and outputs on a real S3 server."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from batch_files import NUMBERS, batch, picture, rows, tar_of

EXPECTED = sorted(NUMBERS)


@pytest.fixture
def bucket(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    import s3fs

    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    system = s3fs.S3FileSystem(skip_instance_cache=True)
    name = tmp_path.name.replace("_", "-")
    system.mkdir(name)
    return system, name


def fetched(system: Any, place: str, folder: Path) -> Path:
    system.get(f"{place}/", f"{folder}/", recursive=True)
    return folder


def test_a_prefix_is_read_and_the_shards_are_put_beside_it(
    bucket: Any, s3: dict[str, str], tmp_path: Path
) -> None:
    system, name = bucket
    for number in NUMBERS:
        system.pipe_file(f"{name}/in/{number}.png", picture(number))
    system.pipe_file(f"{name}/in/bad.png", b"")
    command = (
        f"s3://{name}/in",
        "--output",
        f"s3://{name}/out",
        "--format",
        "jsonl",
        "--shard",
        2,
        "--workers",
        2,
    )
    result = batch(*command, env=s3)
    assert result.stdout.startswith("7 pictures, 6 lines, 1 errors"), result.stderr
    out = fetched(system, f"{name}/out", tmp_path / "out")
    assert sorted(row["text"] for row in rows(out)) == EXPECTED
    assert all(row["source"].startswith(f"s3://{name}/in/") for row in rows(out))
    assert rows(out, "errors")[0]["source"] == f"s3://{name}/in/bad.png"
    assert "; 7 of them by earlier starts" in batch(*command, env=s3).stdout
    system.rm_file(f"{name}/out/pictures/pictures-000001.jsonl")
    assert "; 5 of them by earlier starts" in batch(*command, env=s3).stdout
    assert rows(fetched(system, f"{name}/out", tmp_path / "again")) == rows(out)


def test_tar_parquet_globs_and_lists_elsewhere(
    bucket: Any, s3: dict[str, str], tmp_path: Path
) -> None:
    system, name = bucket
    system.put(str(tar_of(tmp_path / "a.tar", NUMBERS[:2])), f"{name}/a.tar")
    table = tmp_path / "b.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"image": [picture(number) for number in NUMBERS[2:4]]}), table
    )
    system.put(str(table), f"{name}/b.parquet")
    for number in NUMBERS[4:]:
        system.pipe_file(f"{name}/c/{number}.png", picture(number))
    system.pipe_file(
        f"{name}/list.txt", f"s3://{name}/b.parquet\ns3://{name}/none.png\n".encode()
    )
    result = batch(
        f"s3://{name}/*.tar", f"s3://{name}/list.txt", f"s3://{name}/c/*.png", "--output", tmp_path / "out", env=s3
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert sorted(row["text"] for row in rows(tmp_path / "out")) == EXPECTED
    (error,) = rows(tmp_path / "out", "errors")
    assert error["source"] == f"s3://{name}/none.png"
    assert "FileNotFoundError" in error["reason"]


def test_a_server_that_is_gone_is_no_bad_picture(tmp_path: Path) -> None:
    gone = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    result = batch("s3://bucket/in", "--output", tmp_path / "out", env=gone)
    assert result.returncode == 2
    assert "cannot be reached" in result.stderr
    assert not (tmp_path / "out" / "plan" / "plan.json").exists()


@pytest.mark.parametrize(
    ("module", "arguments", "extra"),
    [
        ("fsspec", ["s3://b/in", "--format", "csv"], "batch"),
        ("s3fs", ["s3://b/in", "--format", "csv"], "s3"),
        ("pyarrow", ["{here}"], "batch"),
        ("ray", ["{here}", "--format", "csv", "--engine", "ray"], "cluster"),
    ],
)
def test_a_missing_part_says_what_to_install(
    pictures: Path, tmp_path: Path, module: str, arguments: list[str], extra: str
) -> None:
    argv = [
        "inkdigits",
        "batch",
        *[word.format(here=pictures) for word in arguments],
        "--output",
        str(tmp_path / "out"),
    ]
    code = f"import sys\nsys.modules[{module!r}] = None\nsys.argv = {argv!r}\nfrom inkdigits.cli import main\nmain()"
    result = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert result.returncode == 2
    assert f"[{extra}]'" in result.stderr
    assert result.stderr.count("\n") == 1


def test_files_here_need_neither_pyarrow_nor_fsspec(
    pictures: Path, tmp_path: Path
) -> None:
    code = (
        "import sys\nsys.modules.update(dict.fromkeys(('pyarrow', 'fsspec', 'ray', 's3fs')))\n"
        "from inkdigits.batch.inputs import items_of\nfrom inkdigits.batch.plan import make_plan\n"
        "from inkdigits.batch.settings import How, Settings\nfrom inkdigits.batch.store import open_store\n"
        "from inkdigits.batch.unit import UnitReader\n"
        f"settings = Settings(({str(pictures)!r},), {str(tmp_path / 'out')!r}, How('jsonl'))\n"
        "make_plan(open_store(settings.output), settings.fingerprint(), items_of(settings.inputs))\n"
        "reader = UnitReader(settings.output, settings.how)\n"
        "print(sum(reader.read(unit).lines for unit in range(reader.plan.units)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert int(result.stdout) == len(NUMBERS)
