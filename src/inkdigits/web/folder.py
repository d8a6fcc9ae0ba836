"""The page as a folder for any static host.

It reads in the browser, and works offline once it has been opened.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from inkdigits.errors import SettingError
from inkdigits.files import write_whole
from inkdigits.reading.classifier import BUNDLED as BUNDLED_DIGITS
from inkdigits.reading.classifier import Classifier, resolve_model
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers.row_network import RowNetworks
from inkdigits.web.browser_settings import browser_settings, document_settings
from inkdigits.web.decoders import decoder_files
from inkdigits.web.engine import FILES, NOTICE, engine_folder

STATIC = Path(__file__).parent / "static"
_READER = 'export * from "./documents/reader.js";\n'
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: "
    "data:; media-src 'self' blob: mediastream:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'"
)
_HEAD = '<meta charset="utf-8">'


def write_folder(
    model: str | Path | None, folder: Path, engine: Path | None = None
) -> Path:
    """Write the page, the engine, the decoders and the networks to `folder`.

    Returns the folder.

    A model of None is the bundled one. `engine` is a folder with npm packages for a machine that
    has no npm.
    """

    def make() -> dict[str, bytes]:
        """Gathered before anything is written: a download may fail."""
        engine_files = engine_folder(engine)
        decoders = decoder_files(engine)
        return page_files(model, engine_files, decoders)

    return write_site(folder, "model/model.json", make)


def write_site(folder: Path, own: str, make: Callable[[], dict[str, bytes]]) -> Path:
    """Write what `make` returns to a folder that is new, empty or our own.

    A folder of our own contains the file `own`.
    """
    if folder.exists() and not folder.is_dir():
        raise SettingError(f"{folder} is a file: name a folder to write the page to")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / own).exists():
        way = "name an empty folder, or one that was written before"
        raise SettingError(f"{folder} has other files in it: {way}")
    contents = make()
    try:
        for path, content in contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            write_whole(folder / path, content)
    except OSError as error:
        raise SettingError(
            f"{folder} cannot be written ({error.strerror or error}): name another folder"
        ) from None
    return folder


def page_files(
    model: str | Path | None,
    engine: Path,
    decoders: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Every file of the page by its path."""
    classifier = Classifier(resolve_model(model))
    marks = MarksNetwork()
    glyphs = GlyphNetwork()
    rows = RowNetworks.bundled()
    files = {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in sorted(STATIC.rglob("*"))
        if path.is_file()
    }
    files["index.html"] = with_policy(files["index.html"])
    files["reader.js"] = _READER.encode()
    files["documents/settings.js"] = document_settings().encode()
    files |= {f"engine/{name}": (engine / name).read_bytes() for name in FILES} | {
        "engine/NOTICE.txt": NOTICE.encode()
    }
    networks = {
        "digits": classifier.path,
        "marks": marks.path,
        "glyphs": glyphs.path,
        "rows": rows.quick.path,
        "rows_closer": rows.closer.path,
    }
    files |= decoders
    files |= {
        f"model/{name}.onnx": path.read_bytes() for name, path in networks.items()
    }
    settings = browser_settings(
        classifier,
        marks,
        glyphs,
        rows,
        has_own_digits=classifier.path != BUNDLED_DIGITS,
    )
    files["model/model.json"] = json.dumps(settings).encode()
    files["sw.js"] = _worker(files)
    return files


def with_policy(page: bytes) -> bytes:
    """An HTML page with a content security policy of its own.

    It is for hosts that send no such header.
    """
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    # First in the head: it holds for what comes after it.
    head = f"{_HEAD}\n  {policy}"
    return page.replace(_HEAD.encode(), head.encode())


def _worker(files: dict[str, bytes]) -> bytes:
    """The service worker, with the files it keeps and a name that changes with them."""
    sha256 = hashlib.sha256()
    for path, content in sorted(files.items()):
        sha256.update(path.encode() + content)
    # A browser takes the new files when it sees another name.
    version = json.dumps(f"inkdigits-{sha256.hexdigest()[:12]}")
    kept_at_once = [path for path in files if _is_kept_at_once(path)]
    listed = json.dumps(["./", *kept_at_once])
    head = f"const VERSION = {version};\nconst FILES = {listed};\n\n"
    return head.encode() + files["sw.js"]


def _is_kept_at_once(path: str) -> bool:
    """Whether a browser caches the file on its first visit.

    Decoders are cached only when they are needed.
    """
    return path not in ("sw.js", "engine/NOTICE.txt") and not path.startswith(
        "decoders/"
    )
