"""Remote pictures: https:// by our own code, within limits; s3:// and others by fsspec.

A web address may come from a stranger, and its server may send anything. So addresses
of this machine and of private networks are refused, also after each redirect: the name is resolved
once, and the connection goes to the address that was checked. The total bytes and seconds are
limited.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from inkdigits.errors import (
    InkdigitsError,
    MissingExtraError,
    NotAPictureError,
    PictureTooLargeError,
    SettingError,
)
from inkdigits.reading.input.limits import MIB, Limits
from inkdigits.reading.input.url import is_web

# The default ports.
_PORTS = {"http": 80, "https": 443}
# The statuses that redirect (RFC 9110, 15.4).
_REDIRECTS = (301, 302, 303, 307, 308)
# Browsers follow twenty; the address of a picture rarely has more than two.
_MOST_REDIRECTS = 5
_PIECE_BYTES = MIB
# Extras for parts of fsspec, by their scheme.
_EXTRAS = {"s3": "s3", "s3a": "s3"}
# An IPv6 address with an IPv4 address in its last four bytes, which a gateway translates.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def fetch(url: str, limits: Limits) -> bytes:
    """What lies there, of at most `max_bytes`."""
    if is_web(url):
        return _fetch_web(url, limits)
    return _fetch_stored(url, limits)


def filesystem(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it.

    Credentials and addresses come from environment variables of its own.
    """
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError(f"{url} (a remote file)", "batch") from None
    scheme = url.partition("://")[0]
    try:
        system_and_path: tuple[Any, str] = fsspec.core.url_to_fs(url)
    except ImportError as error:
        if scheme in _EXTRAS:
            raise MissingExtraError(f"{scheme}://", _EXTRAS[scheme]) from None
        way = f"needs a part of fsspec that is not installed ({error})"
        raise SettingError(f"{scheme}:// {way}") from None
    except ValueError as error:
        way = "give s3://, gs:// or a path on this machine"
        raise SettingError(f"{url} cannot be opened ({error}): {way}") from None
    return system_and_path


def _fetch_stored(url: str, limits: Limits) -> bytes:
    system, path = filesystem(url)
    try:
        facts = system.info(path)
        if facts.get("type") != "file":
            raise NotAPictureError(
                f"{url} is not a file: name the files in it, as in {url.rstrip('/')}/*.png"
            )
        size = int(facts.get("size") or 0)
        if size > limits.max_bytes:
            raise _too_many_bytes(url, limits)
        content: bytes = system.cat_file(path)
    except InkdigitsError:
        raise
    except FileNotFoundError:
        raise NotAPictureError(f"{url} does not exist: check the name") from None
    except Exception as error:  # noqa: BLE001 - each store has errors of its own
        raise NotAPictureError(
            f"{url} cannot be read ({_first_line(error)}): check the name and the permissions"
        ) from None
    return content


@dataclass(frozen=True, slots=True)
class _Place:
    """A checked server: its host name and its address."""

    url: SplitResult
    host: str
    port: int
    addresses: tuple[str, ...]


def _fetch_web(url: str, limits: Limits) -> bytes:
    """Fetch a web address, following a few redirects at most."""
    deadline = time.monotonic() + limits.max_download_seconds
    address = url
    for _ in range(_MOST_REDIRECTS + 1):
        # Check each address: a public one may redirect to a private one.
        place = _checked(address, limits)
        with _answer(place, url, deadline, limits) as answer:
            if answer.status not in _REDIRECTS:
                return _content(answer, url, deadline, limits)
            location = answer.headers.get("Location")
            address = _redirected(address, location, url)
    raise NotAPictureError(f"{url} redirects too many times: check the address")


