"""A run's events.jsonl as server-sent events: first the existing lines, then new ones.

The id of each event is the position of its end in the file. A browser that lost the connection
continues from there, even with a restarted server.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from inkdigits.training.live import EVENTS_FILE

_LOOK_EVERY_S = 0.25
_QUIET_S = 15.0  # after so long a comment is sent, so that a lost browser is noticed
_PIECE_BYTES = 256 * 1024


async def events(find: Callable[[], Path], start: int) -> AsyncIterator[bytes]:
    """Lines from a place in the file on, for as long as the client listens.

    The run's folder is asked for each time: a run that is made elsewhere comes to its place at the
    end.
    """
    place = start
    quiet_s = 0.0
    yield b"retry: 500\n\n"
    while True:
        lines, place = await asyncio.to_thread(_read, find, place)
        if lines:
            yield b"".join(lines)
            quiet_s = 0.0
            continue
        await asyncio.sleep(_LOOK_EVERY_S)
        quiet_s += _LOOK_EVERY_S
        if quiet_s >= _QUIET_S:
            yield b": still here\n\n"
            quiet_s = 0.0


def _read(find: Callable[[], Path], place: int) -> tuple[list[bytes], int]:
    """Whole lines from there on as events, and where the next begins.

    A file that became shorter is read from the beginning.
    """
    try:
        with (find() / EVENTS_FILE).open("rb") as opened:
            size = opened.seek(0, 2)
            place = place if place <= size else 0
            opened.seek(place)
            piece = opened.read(_PIECE_BYTES)
    except OSError:
        return [], place
    found = []
    for line in piece.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        place += len(line)
        found.append(b"id: %d\ndata: %s\n\n" % (place, line.rstrip(b"\r\n")))
    return found, place
