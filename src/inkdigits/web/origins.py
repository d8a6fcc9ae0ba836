"""Which web pages may make a browser call this service.

A page of any website can make its visitors' browsers send requests to a service on their own
machine. Two things reveal such a request: the browser says which site sent it, and which host name
it used for the service.
"""

import ipaddress
from urllib.parse import urlsplit

from inkdigits.web.bodies import HeaderList, header
from inkdigits.web.problems import ProblemError

_READS = ("GET", "HEAD", "OPTIONS")


def check_host(headers: HeaderList, allowed: tuple[str, ...]) -> None:
    """Raise a 421 if the host name of the request is not accepted.

    A website may let its own name point to this machine (DNS rebinding); the browser then treats
    the service as a part of that website. Addresses and names without a dot cannot be used in
    this way.
    """
    if not allowed or "*" in allowed:
        return
    host = host_of(header(headers, b"host").decode("latin-1"))
    if "." not in host or host.endswith(".localhost") or _is_address(host):
        return
    for name in allowed:
        if host == name or (name.startswith(".") and host.endswith(name)):
            return
    shown = ascii(host[:60])
    raise ProblemError(
        421,
        f"the name {shown} is not one of this service's: allow it with --allowed-host",
    )


def check_origin(method: str, headers: HeaderList, origins: tuple[str, ...]) -> None:
    """Raise a 403 for requests other than GET from sites that are not allowed."""
    if method in _READS:
        return
    origin = header(headers, b"origin").decode("latin-1")
    if origin in origins or "*" in origins:
        return
    # Browsers say this over https and on this machine; pages cannot change it.
    site = header(headers, b"sec-fetch-site")
    if site in (b"same-origin", b"none"):
        return
    host = header(headers, b"host").decode("latin-1")
    if not site and (not origin or urlsplit(origin).netloc == host):
        return
    shown = ascii(origin[:60]) if origin else "another site"
    raise ProblemError(
        403, f"a page of {shown} may not call this service: allow it with --cors"
    )


def host_of(value: str) -> str:
    """The name in a Host header, without the port."""
    # An IPv6 address contains colons and is in brackets.
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.partition(":")[0].rstrip(".").lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
