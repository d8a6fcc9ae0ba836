"""Where bytes come from: files, streams and what only looks like one."""

import io
import os
import socket
import threading
from pathlib import Path

import pytest

from inkdigits import errors
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.sources import read_bytes


def refusal(source: object, limits: Limits | None = None) -> str:
    with pytest.raises(errors.PictureError) as caught:
        read_bytes(source, limits or Limits())
    return str(caught.value)


class Endless(io.RawIOBase):
    """Gives what it is asked for, and more if it can."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, count: int = -1) -> bytes:
        self.given += count
        return b"\0" * count


def test_a_pipe_without_a_writer_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "scan.png"
    os.mkfifo(pipe)
    assert "is a pipe or device" in refusal(pipe)


def test_a_device_is_refused() -> None:
    assert "is a pipe or device" in refusal("/dev/zero")


def test_a_socket_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.png"))
        assert "is a pipe or device" in refusal(tmp_path / "s.png")


def test_a_stream_without_end_is_left_at_the_limit() -> None:
    stream = Endless()
    assert "more than 3,000,000 bytes" in refusal(stream, Limits(max_bytes=3_000_000))
    assert stream.given == 3_000_001


def test_a_slow_stream_is_left_in_time() -> None:
    class Slow(io.RawIOBase):
        def read(self, count: int = -1) -> bytes:
            threading.Event().wait(0.01)
            return b"x"

    assert "to arrive" in refusal(Slow(), Limits(max_seconds=0.05))


def test_a_stream_may_come_in_pieces() -> None:
    class Pieces(io.RawIOBase):
        left = 5

        def read(self, count: int = -1) -> bytes:
            self.left -= 1
            return b"ab" if self.left >= 0 else b""

    assert read_bytes(Pieces(), Limits())[0] == b"ab" * 5


def test_a_text_file_says_so() -> None:
    assert "open it in binary mode" in refusal(io.StringIO("seven"))
