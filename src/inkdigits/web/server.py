"""Runs the service: one process, or several under a supervisor.

On SIGTERM, running requests are finished.
"""

import ctypes
import gc
import logging
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import cv2
import numpy as np
import uvicorn
from prometheus_client import CollectorRegistry, start_http_server
from uvicorn.supervisors import Multiprocess

from inkdigits.batch.form_pages import kept_with
from inkdigits.errors import SettingError, StoreError
from inkdigits.reading.glyphs import SIZE_PX
from inkdigits.reading.input import memory_budget
from inkdigits.reading.input.limits import MIB
from inkdigits.reading.reader import Reader
from inkdigits.store import Store, default_url
from inkdigits.store.address import checked
from inkdigits.web.connections import ConnectionLimits, Connections
from inkdigits.web.metrics import MULTIPROCESS, all_workers
from inkdigits.web.service import Service
from inkdigits.web.settings import ServeSettings
from inkdigits.web.traces import check_extra

# Connections that the system holds until the service takes them.
_BACKLOG = 2048
# So many times the largest upload is read, so that its sender still sees the 413
_LINGER_UPLOADS = 4
# On a busy machine a worker takes seconds to load, and must not count as dead.
_WORKER_START_S = 60
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = (
    -1,
    -2,
    -3,
    -8,
)  # of mallopt, in malloc.h
_SWITCH_S = 0.001  # how long the network's thread may keep the event loop waiting


def serve(settings: ServeSettings) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    _try_model(settings.model)
    check_extra()
    checked(settings.database_url or default_url())
    if settings.review is not None:
        kept_with(settings.review.results)
    _open_files_limit()
    if settings.workers == 1:
        _serve_alone(settings)
    else:
        _serve_with_workers(settings)


def _serve_alone(settings: ServeSettings) -> None:
    services: list[Service] = []
    config = _config(settings, services.append)
    sockets = [_bound(config)]
    if settings.metrics_port:
        _serve_metrics(
            settings, lambda: [service.metrics.registry for service in services]
        )
    uvicorn.Server(config).run(sockets=sockets)


def _serve_with_workers(settings: ServeSettings) -> None:
    folder = tempfile.mkdtemp(prefix="inkdigits-metrics-")
    os.environ[MULTIPROCESS] = folder
    try:
        config = _config(settings)
        sockets = [_bound(config)]
        if settings.metrics_port:
            _serve_metrics(settings, lambda: [all_workers(folder)])
        Multiprocess(config, sockets=sockets).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _try_model(model: str | None) -> None:
    """Report errors in the model once, here, and not in each worker."""
    reader = Reader(model)
    blank = np.zeros((1, SIZE_PX, SIZE_PX), np.uint8)
    # A model may load and still not run.
    reader.classifier.scores(blank)


def _serve_metrics(
    settings: ServeSettings,
    registries: Callable[[], list[CollectorRegistry]],
) -> None:
    """Serve /metrics on a separate port without a key, on a thread."""

    class All:
        def collect(self) -> Iterator[Any]:
            for registry in registries():
                yield from registry.collect()

    every = CollectorRegistry()
    every.register(All())
    try:
        start_http_server(settings.metrics_port or 0, settings.host, every)
    except OSError as error:
        port = settings.metrics_port
        raise _cannot_listen(settings.host, port, error, "--metrics-port") from None


def _config(
    settings: ServeSettings,
    made: Callable[[Service], None] | None = None,
) -> uvicorn.Config:
    limits = ConnectionLimits(
        most=settings.connections,
        answer_s=3 * settings.timeout_s + 30,
        linger_bytes=_LINGER_UPLOADS * settings.max_upload,
    )
    return uvicorn.Config(
        partial(worker, settings, made),
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=Connections(limits).protocol,  # type: ignore[arg-type]
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        backlog=_BACKLOG,
        proxy_headers=settings.rate > 0,
        timeout_keep_alive=int(limits.head_s),
        timeout_graceful_shutdown=int(settings.timeout_s) + 5,
        timeout_worker_healthcheck=_WORKER_START_S,
    )


def worker(
    settings: ServeSettings, made: Callable[[Service], None] | None = None
) -> Any:
    """The application of one worker, with its reader loaded and database migrated.

    `made` is told of its service.
    """
    from inkdigits.web.app import create_app
    from inkdigits.web.logs import ToJsonLog

    sys.setswitchinterval(_SWITCH_S)
    _keep_freed_memory()
    cv2.setNumThreads(1)  # its own threads would only take cores from other requests
    memory_budget.budget.resize(settings.memory_plan.budget)
    reader = Reader(settings.model, limits=settings.limits)
    store, why = _store(settings)
    app = create_app(reader, settings, store)
    service = app.state.service
    if made is not None:
        made(service)
    logging.captureWarnings(True)
    logging.basicConfig(
        level=logging.WARNING, handlers=[ToJsonLog(service.log)], force=True
    )
    if why:
        said = "corrections are refused until the database answers"
        service.log.write("warning", said, reason=why)
    gc.collect()
    # Loaded objects stay: scanning them for garbage would block all requests for 50 ms.
    gc.freeze()
    return app


def _keep_freed_memory() -> None:
    """Keep freed memory for the next picture.

    By default glibc returns it to the system and requests it again.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(_TRIM_THRESHOLD, 64 * MIB)
    mallopt(_MMAP_THRESHOLD, 32 * MIB)
    mallopt(_TOP_PAD, 4 * MIB)
    # Only of the first arena can all that is freed be handed back (idle_memory.py): each thread's
    # own would keep as much as the first threshold.
    mallopt(_ARENA_MAX, 1)


def _store(settings: ServeSettings) -> tuple[Store | None, str]:
    """The database, migrated, and the error if there is one.

    Reading works without a database.
    """
    store = None
    try:
        store = Store(settings.database_url)
        store.check()
    except StoreError as error:
        return store, str(error)
    return store, ""


def _bound(config: uvicorn.Config) -> Any:
    """Bind the socket before any worker starts; a used address gives one line."""
    import socket

    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # Without the protocol named, asyncio does not know it for TCP, and each answer waits 40 ms for
    # an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise _cannot_listen(config.host, config.port, error, "--port") from None
    listener.set_inheritable(True)
    return listener


def _cannot_listen(
    host: str, port: int | None, error: Exception, option: str
) -> SettingError:
    """The error for an address that is in use or not of this machine."""
    reason = getattr(error, "strerror", None) or error
    address = f"{host} port {port}"
    way = f"choose another {option} or --host"
    return SettingError(f"{address} cannot be used ({reason}): {way}")


def _open_files_limit() -> None:
    """A connection is an open file: allow as many as the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        # Up to the hard limit, nobody's permission is needed.
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
