"""`inkdigits read --watch`: output and messages for new files."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inkdigits.reading.results import Reading

# Formats whose parts can be added one by one, with nothing to close at the end.
FORMATS = ("text", "csv", "jsonl")


def watch_folder(
    folder: Path, kind: str, output: Path | None, read: "Callable[[str], Reading]"
) -> None:
    """Read each new file in the folder once, until Ctrl-C or SIGTERM."""
    from inkdigits.cli.files import print_whatever_comes, say_failure, shown
    from inkdigits.errors import SettingError
    from inkdigits.outputs import TEXTS
    from inkdigits.reading.input.sources import is_document
    from inkdigits.reading.wording import counted
    from inkdigits.watching import Appended, Journal, waiting_for_news, whole_files

    if kind not in FORMATS:
        raise SettingError(
            f"--watch writes {', '.join(FORMATS)}, not {kind}: choose another --format or --output"
        )
    if not folder.is_dir():
        raise SettingError(
            f"there is no folder {folder} to watch: give an existing folder"
        )
    exporter = TEXTS[kind]
    journal = Journal(folder)
    appended = None if output is None else Appended(output, journal, exporter.head)
    print_whatever_comes()
    if appended is None:
        print(exporter.head, end="", flush=True)
    print(f"watching {folder}; Ctrl-C stops it", file=sys.stderr, flush=True)
    files = numbers = 0
    with _stopped_by_signals():
        for path, stamp in whole_files(
            folder, is_document, journal, waiting_for_news(folder)
        ):
            if output is not None and path.absolute() == output.absolute():
                continue
            try:
                reading = read(str(path))
            except Exception as error:  # noqa: BLE001 - the others are still read
                say_failure(str(path), error)
                continue
            rows = exporter.one(shown(str(path)), reading, False)
            with _undisturbed():
                if appended is None:
                    print(rows, end="", flush=True)
                else:
                    appended.add(rows)
                journal.note(path.name, stamp, output)
                files += 1
                numbers += len(reading.lines)
    print(
        f"{counted(numbers, 'number')} from {counted(files, 'file')}", file=sys.stderr
    )


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Stop on Ctrl-C, or on the SIGTERM of a service manager."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Delay signals until a file's rows and the record of them are both written."""
    came: list[int] = []
    handlers = {
        number: signal.signal(number, lambda found, _: came.append(found))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt
