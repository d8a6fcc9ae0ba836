"""The service over HTTP; the page is in test_page.py."""

from collections.abc import Iterator

import jsonschema
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from inkdigits import Reader
from inkdigits.formats.json import SCHEMA
from inkdigits.reading.input.limits import Limits
from inkdigits.synthesis import drawn
from inkdigits.web.app import create_app

PNG = {"content-type": "image/png"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Reader(limits=Limits(max_bytes=200_000)))) as client:
        yield client


def png(digit: int) -> bytes:
    return drawn.as_file(drawn.draw_digit(digit), "PNG")


def test_a_body_is_a_picture(client: TestClient) -> None:
    rows = client.post("/v1/predict", content=png(7), headers=PNG).json()
    assert (rows[0]["digit"], rows[0]["accepted"], len(rows[0]["probabilities"])) == (
        7,
        True,
        10,
    )


def test_a_form_holds_several(client: TestClient) -> None:
    files = [("files", (f"{digit}.png", png(digit), "image/png")) for digit in (3, 8)]
    rows = client.post("/v1/predict", files=files).json()
    assert [(row["image"], row["digit"]) for row in rows] == [
        ("3.png", 3),
        ("8.png", 8),
    ]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"no picture", 415, "is not a picture"),
        (b"", 415, "is empty"),
        (b"x" * 200_001, 413, "more than 200,000 bytes"),
    ],
)
def test_bad_requests_have_a_status_and_a_way_out(
    client: TestClient, body: bytes, status: int, said: str
) -> None:
    response = client.post("/v1/predict", content=body, headers=PNG)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert said in response.json()["detail"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("text", "34"), ("csv", "picture,1,1,34,34,34,"), ("hocr", 'class="ocr_line"')],
)
def test_numbers_are_read_in_each_format(
    client: TestClient, kind: str, said: str
) -> None:
    page = drawn.as_file(drawn.draw_numbers(["34", "25"]), "PNG")
    row = client.post("/v1/read", content=page, headers=PNG).json()[0]
    assert row["pages"][0]["text"] == "34\n25"
    response = client.post(f"/v1/read?format={kind}", content=page, headers=PNG)
    assert response.status_code == 200
    assert said in response.text


def test_a_digit_has_its_place(client: TestClient) -> None:
    (row,) = client.post("/v1/predict", content=png(7), headers=PNG).json()
    left, top, right, bottom = row["box"]
    assert 0 <= left < right <= 200
    assert 0 <= top < bottom <= 200
    blank = drawn.as_file(Image.new("L", (60, 60), 255), "PNG")
    assert (
        client.post("/v1/predict", content=blank, headers=PNG).json()[0]["box"] is None
    )


def test_what_is_known_of_the_numbers_is_used(client: TestClient) -> None:
    page = drawn.as_file(drawn.draw_numbers(["34625", "903", "78"]), "PNG")
    address = r"/v1/read?expect=\d{5}&expect=\d{3}&decimal=,&dayfirst=true&format=text"
    lines = (
        client.post(address, content=page, headers=PNG)
        .text.replace(" ?", "")
        .splitlines()
    )
    assert {"34625", "903"} <= set(lines)
    assert {len(line) for line in lines} <= {3, 5}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("decimal=;", "decimal"),
        ("dayfirst=perhaps", "dayfirst"),
        ("expect=[a]", "expect is '[a]'"),
    ],
)
def test_what_cannot_be_known_of_numbers_is_said(
    client: TestClient, query: str, said: str
) -> None:
    response = client.post(f"/v1/read?{query}", content=png(7), headers=PNG)
    assert response.status_code == 422
    assert said in response.json()["detail"]


def test_a_reading_has_values_as_text_can_hold_them(client: TestClient) -> None:
    """Whatever is read, the answer follows the schema that the documents show."""
    page = drawn.as_file(drawn.draw_numbers(["34625", "34-25"]), "PNG")
    for row in client.post("/v1/read", content=page, headers=PNG).json():
        jsonschema.validate(row, SCHEMA)


def test_bad_requests_to_read_have_a_status_too(client: TestClient) -> None:
    assert (
        client.post("/v1/read?format=xml", content=png(7), headers=PNG).status_code
        == 422
    )
    assert (
        client.post("/v1/read", content=b"no picture", headers=PNG).status_code == 415
    )


def test_the_page_asks_no_other_host(client: TestClient) -> None:
    response = client.get("/")
    assert "default-src 'self'" in response.headers["content-security-policy"]
    for path in ("/", "/page.js", "/page.css", "/icon.svg"):
        text = client.get(path).text
        assert "https://" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_model_and_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/v1/model").json()["model"] == "digits.onnx"
    assert "/v1/predict" in client.get("/openapi.json").json()["paths"]
