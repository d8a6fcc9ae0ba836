"""Runs the service: one process, or several under a supervisor; on SIGTERM what is under way is finished."""

import ctypes
import gc
import logging
import os
import resource
import shutil
import sys
import tempfile
from functools import partial
from typing import Any

import cv2
import uvicorn
from uvicorn.supervisors import Multiprocess

from inkdigits.errors import SettingError, StoreError
from inkdigits.reading.reader import Reader
from inkdigits.store import Store, default_url
from inkdigits.store.address import checked
from inkdigits.web.connection import bounded
from inkdigits.web.settings import MIB, ServeSettings

_HEAD_S = 15.0
_HEAD_BYTES = 64 * 1024
_BACKLOG = 2048
_WORKER_START_S = 60  # on a busy machine a worker takes seconds to load, and must not be taken for dead
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of mallopt, in malloc.h
_SWITCH_S = 0.001  # how long the net's thread may keep the event loop waiting


def serve(settings: ServeSettings) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    Reader(settings.model)  # what is wrong with the model is said here, once, and not by each worker
    checked(settings.database_url or default_url())
    _open_files_limit()
    config = _config(settings)
    if settings.workers == 1:
        uvicorn.Server(config).run(sockets=[_bound(config)])
        return
    folder = tempfile.mkdtemp(prefix="inkdigits-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        Multiprocess(config, sockets=[_bound(config)]).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _config(settings: ServeSettings) -> uvicorn.Config:
    answer_s = 3 * settings.timeout_s + 30
    return uvicorn.Config(
        partial(worker, settings), factory=True, host=settings.host, port=settings.port, workers=settings.workers,
        http=partial(_connection, settings.connections, answer_s), ws="none", lifespan="on",  # type: ignore[arg-type]
        log_config=None, access_log=False, server_header=False, date_header=False, backlog=_BACKLOG,
        proxy_headers=settings.rate > 0, timeout_keep_alive=int(_HEAD_S), timeout_graceful_shutdown=int(settings.timeout_s) + 5,
        h11_max_incomplete_event_size=_HEAD_BYTES, timeout_worker_healthcheck=_WORKER_START_S,
    )  # fmt: skip


def _connection(most: int, answer_s: float, **given: Any) -> Any:
    return _class_of(most, answer_s)(**given)


_classes: dict[tuple[int, float], Any] = {}


def _class_of(most: int, answer_s: float) -> Any:
    """One class for all connections of a server, for they count each other."""
    if (most, answer_s) not in _classes:
        _classes[most, answer_s] = bounded(most, _HEAD_S, answer_s)
    return _classes[most, answer_s]


def worker(settings: ServeSettings) -> Any:
    """The application of one worker, its reader loaded and its database brought up to date."""
    from inkdigits.web.app import create_app
    from inkdigits.web.logs import ToJsonLog

    sys.setswitchinterval(_SWITCH_S)
    _keep_freed_memory()
    cv2.setNumThreads(1)  # threads of its own would only take cores from other requests
    reader = Reader(settings.model, limits=settings.limits)
    store, why = _store(settings)
    app = create_app(reader, settings, store)
    service = app.state.service
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.WARNING, handlers=[ToJsonLog(service.log)], force=True)
    if why:
        service.log.write("warning", "corrections are refused until the database answers", reason=why)
    gc.collect()
    gc.freeze()  # what is loaded stays: looking through it for garbage would hold up all requests for 50 ms
    return app


def _keep_freed_memory() -> None:
    """Where the C library is glibc: what one picture freed serves the next, and is not handed back and asked for again."""
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    for setting, size in ((_TRIM_THRESHOLD, 64 * MIB), (_MMAP_THRESHOLD, 32 * MIB), (_TOP_PAD, 4 * MIB)):
        mallopt(setting, size)


def _store(settings: ServeSettings) -> tuple[Store | None, str]:
    """The database, brought up to date; and what is the matter with it. Reading goes on without one."""
    store = None
    try:
        store = Store(settings.database_url)
        store.check()
    except StoreError as error:
        return store, str(error)
    return store, ""


def _bound(config: uvicorn.Config) -> Any:
    """The socket, bound before any worker starts; an address that is taken is said in one line."""
    import socket

    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # Without the protocol named, asyncio does not know it for TCP, and each answer waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise SettingError(
            f"{config.host} port {config.port} cannot be listened on ({reason}): choose another --port or --host"
        ) from None
    listener.set_inheritable(True)
    return listener


def _open_files_limit() -> None:
    """A connection is an open file: allow as many as the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
