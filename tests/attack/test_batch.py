"""Inputs and outputs of a batch that somebody broke or made to do harm: bounded work, one line each, nothing left out."""

import io
import os
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from batch_files import NUMBERS, batch, picture, rows, tar_of, texts
from inkdigits.batch import Settings, run
from inkdigits.batch.contents import contents
from inkdigits.batch.inputs import items_of
from inkdigits.batch.items import MEMBER
from inkdigits.batch.settings import How
from inkdigits.errors import DataError, PictureTooLargeError, SettingError
from inkdigits.reading.input.limits import Limits

MIB = 2**20
GIB = 2**30


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in NUMBERS:
        (folder / f"{number}.png").write_bytes(picture(number))
    return folder


def reasons(folder: Path) -> dict[str, str]:
    """Source → reason of each error."""
    return {row["source"]: row["reason"] for row in rows(folder, "errors")}


# Tar files


def member(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    header = tarfile.TarInfo(name)
    header.size, header.type = size, kind
    return header.tobuf(tarfile.GNU_FORMAT)


def with_members(path: Path, *blocks: bytes) -> Path:
    """A tar with one good picture, and then these blocks."""
    tar_of(path, ["78"])
    good = path.read_bytes().rstrip(b"\0")
    good += b"\0" * (-len(good) % tarfile.BLOCKSIZE)
    path.write_bytes(good + b"".join(blocks) + b"\0" * 2 * tarfile.BLOCKSIZE)
    return path


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ([member("huge.png", 2**50)], "has 1,125,899,906,842,624 bytes, the limit is"),
        ([member("huge.png", 6 * GIB)], "has 6,442,450,944 bytes, the limit is"),
        ([member("huge.png", 6 * GIB)], "unexpected end of data"),
        (
            [member("././@LongLink", 2**40, tarfile.GNUTYPE_LONGNAME)],
            "a header of 1,099,511,627,776 bytes",
        ),
        ([member("x", 2**40, tarfile.XHDTYPE)], "a header of 1,099,511,627,776 bytes"),
        (
            [b"no header at all".ljust(tarfile.BLOCKSIZE, b"x")],
            "no member begins at byte",
        ),
        ([member("cut.png", 5000) + b"x" * 100], "ends after"),
    ],
)
def test_a_tar_that_lies_costs_nothing_but_itself(
    tmp_path: Path, blocks: list[bytes], said: str
) -> None:
    shard = with_members(tmp_path / "shard.tar", *blocks)
    result = batch(
        shard, "--output", tmp_path / "out", "--format", "jsonl", "--workers", 1
    )
    assert result.returncode == 0, result.stderr
    assert texts(tmp_path / "out") == {"78.png:1": "78"}
    assert any(said in reason for reason in reasons(tmp_path / "out").values())


def test_a_sparse_member_is_not_unpacked(tmp_path: Path) -> None:
    shard = tmp_path / "shard.tar"
    stored = b"1\n0\n512\n".ljust(tarfile.BLOCKSIZE, b"\0") + b"x" * tarfile.BLOCKSIZE
    with tarfile.open(shard, "w", format=tarfile.PAX_FORMAT) as tar:
        big = tarfile.TarInfo("big.png")
        big.size = len(stored)
        big.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "big.png",
                           "GNU.sparse.realsize": str(6 * GIB)}  # fmt: skip
        tar.addfile(big, io.BytesIO(stored))
        content = picture("78")
        good = tarfile.TarInfo("78.png")
        good.size = len(content)
        tar.addfile(good, io.BytesIO(content))
    items = list(items_of([str(shard)]))
    assert [(item.kind == MEMBER, Path(item.source).name) for item in items] == [
        (False, "big.png"),
        (True, "78.png"),
    ]
    assert "pack it without --sparse" in items[0].name


def test_a_pipe_named_as_a_tar_is_not_waited_for(
    pictures: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "shard.tar")
    (tmp_path / "list.txt").write_text(f"{pictures}/78.png\n{tmp_path}/shard.tar\n")
    items = list(items_of([str(tmp_path / "list.txt")]))
    assert "it is not a file" in items[1].name


# Lists


def test_a_list_may_have_any_name_in_it_and_no_endless_line(tmp_path: Path) -> None:
    name = "a\u2028b\x85c.png"
    (tmp_path / name).write_bytes(picture("78"))
    (tmp_path / "list.txt").write_text(
        f"{tmp_path}/{name}\r\n{tmp_path}/./{name}\n", newline=""
    )
    assert [item.path for item in items_of([str(tmp_path / "list.txt")])] == [
        f"{tmp_path}/{name}"
    ]
    with pytest.raises(
        SettingError, match="line 1 of /dev/zero has more than 65,536 bytes"
    ):
        list(items_of(["@/dev/zero"]))


# Servers that lie


class Endless(BaseHTTPRequestHandler):
    """Sends without end, whatever part is asked for."""

    sent = 0

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "10")
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        while Endless.sent < 4 * GIB:
            try:
                Endless.sent += self.wfile.write(b"\0" * MIB)
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server_that_never_ends_is_read_to_the_limit(tmp_path: Path) -> None:
    Endless.sent = 0
    with serving(Endless) as url:
        for items in (
            items_of([f"{url}/picture.png"]),
            items_of([str(listed(tmp_path, f"{url}/other.png"))]),
        ):
            ((item, content),) = contents(items, Limits(max_bytes=MIB))
            assert isinstance(content, PictureTooLargeError), item
    assert Endless.sent < 64 * MIB  # what the sockets hold, and little more


