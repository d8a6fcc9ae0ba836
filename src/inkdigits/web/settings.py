"""The settings of a service: one frozen dataclass, passed to each worker."""

import re
from dataclasses import dataclass, field

from inkdigits.errors import SettingError
from inkdigits.reading.input.limits import MIB, Limits
from inkdigits.web.memory_plan import MemoryPlan, plan_of

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """A review that a service offers.

    `results` is what `form read` wrote; `double` asks two people about each field; `reviewer` is
    the name that the page begins with.
    """

    results: str
    double: bool = False
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How a service runs.

    Times are in seconds; `queue`, `connections` and `memory` (bytes) count for each worker. Without
    a number, the memory is 1 GiB, or more if the other limits need it.
    `rate` is the number of requests per second and client; 0 for no limit.
    """

    host: str = "127.0.0.1"
    # The usual port of development servers, free on most machines.
    port: int = 8000
    model: str | None = None
    workers: int = 1
    memory: int | None = None
    # Bytes of one request, pixels of one picture or page, seconds for one request.
    max_upload: int = 32 * MIB
    max_pixels: int = 40_000_000
    timeout_s: float = 30.0
    # Pictures that wait, and connections that are held.
    queue: int = 128
    connections: int = 1000
    rate: float = 0.0
    api_key: str | None = field(default=None, repr=False)
    cors: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    metrics_port: int | None = None
    database_url: str | None = field(default=None, repr=False)
    keep: bool = False
    log: bool = True
    review: ReviewSettings | None = None
    template: str | None = None  # a form's template to be edited

    def __post_init__(self) -> None:
        for name in (
            "workers",
            "max_upload",
            "max_pixels",
            "timeout_s",
            "queue",
            "connections",
        ):
            if getattr(self, name) <= 0:
                raise SettingError(f"{name} is {getattr(self, name)}: give more than 0")
        if self.rate < 0:
            raise SettingError(
                f"rate is {self.rate}: give requests per second, or 0 for no limit"
            )
        if self.api_key is not None and not self.api_key.strip():
            raise SettingError(
                "the API key is empty: give one, or leave the option out"
            )
        for origin in self.cors:
            if origin != "*" and not origin.startswith(("http://", "https://")):
                way = "give it as https://example.org"
                raise SettingError(f"the origin {origin} has no scheme: {way}")
        for name in self.allowed_hosts:
            if name != "*" and not re.fullmatch(
                r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name
            ):
                way = "give it as example.org, or .example.org for all its subdomains"
                raise SettingError(f"the host {name} is not a host name: {way}")
        _ = self.memory_plan  # raises an error if the memory does not suffice
        if self.metrics_port is not None and self.metrics_port == self.port:
            raise SettingError(
                f"the metrics port is {self.port}, which is the port of the service: give another"
            )

    @property
    def hosts(self) -> tuple[str, ...]:
        """The accepted host names; if none are given, any name.

        A service for this machine alone refuses public host names.
        """
        named = tuple(name.lower() for name in self.allowed_hosts)
        if named or self.host not in _LOOPBACK:
            return named
        return ("localhost",)

    @property
    def limits(self) -> Limits:
        """The limits for the reader: with them a worker stays within its memory."""
        return Limits(
            max_bytes=self.max_upload,
            max_pixels=self.max_pixels,
            max_decoding_memory=512 * MIB,
            max_seconds=self.timeout_s,
            max_pdf_memory=256 * MIB,
        )

    @property
    def memory_plan(self) -> MemoryPlan:
        """How much of the memory each part may take."""
        return plan_of(self.memory, self.max_upload, self.limits)
