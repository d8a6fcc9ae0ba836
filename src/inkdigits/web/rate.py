"""The rate limit: requests per second and client."""

import time
from collections import OrderedDict

from inkdigits.web.problems import ProblemError

_BURST_S = 2.0
# Clients that are remembered; the one that was quiet longest makes room.
_MOST_CLIENTS = 10_000


class RateLimit:
    """A token bucket per client address.

    `rate` tokens are added per second, and at most two seconds' worth is saved.
    """

    def __init__(self, rate: float) -> None:
        """Allow `rate` requests per second for each client."""
        self._rate = rate
        # A client that was silent may send several at once.
        self._burst = max(1.0, rate * _BURST_S)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, client: str) -> None:
        """Raise a 429 if the client sends too many requests."""
        now = time.monotonic()
        tokens, then = self._buckets.pop(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        allowed = tokens >= 1
        self._buckets[client] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        if not allowed:
            raise ProblemError(
                429,
                f"more than {self._rate:g} requests per second from you: "
                "wait as many seconds as Retry-After says",
            )
