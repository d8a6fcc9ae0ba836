"""Documents on the page that has no service: their real pages are drawn in the browser, and read."""

import base64
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, features
from playwright.sync_api import Browser, Page

from inkdigits import Reader
from inkdigits.synthesis import drawn
from inkdigits.web.decoders import PACKAGES
from pages import answer, opened, shot, turn_to_4567, until
from pdf_files import pdf

pytestmark = pytest.mark.slow

# Each page of a document as the page draws it, as PNG files.
DRAWN = """async ([name, data]) => {
  const { opened } = await import("./documents/opened.js");
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const document = await opened(new File([bytes], name));
  const pages = [];
  for (let number = 1; number <= document.count; number += 1) {
    const content = new Uint8Array(await (await document.page(number)).arrayBuffer());
    pages.push(btoa(content.reduce((text, byte) => text + String.fromCharCode(byte), "")));
  }
  return pages;
}"""
SAYS = """async ([name, data]) => {
  const { read } = await import("./documents/reader.js");
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  return read(new File([bytes], name)).then(() => "", (error) => error.message);
}"""
# Shades by which two decoders of the same JPEG or HEIC may differ.
CLOSE = 3


@pytest.fixture(scope="module")
def page(browser: Browser, static_url: str) -> Iterator[Page]:
    """One page for all: its networks are loaded once."""
    page = opened(browser, static_url)
    yield page
    page.context.close()


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def pages_of(page: Page, name: str, content: bytes) -> list[np.ndarray]:
    """The document's pages in grey, as the browser draws them."""
    given = [name, base64.b64encode(content).decode()]
    files = [base64.b64decode(text) for text in page.evaluate(DRAWN, given)]
    return [
        np.asarray(Image.open(io.BytesIO(file)).convert("L"), int) for file in files
    ]


def said(page: Page, name: str, content: bytes) -> str:
    message: str = page.evaluate(SAYS, [name, base64.b64encode(content).decode()])
    return message


def numbers(*lines: str) -> Image.Image:
    return drawn.draw_numbers(list(lines))


def two_pages(kind: str) -> bytes:
    return saved(numbers("123"), kind, save_all=True, append_images=[numbers("4567")])


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_the_real_pages_are_shown_with_their_marks(page: Page, kind: str) -> None:
    page.set_input_files(
        "#file", {"name": "scan", "mimeType": "", "buffer": two_pages(kind)}
    )
    assert answer(page) == "123"
    assert page.locator("#page-name").inner_text() == "page 1 of 2"
    turn_to_4567(page)
    shot(page, f"static-{kind.lower()}")


def heic() -> bytes:
    pytest.importorskip("pillow_heif").register_heif_opener()
    return saved(numbers("123").convert("RGB"), "HEIF", quality=90)


def jpeg_2000() -> bytes:
    return saved(numbers("123"), "JPEG2000")


def code_stream() -> bytes:
    return saved(numbers("123"), "JPEG2000", no_jp2=True)


@pytest.mark.parametrize("make", [heic, jpeg_2000, code_stream])
def test_pictures_that_browsers_do_not_open_are_shown(
    page: Page, make: Callable[[], bytes]
) -> None:
    content = make()
    (shown,) = pages_of(page, "scan", content)
    assert np.abs(shown - np.asarray(numbers("123"), int)).max() <= 3 * CLOSE
    page.set_input_files("#file", {"name": "scan", "mimeType": "", "buffer": content})
    assert answer(page) == "123"
    until(page, "document.querySelector('#picture image') !== null")


# How scanners and programs store pages: (mode, options of Pillow).
STORED: Sequence[tuple[str, dict[str, Any]]] = [
    ("1", {"compression": "group4"}),
    ("1", {"compression": "group3"}),
    ("L", {"compression": "tiff_lzw"}),
    ("L", {"compression": "tiff_adobe_deflate"}),
    ("L", {"compression": "jpeg"}),
    ("RGB", {"compression": "jpeg"}),
    ("RGB", {"compression": "tiff_lzw", "tiffinfo": {317: 2}}),
    ("P", {"compression": "packbits"}),
    *[("L", {"tiffinfo": {274: orientation}}) for orientation in range(1, 9)],
]


def test_tiff_pages_are_those_that_pillow_opens(page: Page) -> None:
    assert features.check("libtiff")
    for mode, options in STORED:
        content = saved(numbers("305", "71").convert(mode), "TIFF", **options)
        (shown,) = pages_of(page, "scan.tif", content)
        expected = np.asarray(Image.open(io.BytesIO(content)).convert("L"), int)
        assert shown.shape == expected.shape, (mode, options)
        assert np.abs(shown - expected).max() <= CLOSE, (mode, options)


def test_pdf_pages_have_the_pixels_that_the_command_line_reads(page: Page) -> None:
    (shown,) = pages_of(page, "seven.pdf", pdf())
    found = Reader().read(pdf()).pages[0]
    assert shown.shape == (found.height, found.width)
    assert shown.max() == 255
    assert shown.min() < 30


def test_what_cannot_be_opened_is_said_with_the_way_out(page: Page) -> None:
    assert "needs a password" in said(page, "secret.pdf", pdf(password="sesame"))
    assert "the PDF cannot be opened" in said(
        page, "broken.pdf", b"%PDF-1.7\n" + bytes(90)
    )
    assert "the limit is 200" in said(page, "long.pdf", pdf(pages=201))
    assert "the TIFF has no page" in said(page, "broken.tif", b"II*\0" + bytes(90))
    assert "BigTIFF" in said(page, "big.tif", b"II+\0" + bytes(90))
    assert "JPEG 2000 picture is damaged" in said(
        page, "broken.jp2", b"\xff\x4f\xff\x51"
    )
    heic_mark = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    assert "HEIC picture cannot be opened" in said(page, "broken.heic", heic_mark)


def test_decoders_come_when_a_document_does_and_stay_for_those_offline(
    browser: Browser, static_url: str
) -> None:
    page = opened(browser, static_url)
    until(
        page,
        "navigator.serviceWorker.ready.then((found) => found.active.state === 'activated')",
    )
    until(page, "navigator.serviceWorker.controller !== null")
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.set_input_files(
        "#file",
        {
            "name": "4.png",
            "mimeType": "image/png",
            "buffer": saved(numbers("42"), "PNG"),
        },
    )
    assert answer(page) == "42"
    assert not [url for url in asked if "/decoders/" in url]
    page.set_input_files(
        "#file", {"name": "scan.pdf", "mimeType": "", "buffer": two_pages("PDF")}
    )
    until(page, "document.getElementById('said').textContent === '123'")
    decoders = {
        url.split("/decoders/")[1].split("/")[0] for url in asked if "/decoders/" in url
    }
    assert decoders == {"pdfjs-dist"}
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    page.set_input_files(
        "#file", {"name": "scan.pdf", "mimeType": "", "buffer": two_pages("PDF")}
    )
    assert answer(page) == "123"
    assert all(url.startswith((static_url, "blob:", "data:")) for url in asked)
    page.context.close()


def test_each_package_brings_its_licence() -> None:
    licences = {
        package.name: [path for path in package.files if "LICENSE" in path]
        for package in PACKAGES
    }
    assert all(licences.values()), json.dumps(licences)
    assert Path(licences["pako"][0]).name == "LICENSE"
