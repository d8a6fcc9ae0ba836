"""The corrections as a folder with a folder per digit, as `train` and `evaluate` take it."""

from pathlib import Path

from inkdigits.errors import DataError
from inkdigits.files import write_whole
from inkdigits.store.store import Store

NOT_A_DIGIT = "none"


def export_corrections(store: Store, folder: Path) -> dict[str, int]:
    """Writes FOLDER/7/<digest>.png and so on; non-digits are in FOLDER/none.

    Returns how many there are of each. A picture corrected twice lies where the newer correction
    puts it, also when it was exported before.
    """
    counts: dict[str, int] = {}
    try:
        for correction, content, suffix in store.corrections():
            name = NOT_A_DIGIT if correction.digit is None else str(correction.digit)
            for old in folder.glob(f"*/{correction.picture}{suffix}"):
                if old.parent.name != name:
                    old.unlink()
            (folder / name).mkdir(parents=True, exist_ok=True)
            write_whole(folder / name / f"{correction.picture}{suffix}", content)
            counts[name] = counts.get(name, 0) + 1
    except OSError as error:
        reason = f"{folder} cannot be written ({error.strerror or error})"
        raise DataError(f"{reason}: name another folder") from None
    if not counts:
        way = "correct a digit on the page, or POST /v1/corrections"
        raise DataError(f"there are no corrections yet: {way}")
    return dict(sorted(counts.items()))
