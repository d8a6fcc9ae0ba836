"""Whether corrections can be stored; answered in time even if the database hangs."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

from inkdigits.errors import StoreError
from inkdigits.store import Store

_ANSWER_S = 0.7  # /readyz answers within a second


class Readiness:
    """Asks the database on one thread; concurrent callers share one query."""

    def __init__(self, store: Store | None) -> None:
        """Without a store, the service is always ready."""
        self._store = store
        # On a separate thread: a database that hangs must not block anything else.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="readiness")
        self._asked: Future[str] | None = None

    async def corrections(self) -> str:
        """ "kept", "unavailable", or "off" without a database."""
        if self._store is None:
            return "off"
        if self._asked is None or self._asked.done():
            self._asked = self._thread.submit(_state, self._store)
        answer = asyncio.wrap_future(self._asked)
        done, _ = await asyncio.wait([answer], timeout=_ANSWER_S)
        return answer.result() if done else "unavailable"

    def stop(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def _state(store: Store) -> str:
    try:
        store.check()
    except StoreError:
        return "unavailable"
    return "kept"
