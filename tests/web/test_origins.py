"""Which names the service answers to, and which pages may make a browser write."""

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inkdigits import Reader
from inkdigits.errors import SettingError
from inkdigits.synthesis import drawn
from inkdigits.web.app import create_app
from inkdigits.web.origins import check_host, check_origin
from inkdigits.web.problems import ProblemError
from inkdigits.web.settings import ServeSettings

SEVEN = drawn.as_file(drawn.draw_digit(7), "PNG")
PUBLIC = replace(ServeSettings(), host="0.0.0.0")  # noqa: S104


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8000",
        "127.0.0.1",
        "127.0.0.1:8000",
        "[::1]:8000",
        "10.0.0.7",
        "inkdigits",
        "read.localhost",
        "",
        "LOCALHOST",
    ],
)
def test_addresses_and_names_of_this_machine_are_its_own(host: str) -> None:
    check_host([(b"host", host.encode())], ServeSettings().hosts)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "a.b.",
    ],
)
def test_a_name_of_the_web_is_not(host: str) -> None:
    with pytest.raises(ProblemError, match="allow it with --allowed-host") as caught:
        check_host([(b"host", host.encode())], ServeSettings().hosts)
    assert caught.value.status == 421
    check_host([(b"host", host.encode())], PUBLIC.hosts)


def test_names_can_be_allowed() -> None:
    hosts = replace(PUBLIC, allowed_hosts=("read.example.org", ".example.net")).hosts
    for host in (
        b"read.example.org",
        b"Read.Example.org:443",
        b"a.example.net",
        b"192.0.2.1",
    ):
        check_host([(b"host", host)], hosts)
    for host in (b"example.org", b"xread.example.org", b"evil.example"):
        with pytest.raises(ProblemError):
            check_host([(b"host", host)], hosts)
    check_host([(b"host", b"any.example")], replace(PUBLIC, allowed_hosts=("*",)).hosts)
    with pytest.raises(SettingError, match="is not a host name"):
        ServeSettings(allowed_hosts=("https://example.org",))


ALLOWED: list[dict[str, str]] = [
    {},
    {"origin": "http://localhost:8000"},
    {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {
        "origin": "https://read.example.org",
        "sec-fetch-site": "same-origin",
    },  # a proxy says another host
    {"origin": "https://forms.example", "sec-fetch-site": "cross-site"},
]
REFUSED: list[dict[str, str]] = [
    {"origin": "https://evil.example"},
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "cross-site"},
    {"origin": "http://localhost:5173", "sec-fetch-site": "same-site"},
    {"origin": "null"},
    {"origin": "http://localhost:8000.evil.example"},
    {"origin": "https://localhost:8000@evil.example"},
]


def pairs(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode(), value.encode())
        for name, value in {"host": "localhost:8000", **headers}.items()
    ]


@pytest.mark.parametrize("headers", ALLOWED)
def test_programs_and_our_own_page_may_write(headers: dict[str, str]) -> None:
    check_origin("POST", pairs(headers), ("https://forms.example",))


@pytest.mark.parametrize("headers", REFUSED)
def test_a_page_of_another_site_may_not(headers: dict[str, str]) -> None:
    with pytest.raises(ProblemError, match="allow it with --cors") as caught:
        check_origin("POST", pairs(headers), ("https://forms.example",))
    assert caught.value.status == 403
    check_origin("GET", pairs(headers), ())
    check_origin("POST", pairs(headers), ("*",))


@pytest.mark.parametrize(
    "path", ["/v1/predict", "/v1/read", "/v1/corrections", "/v1/explain"]
)
def test_every_write_is_checked(reader: Reader, path: str) -> None:
    with TestClient(create_app(reader, ServeSettings(log=False))) as client:
        form: dict[str, Any] = {"file": ("7.png", SEVEN), "digit": (None, "7")}
        answer = client.post(
            path, files=form, headers={"origin": "https://evil.example"}
        )
        assert (answer.status_code, answer.headers["content-type"]) == (
            403,
            "application/problem+json",
        )
        assert (
            client.post(path, files=form, headers={"host": "evil.example"}).status_code
            == 421
        )
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421
        assert client.post(path, files=form).status_code in (
            200,
            503,
        )  # 503: there is no database