def listed(folder: Path, line: str) -> Path:
    path = folder / "list.txt"
    path.write_text(f"{line}\n")
    return path


def test_a_mirror_that_never_ends_is_given_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inkdigits.data import load

    Endless.sent = 0
    with serving(Endless) as url:
        monkeypatch.setenv("INKDIGITS_MNIST_MIRRORS", url)
        with pytest.raises(
            DataError, match="it sends more than 67,108,864 bytes"
        ) as caught:
            load("mnist", split="test", data_dir=tmp_path)
    assert "\n" not in str(caught.value)
    assert Endless.sent < 256 * MIB
    assert not list((tmp_path / "mnist").iterdir())


def test_a_file_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    import gzip

    from inkdigits.data import load

    (tmp_path / "mnist").mkdir()
    bomb = tmp_path / "mnist" / "t10k-images-idx3-ubyte.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as file:
        for _ in range(80):
            file.write(b"\0" * MIB)
    shutil.copy(bomb, tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz")
    with pytest.raises(DataError, match="holds more than 67,108,864 bytes"):
        load("mnist", split="test", data_dir=tmp_path)


# An output that was damaged


@pytest.fixture
def finished(pictures: Path, tmp_path: Path) -> Callable[[], str]:
    """A finished batch; called, it is started again and gives what that said."""
    command = (
        pictures,
        "--output",
        tmp_path / "out",
        "--format",
        "jsonl",
        "--shard",
        2,
        "--workers",
        1,
    )
    assert batch(*command).returncode == 0

    def again() -> str:
        result = batch(*command)
        assert result.returncode in (0, 2)
        assert len(result.stderr.splitlines()) == 1, result.stderr
        return (
            result.stderr + result.stdout
            if result.returncode == 0
            else f"failed: {result.stderr}"
        )

    return again


EXPECTED = {f"{number}.png:1": number for number in NUMBERS}


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("lines-000001.jsonl", Path.unlink),
        ("lines-000001.jsonl", cut_in_half),
        ("lines-000001.jsonl", change_a_byte),
        ("pictures/pictures-000001.jsonl", cut_in_half),
        ("pictures/pictures-000001.jsonl", change_a_byte),
        ("plan/shards-000001.json", Path.unlink),
        ("plan/shards-000001.json", cut_in_half),
    ],
)
def test_a_lost_or_damaged_shard_is_read_again(
    finished: Callable[[], str],
    tmp_path: Path,
    name: str,
    damage: Callable[[Path], None],
) -> None:
    path = tmp_path / "out" / name
    whole = path.read_bytes()
    damage(path)
    said = finished()
    assert f"{name} is missing or damaged: its pictures are read again" in said
    assert "; 4 of them by earlier starts" in said
    assert path.read_bytes() == whole
    assert texts(tmp_path / "out") == EXPECTED


def cut_a_line(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("plan/items-00000.jsonl", cut_a_line),
        ("plan/items-00000.jsonl", Path.unlink),
        ("plan/plan.json", cut_in_half),
        ("plan/plan.json", lambda path: path.write_text("[]")),
        (
            "plan/plan.json",
            lambda path: path.write_text(
                path.read_text().replace('"pictures": 6', '"pictures": 0')
            ),
        ),
    ],
)
def test_a_broken_plan_is_one_line(
    finished: Callable[[], str],
    tmp_path: Path,
    name: str,
    damage: Callable[[Path], None],
) -> None:
    damage(tmp_path / "out" / name)
    said = finished()
    assert said.startswith(f"failed: inkdigits: {name} in the output is")
    assert "delete this one to start over" in said


class Vandal:
    """Loses a shard while the batch is still at work."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def planned(self, pictures: int, done: int) -> None:
        pass

    def read(self, pictures: int) -> None:
        (self.out / "lines-000000.jsonl").unlink(missing_ok=True)

    def damaged(self, file: str) -> None:
        raise AssertionError(file)


def test_what_is_lost_while_it_works_is_known_at_its_end(
    pictures: Path, tmp_path: Path
) -> None:
    settings = Settings(
        (str(pictures),), str(tmp_path / "out"), How(format="jsonl"), workers=1, shard=2
    )
    with pytest.raises(
        DataError,
        match=r"lines-000000\.jsonl in the output is missing .*: run the same command",
    ):
        run(settings, Vandal(tmp_path / "out"))
    assert run(settings).read_now == 2
    assert texts(tmp_path / "out") == EXPECTED


# Names that are formulas


def test_names_are_no_formulas_in_a_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["=cmd|x.png", "+x.png", "-1.png", "tab\tnew\nline.png"]
    for name in names:
        (tmp_path / name).write_bytes(picture("78"))
    monkeypatch.chdir(tmp_path)
    run(Settings(tuple(names), "out", How(format="csv"), workers=1))
    sources = {row["source"] for row in rows(tmp_path / "out")}
    assert sources == {
        "'=cmd|x.png",
        "'+x.png",
        "'-1.png",
        "tab\ufffdnew\ufffdline.png",
    }


def test_an_output_without_its_plan_is_not_written_over(
    finished: Callable[[], str], tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "out" / "plan")
    said = batch(
        tmp_path / "pictures", "--output", tmp_path / "out", "--format", "jsonl"
    ).stderr
    assert "the output contains shards but no plan" in said
    assert said.count("\n") == 1
