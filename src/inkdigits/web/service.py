"""The parts of a worker (reader, threads, store) and the work that requests need."""

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from inkdigits._version import __version__
from inkdigits.errors import InkdigitsError, StoreError
from inkdigits.formats import READING
from inkdigits.formats.json import prediction_object, reading_object
from inkdigits.machine import cores
from inkdigits.reading.options import ReadOptions
from inkdigits.reading.reader import Reader
from inkdigits.reading.results import Prediction, Reading
from inkdigits.reading.saliency import saliency
from inkdigits.store import Correction, Store
from inkdigits.web.batcher import Answer, Batcher
from inkdigits.web.bodies import BodyLimits, Held, Memory
from inkdigits.web.logs import JsonLog
from inkdigits.web.metrics import Metrics
from inkdigits.web.page_pictures import page_picture
from inkdigits.web.pool import Pool
from inkdigits.web.problems import took_too_long
from inkdigits.web.rate import RateLimit
from inkdigits.web.readiness import Readiness
from inkdigits.web.settings import ServeSettings
from inkdigits.web.traces import traces_of_environment

# Threads that write to the database, each with its own connection.
_STORE_THREADS = 4
_OFFLINE_PER_S = 1.0  # downloads of 15 MB that one client may begin
# Readings waiting to be stored (--keep); if the database is too slow, further ones are lost.
_MOST_TO_KEEP = 256
Pictures = list[tuple[str, bytes]]