def _checked(url: str, limits: Limits) -> _Place:
    """The server of a URL, if pictures may be fetched from it."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme.lower()]
        host = (parts.hostname or "").encode("idna").decode()
    except (KeyError, ValueError, UnicodeError):
        raise NotAPictureError(
            f"{url} is not a web address: give one such as https://example.com/seven.png"
        ) from None
    if not host:
        raise NotAPictureError(
            f"{url} does not name a server: give an address such as https://example.com/seven.png"
        )
    if parts.username is not None or parts.password is not None:
        raise NotAPictureError(
            f"the address at {host} has a name or password in it: "
            "download the picture and give the file"
        )
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotAPictureError(
            f"{url} cannot be reached ({error.strerror or error}): check the address"
        ) from None
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))
    if not limits.allow_private_addresses:
        for address in addresses:
            if not _is_public(ipaddress.ip_address(address.partition("%")[0])):
                reason = f"{url} is on this machine or in a private network ({address})"
                raise NotAPictureError(
                    f"{reason}: allow that with Limits(allow_private_addresses=True) or "
                    "--allow-private"
                )
    return _Place(parts, host, port, addresses)


def _is_public(address: _Address) -> bool:
    """Whether an address is public, and does not stand for a private one."""
    if isinstance(address, ipaddress.IPv6Address):
        # Several kinds of IPv6 addresses only lead to an IPv4 address.
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            last_32_bits = int(address) & 0xFFFFFFFF
            inner = ipaddress.IPv4Address(last_32_bits)
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was checked, even if the name has changed since."""

    def __init__(self, place: _Place, timeout_s: float) -> None:
        super().__init__(place.host, place.port, timeout=timeout_s)
        self._place = place
        # http.client forgets its own socket as soon as an answer begins that ends with the
        # connection.
        self.opened: socket.socket | None = None

    def connect(self) -> None:
        """Connect to an address that was checked, and to no other."""
        self.sock = self._first_that_answers()
        # Known at once, so that a handshake that hangs can be cut off too.
        self.opened = self.sock
        if self._place.url.scheme.lower() == "https":
            context = ssl.create_default_context()
            # The certificate must be the host's, whatever the address.
            host = self._place.host
            self.sock = context.wrap_socket(self.sock, server_hostname=host)
            self.opened = self.sock

    def _first_that_answers(self) -> socket.socket:
        *others, last = self._place.addresses
        for address in others:
            try:
                return socket.create_connection(
                    (address, self._place.port), self.timeout
                )
            except OSError:
                continue
        return socket.create_connection((last, self._place.port), self.timeout)


@contextmanager
def _answer(
    place: _Place, url: str, deadline: float, limits: Limits
) -> Iterator[http.client.HTTPResponse]:
    """The headers of a server's answer; its body follows.

    A server may send a byte now and then forever: when the time is up, the socket is closed.
    """
    left_s = max(0.01, deadline - time.monotonic())
    connection = _Connection(place, left_s)
    watchdog = threading.Timer(left_s, _shut, [connection])
    watchdog.daemon = True
    watchdog.start()
    target = quote(place.url.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = (
        f"?{quote(place.url.query, safe='/%:@!$&()*+,;=~-._?')}"
        if place.url.query
        else ""
    )
    try:
        connection.request(
            "GET",
            target + query,
            headers={"User-Agent": "inkdigits", "Accept-Encoding": "identity"},
        )
        yield connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= deadline or isinstance(error, TimeoutError):
            raise _too_slow(url, limits) from None
        raise NotAPictureError(
            f"{url} cannot be reached ({_first_line(error)}): check the address"
        ) from None
    finally:
        watchdog.cancel()
        connection.close()


def _shut(connection: _Connection) -> None:
    """End what is being waited for; a socket that is closed already needs no more."""
    if connection.opened is not None:
        with suppress(OSError):
            connection.opened.shutdown(socket.SHUT_RDWR)


def _redirected(asked: str, location: str | None, url: str) -> str:
    """The address that an answer leads to, if it may be followed."""
    target = urljoin(asked, location or "")
    if not location or not is_web(target):
        raise NotAPictureError(
            f"{url} does not redirect to a web address: check the address"
        )
    was_safe = asked.lower().startswith("https:")
    is_safe = target.lower().startswith("https:")
    if was_safe and not is_safe:
        raise NotAPictureError(
            f"{url} redirects from https to http, which is not secure: give an https address"
        )
    return target


def _content(
    answer: http.client.HTTPResponse, url: str, deadline: float, limits: Limits
) -> bytes:
    if answer.status != 200:
        raise NotAPictureError(
            f"{url} answered {answer.status} ({answer.reason}): check the address"
        )
    if int(answer.length or 0) > limits.max_bytes:
        raise _too_many_bytes(url, limits)
    expected = answer.length
    pieces: list[bytes] = []
    left = limits.max_bytes + 1
    while left > 0 and (piece := answer.read1(min(left, _PIECE_BYTES))):
        pieces.append(piece)
        left -= len(piece)
    if left <= 0:
        raise _too_many_bytes(url, limits)
    content = b"".join(pieces)
    if time.monotonic() >= deadline:  # the socket was closed, which looks like the end
        raise _too_slow(url, limits)
    if expected is not None and len(content) < expected:
        raise NotAPictureError(
            f"{url} ended after {len(content):,} of {expected:,} bytes: try again"
        )
    return content


def _too_many_bytes(url: str, limits: Limits) -> PictureTooLargeError:
    way = "give a smaller file or raise Limits(max_bytes=…)"
    return PictureTooLargeError(
        f"{url} has more than {limits.max_bytes:,} bytes: {way}"
    )


def _too_slow(url: str, limits: Limits) -> PictureTooLargeError:
    reason = f"{url} took more than {limits.max_download_seconds:g} s to arrive"
    return PictureTooLargeError(
        f"{reason}: try again or raise Limits(max_download_seconds=…)"
    )


def _first_line(error: Exception) -> str:
    """The text of an error, short enough for a message."""
    text = getattr(error, "strerror", None) or error
    lines = str(text).strip().splitlines()
    # Some errors say nothing.
    if not lines:
        return type(error).__name__
    return lines[0][:160]
