"""Each kind of bad request has a status and a way out; keys, rates, origins and ids."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from inkdigits import Reader
from inkdigits.errors import BusyError, SettingError
from inkdigits.synthesis import drawn
from inkdigits.web.app import create_app
from inkdigits.web.settings import ServeSettings

PNG = {"content-type": "image/png"}
SETTINGS = ServeSettings(max_upload=100_000, max_pixels=100_000, log=False)


def client_of(reader: Reader, settings: ServeSettings = SETTINGS) -> TestClient:
    return TestClient(
        create_app(Reader(limits=settings.limits), settings),
        raise_server_exceptions=False,
    )


@pytest.fixture(scope="module")
def client(reader: Reader) -> Iterator[TestClient]:
    with client_of(reader) as client:
        yield client


def png(digit: int, size_px: int = 60) -> bytes:
    return drawn.as_file(drawn.draw_digit(digit, size_px=size_px), "PNG")


def check(response: httpx2.Response, status: int, said: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert said in problem["detail"]
    assert problem["status"] == status
    assert problem["request_id"] == response.headers["x-request-id"]


def test_too_many_pixels(client: TestClient) -> None:
    check(
        client.post("/v1/predict", content=png(7, 400), headers=PNG),
        413,
        "the limit is 100,000: scale it down",
    )
    assert (
        "Limits(" not in client.post("/v1/read", content=png(7, 400), headers=PNG).text
    )


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (b"--b\r\nno header at all\r\n\r\nx\r\n--b--\r\n", "form is broken"),
        (b"nothing like a form", "form is broken"),
        (b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nx', ""),
    ],
)
def test_broken_forms(client: TestClient, form: bytes, said: str) -> None:
    response = client.post(
        "/v1/read",
        content=form,
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    check(response, response.status_code, said)
    assert response.status_code in (400, 422)


def test_a_form_without_a_boundary_or_a_file(client: TestClient) -> None:
    check(
        client.post(
            "/v1/read", content=b"x", headers={"content-type": "multipart/form-data"}
        ),
        400,
        "boundary",
    )
    check(
        client.post("/v1/predict", files={"note": (None, "no file")}),
        422,
        "contains no file",
    )


def test_settings_of_reading_that_cannot_be_used(client: TestClient) -> None:
    for query, said in (("format=xml", "choose text, json"), ("pages=x", "pages is"), ("dpi=5", "dpi"), ("dpi=no", "dpi"),
                        ("expect=(", "expect")):  # fmt: skip
        check(client.post(f"/v1/read?{query}", content=png(7), headers=PNG), 422, said)


def test_addresses_and_methods_that_are_not_there(client: TestClient) -> None:
    check(client.get("/v1/nothing"), 404, "see /docs")
    response = client.post("/v1/model")
    check(response, 405, "Allow")
    assert response.headers["allow"] == "GET"
    check(client.get("/../../etc/passwd"), 404, "")
    check(client.get("/%00"), 404, "")


def test_an_api_key_is_asked_for(reader: Reader) -> None:
    with client_of(reader, replace(SETTINGS, api_key="sésame")) as client:
        check(client.post("/v1/predict", content=png(7)), 401, "an API key is needed")
        check(
            client.post("/v1/predict", content=png(7), headers={"x-api-key": "wrong"}),
            401,
            "the API key is wrong",
        )
        check(client.get("/metrics"), 401, "needed")
        assert (
            client.get("/v1/model", headers={"x-api-key": "wrong"}).headers[
                "www-authenticate"
            ]
            == "Bearer"
        )
        key = "sésame".encode()
        for headers in ({b"x-api-key": key}, {b"authorization": b"Bearer " + key}):
            assert (
                client.post("/v1/predict", content=png(7), headers=headers).status_code
                == 200
            )
        assert client.get("/").status_code == client.get("/healthz").status_code == 200


def test_one_client_may_not_ask_too_often(reader: Reader) -> None:
    with client_of(reader, replace(SETTINGS, rate=1)) as client:
        first = refused = client.post("/v1/predict", content=png(7))
        while (
            refused.status_code == 200
        ):  # quicker than once a second, however busy the machine
            refused = client.get("/v1/model")
        check(refused, 429, "wait as many seconds")
        assert int(refused.headers["retry-after"]) >= 1
        assert first.status_code == client.get("/healthz").status_code == 200


def test_other_origins_only_where_named(reader: Reader, client: TestClient) -> None:
    ask = {"origin": "https://forms.example", "access-control-request-method": "POST"}
    assert (
        "access-control-allow-origin"
        not in client.get("/v1/model", headers=ask).headers
    )
    with client_of(
        reader, replace(SETTINGS, cors=("https://forms.example",), api_key="k")
    ) as named:
        assert (
            named.options("/v1/predict", headers=ask).headers[
                "access-control-allow-origin"
            ]
            == "https://forms.example"
        )
        assert (
            named.post("/v1/predict", headers=ask).headers[
                "access-control-allow-origin"
            ]
            == "https://forms.example"
        )
        other = named.get("/v1/model", headers={"origin": "https://other.example"})
        assert "access-control-allow-origin" not in other.headers


def test_request_ids_are_kept_where_harmless(client: TestClient) -> None:
    assert (
        client.get("/healthz", headers={"x-request-id": "trace-7.b"}).headers[
            "x-request-id"
        ]
        == "trace-7.b"
    )
    assert (
        client.get("/healthz", headers={"x-request-id": "a b<script>"}).headers[
            "x-request-id"
        ]
        != "a b<script>"
    )


def test_a_fault_of_our_own_is_told_without_its_insides(reader: Reader) -> None:
    app = create_app(reader, SETTINGS)
    app.state.service.describe = lambda: 1 // 0
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/v1/model")
        check(response, 500, "request_id")
        assert "ZeroDivision" not in response.text


def test_a_correction_with_no_store_is_refused(client: TestClient) -> None:
    response = client.post(
        "/v1/corrections", files={"file": ("7.png", png(7)), "digit": (None, "7")}
    )
    check(response, 503, "stores no corrections")


@pytest.mark.parametrize(
    "wrong",
    [
        {"workers": 0},
        {"queue": -1},
        {"rate": -1},
        {"api_key": " "},
        {"cors": ("example.org",)},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingError, match="give"):
        replace(SETTINGS, **wrong)  # type: ignore[arg-type]


def test_explain_shows_what_the_net_sees_and_why(client: TestClient) -> None:
    found = client.post("/v1/explain", content=png(8), headers=PNG).json()
    assert found["digit"] == 8
    assert (
        [len(row) for row in found["framed"]]
        == [len(row) for row in found["saliency"]]
        == [28] * 28
    )
    assert max(map(max, found["framed"])) == 255
    assert max(map(max, found["saliency"])) == 1
    check(client.post("/v1/explain", content=b"no", headers=PNG), 415, "not a picture")


def test_what_others_use_may_be_had_later(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_taken(*_: Any) -> Any:
        raise BusyError(
            "seven.pdf was not rendered, because other documents took all the time: try again later"
        )

    monkeypatch.setattr(Reader, "read_pages", all_taken)
    response = client.post("/v1/read", content=png(7), headers=PNG)
    check(response, 503, "try again later")
    assert response.headers["retry-after"] == "1"


def test_metrics_count(client: TestClient) -> None:
    client.post("/v1/predict", content=png(7), headers=PNG)
    text = client.get("/metrics").text
    assert 'inkdigits_requests_total{path="/v1/predict",status="200"}' in text
    assert "inkdigits_batch_size_count" in text


def test_docs_are_one_page_with_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "/v1/corrections" in page.text
    assert "https://" not in page.text
    assert "<script" not in page.text


def test_a_form_has_so_many_files_and_fields(client: TestClient) -> None:
    many = [("files", ("7.png", png(7))) for _ in range(65)]
    check(client.post("/v1/predict", files=many), 400, "form is broken")
    assert len(client.post("/v1/predict", files=many[:64]).json()) == 64
    fields = [(f"f{number}", (None, "x")) for number in range(17)]
    check(client.post("/v1/predict", files=[*many[:1], *fields]), 400, "form is broken")


def test_patterns_are_so_many_and_so_long(client: TestClient) -> None:
    for patterns, said in (
        (["1" * 201], "expect"),
        (["1"] * 21, "expect"),
        ([r"\d{²}"], "expect"),
        ([r"\d{5}", "("], "expect"),
    ):
        check(
            client.post(
                "/v1/read", params={"expect": patterns}, content=png(7), headers=PNG
            ),
            422,
            said,
        )
    assert (
        client.post(
            "/v1/read", params={"expect": [r"\d", "date"]}, content=png(7), headers=PNG
        ).status_code
        == 200
    )


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/read", "/v1/explain"])
def test_every_answer_has_a_time_limit(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    settings = replace(SETTINGS, timeout_s=0.3)
    with client_of(Reader(), settings) as client:
        service = client.app.state.service  # type: ignore[attr-defined]
        over = threading.Event()
        slow = Reader(limits=settings.limits)
        frame = slow.glyph

        def wait(*_: Any, **__: Any) -> Any:
            over.wait(60)
            return frame(png(7))

        monkeypatch.setattr(
            service.batcher, "_answer", lambda pictures: [wait() for _ in pictures]
        )
        monkeypatch.setattr(service.reader, "read_pages", wait)
        monkeypatch.setattr(service.reader, "glyph", wait)
        check(
            client.post(path, content=png(7), headers=PNG), 503, "took more than 0.3 s"
        )
        over.set()
