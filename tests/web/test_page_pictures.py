"""/v1/page: pages of documents as pictures that a browser shows."""

import io
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from inkdigits import Reader
from inkdigits.synthesis import drawn
from inkdigits.web.app import create_app
from inkdigits.web.page_pictures import Look, page_picture
from pdf_files import pdf


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Reader())) as client:
        yield client


def shown(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.mode) == ("JPEG", "L")
    return picture


def tiff() -> bytes:
    out = io.BytesIO()
    drawn.draw_numbers(["123"]).save(
        out, "TIFF", save_all=True, append_images=[drawn.draw_numbers(["4567", "8"])]
    )
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG2000", "HEIF", "PDF", "TIFF"])
def test_each_kind_is_shown_and_reads_as_the_file_does(
    client: TestClient, kind: str
) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    out = io.BytesIO()
    drawn.draw_numbers(["123"]).save(out, kind)
    response = client.post("/v1/page", content=out.getvalue())
    assert response.headers["content-type"] == "image/jpeg"
    picture = shown(response.content)
    (reading,) = client.post("/v1/read", content=out.getvalue()).json()
    page = reading["pages"][0]
    assert picture.width / picture.height == pytest.approx(
        page["width"] / page["height"], rel=0.02
    )
    assert Reader().read(response.content).text == page["text"] == "123"


def test_a_page_is_chosen_by_its_number(client: TestClient) -> None:
    sizes = [
        shown(client.post(f"/v1/page?number={number}", content=tiff()).content).size
        for number in (1, 2)
    ]
    assert sizes == [
        drawn.draw_numbers(["123"]).size,
        drawn.draw_numbers(["4567", "8"]).size,
    ]
    problem = client.post("/v1/page?number=3", content=tiff())
    assert (problem.status_code, problem.headers["content-type"]) == (
        422,
        "application/problem+json",
    )
    assert client.post("/v1/page?number=0", content=tiff()).status_code == 422
    assert client.post("/v1/page", content=b"no picture").status_code == 415


def test_a_large_page_is_shown_smaller() -> None:
    limits = Reader().limits
    assert (
        max(shown(page_picture(pdf(), 1, limits, Look(longest_px=300, dpi=200))).size)
        == 300
    )