class Service:
    """The parts of one worker, created when it starts."""

    def __init__(
        self, reader: Reader, settings: ServeSettings, store: Store | None = None
    ) -> None:
        self.reader = reader
        self.settings = settings
        self.store = store
        self.log = JsonLog()
        threads = max(1, cores() // settings.workers)
        self.metrics = Metrics(
            lambda: self.batcher.waiting, lambda: self.pool.under_way
        )
        self.batcher = Batcher(
            reader.predict_each, settings.queue, threads, self.metrics.batches.observe
        )
        self.pool = Pool("reader", threads, settings.queue, settings.timeout_s)
        self.keeper = Pool("store", _STORE_THREADS, settings.queue, settings.timeout_s)
        self._kept = ThreadPoolExecutor(1, thread_name_prefix="keep")
        self._to_keep = 0
        plan = settings.memory_plan
        self.memory = Memory.of(plan.large_bodies, plan.small_bodies)
        self.bodies = BodyLimits(settings.max_upload, settings.timeout_s)
        self.model = reader.classifier.path.name
        self.rate = RateLimit(settings.rate) if settings.rate else None
        self.offline_rate = RateLimit(_OFFLINE_PER_S)
        self.readiness = Readiness(store)
        self.traces = traces_of_environment()
        self.ready = False

    async def predict(self, pictures: Pictures) -> list[dict[str, Any]]:
        """One object per picture; the first picture that cannot be read raises an error."""
        answers = await self._answers([data for _, data in pictures])
        names = [name for name, _ in pictures]
        rows = [prediction_object(*named) for named in zip(names, answers, strict=True)]
        self.metrics.pictures.labels("/v1/predict").inc(len(rows))
        if self.settings.keep:
            self._keep("predict", pictures, rows)
        return rows

    async def _answers(self, pictures: list[bytes]) -> list[Prediction]:
        """The batcher's answers; if one comes too late, the others are cancelled."""
        futures: list[asyncio.Future[Answer]] = []
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                for picture in pictures:
                    futures.append(self.batcher.submit(picture))
                return [_good(await future) for future in futures]
        except TimeoutError:
            raise took_too_long(self.settings.timeout_s) from None
        finally:
            # A picture that is still queued need not be read any more.
            for future in futures:
                future.cancel()

    async def read(
        self, pictures: Pictures, kind: str, options: Callable[[], ReadOptions]
    ) -> str:
        """The readings in a format, as one text.

        The options are created here, because that may take time.
        """
        text, rows = await self._run("read", self._read, pictures, kind, options)
        self.metrics.pictures.labels("/v1/read").inc(len(pictures))
        if self.settings.keep:
            self._keep("read", pictures, rows)
        return text

    def _read(
        self,
        pictures: Pictures,
        kind: str,
        options: Callable[[], ReadOptions],
    ) -> tuple[str, list[dict[str, Any]]]:
        chosen = options()
        deadline = time.monotonic() + self.settings.timeout_s
        readings: list[Reading] = []
        for _, data in pictures:
            if time.monotonic() > deadline:  # nobody waits for the others any more
                raise took_too_long(self.settings.timeout_s)
            readings.append(Reading(tuple(self.reader.read_pages(data, chosen))))
        names = [name for name, _ in pictures]
        named = list(zip(names, readings, strict=True))
        rows = [reading_object(name, reading) for name, reading in named]
        if kind == "json":
            return json.dumps(rows, ensure_ascii=False), rows
        exporter = READING[kind]
        is_alone = len(pictures) == 1
        parts = [exporter.one(name, reading, is_alone) for name, reading in named]
        return exporter.head + "".join(parts) + exporter.foot, rows

    async def page_picture(self, picture: bytes, number: int) -> bytes:
        """A page of a document for a browser to show."""
        return await self._run(
            "draw a page", page_picture, picture, number, self.reader.limits
        )

    async def explain(self, picture: bytes) -> dict[str, Any]:
        """What the network sees of a picture, and which pixels matter."""
        return await self._run("explain", self._explain, picture)

    async def _run(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Work on a thread, as a span of the request's trace."""
        traced = self.traces.within(name, work)
        return await self.pool.run(traced, *arguments)

    def _explain(self, picture: bytes) -> dict[str, Any]:
        """The framed digit, its prediction, and which of its pixels matter."""
        glyph = self.reader.glyph(picture)
        (answer,) = self.reader.predict_glyphs(glyph[None])
        heat = saliency(self.reader.classifier, glyph, answer.digit)
        shares = []
        for row in heat.tolist():
            # Four digits are more than a colour shows.
            shares.append([round(value, 4) for value in row])
        return {
            "digit": answer.digit,
            "confidence": answer.confidence,
            "accepted": answer.accepted,
            "framed": glyph.tolist(),
            "saliency": shares,
        }

    async def correct(self, picture: bytes, digit: int | None) -> Correction:
        """Store a correction; returns once the database has it on disk."""
        if self.store is None:
            raise StoreError(
                "this service stores no corrections: start it with a database"
            )
        (answer,) = await self._answers([picture])
        keep = partial(
            self.store.add_correction,
            picture,
            digit,
            predicted=answer.digit,
            confidence=answer.confidence,
            accepted=answer.accepted,
            model=self.model,
        )
        correction = await self.keeper.run(keep)
        self.metrics.corrections.inc()
        return correction

    def describe(self) -> dict[str, Any]:
        classifier = self.reader.classifier
        return {
            "version": __version__,
            "model": self.model,
            "refuses": classifier.refuses,
            "min_confidence": self.reader.min_confidence,
            "temperature": classifier.settings.temperature,
            "review": self.settings.review is not None,
        }

    def _keep(self, verb: str, pictures: Pictures, rows: list[dict[str, Any]]) -> None:
        """Store readings after the answer, in order; those that cannot be stored are counted."""
        for (_, data), row in zip(pictures, rows, strict=True):
            held = Held(self.memory)
            if self._to_keep >= _MOST_TO_KEEP or not held.has_grown_to(len(data)):
                self.metrics.readings_lost.inc()
                continue
            self._to_keep += 1
            future = self._kept.submit(self._keep_one, verb, data, row)
            future.add_done_callback(
                partial(_release_on, asyncio.get_running_loop(), held)
            )

    def _keep_one(self, verb: str, data: bytes, row: dict[str, Any]) -> None:
        """Write a reading to the store; one that is lost is counted and logged."""
        try:
            if self.store is not None:
                self.store.add_reading(verb, data, row, self.model)
        except StoreError as error:
            # The client has the answer already, so the error can only be logged.
            self.metrics.readings_lost.inc()
            self.log.write(
                "warning", "a reading could not be stored", reason=str(error)
            )
        finally:
            self._to_keep -= 1

    def stop(self) -> None:
        """Finish running work, and release everything."""
        self.batcher.stop()
        for pool in (self.pool, self.keeper):
            pool.stop()
        self.readiness.stop()
        self._kept.shutdown(wait=True)
        if self.store is not None:
            self.store.close()
        self.traces.stop()
        self.log.stop()


def _release_on(loop: asyncio.AbstractEventLoop, held: Held, _: object) -> None:
    """Only the event loop counts."""
    if not loop.is_closed():
        # This runs on a thread that reads.
        loop.call_soon_threadsafe(held.release)


def _good(answer: Prediction | InkdigitsError) -> Prediction:
    if isinstance(answer, InkdigitsError):
        raise answer
    return answer
