"""The server's processes: one that serves a folder or a database, or several that share one PostgreSQL.

Several are started by a parent that holds the sockets. Each is a fresh interpreter that reads its orders from
stdin and goes when stdin ends, so no child outlives a parent that was killed.
"""

from __future__ import annotations

import errno
import gc
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import uvicorn

from supportdesk import incident_log
from supportdesk.i18n import _
from supportdesk.server.app import make_app
from supportdesk.server.duties import Runner
from supportdesk.server.exchange import Exchange
from supportdesk.server.place import Place, exchange_of
from supportdesk.terms.errors import DeskError, NotReady

ENDING = (signal.SIGTERM, signal.SIGINT)
FINISH_WITHIN = 30
"""Seconds a request that has begun may still take after SIGTERM."""
GONE_WITHIN = FINISH_WITHIN + 30
"""Seconds after which a process that was told to go is ended: beside what had begun it closes its database."""
BACKLOG = 2048
COLLECT_LATE = 50_000
"""Objects made before rubbish is looked for: a push makes tens of thousands, and none that its end does not free."""
_log = logging.getLogger("supportdesk.server")


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen at every address of ``host``; raises NotReady with the cure."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise NotReady(_("There is no address {host} here.").format(host=host), code="host", field="host") from error
    sockets: list[socket.socket] = []
    failed: OSError | None = None
    for family, address in dict.fromkeys((family, address) for family, _kind, _proto, _name, address in found):
        try:
            sockets.append(_listening(family, (address[0], port, *address[2:])))
        except OSError as error:
            failed = error
            continue
        port = sockets[-1].getsockname()[1]
    if not sockets and failed is not None:
        if failed.errno == errno.EADDRINUSE:
            told = _("Port {port} is in use: another server runs there. Stop it, or give another with --port.")
        else:
            told = _("{host} port {port} cannot be used: {reason}. Give others with --host and --port.")
        raise NotReady(told.format(host=host, port=port, reason=failed.strerror), code="port", field="port")
    return sockets


def _listening(family: int, address: tuple[object, ...]) -> socket.socket:
    # named TCP, because asyncio sends small answers at once (TCP_NODELAY) only where it sees that
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """Ends the live streams first when it is told to go: they never end by themselves."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


def _ends_by(handler: Callable[[int, FrameType | None], None]) -> None:
    """SIGTERM and SIGINT go to ``handler``, whatever whoever started this process had blocked or ignored."""
    for ending in ENDING:
        signal.signal(ending, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def serve_alone(
    exchange: Exchange, folder: Path, sockets: list[socket.socket], ready: Callable[[], None] | None = None,
    worker: int = 1,
) -> None:
    """Serves in this process until SIGTERM or SIGINT, then finishes what has begun; runs the duties if no other does.

    ``ready`` is called once those signals end it well."""
    app = make_app(exchange, worker=worker)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="on",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=FINISH_WITHIN,
    )
    server = _Server(config, app.state.door.pokes.close)
    _ends_by(server.handle_exit)
    collect_late()
    if ready:
        ready()
    runner = Runner(exchange, folder)
    runner.start()
    try:
        server.run(sockets)
    finally:
        runner.stop(FINISH_WITHIN)


def collect_late() -> None:
    """What was made until now lives as long as the server: it is never looked at again."""
    gc.set_threshold(COLLECT_LATE)
    gc.freeze()


def serve_many(place: Place, sockets: Sequence[socket.socket], ready: Callable[[], None], workers: int) -> None:
    """Keeps ``workers`` processes serving until SIGTERM or SIGINT, then lets each finish what it has begun."""
    going = False

    def go(_signal: int, _frame: FrameType | None) -> None:
        nonlocal going
        going = True

    _ends_by(go)
    ready()
    running = {number: _start(place, sockets, number) for number in range(1, workers + 1)}
    while not going:
        time.sleep(0.2)
        for number, process in running.items():
            if process.poll() is not None and not going:
                _log.error("worker %s ended (%s) and is started again", number, process.returncode)
                time.sleep(1)
                running[number] = _start(place, sockets, number)
    for process in running.values():
        process.terminate()
    end = time.monotonic() + GONE_WITHIN
    for number, process in running.items():
        try:
            process.wait(max(0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            _log.error("worker %s does not end and is killed", number)
            process.kill()
            process.wait()


def _start(place: Place, sockets: Sequence[socket.socket], number: int) -> subprocess.Popen[bytes]:
    descriptors = [each.fileno() for each in sockets]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=sys.stderr, pass_fds=descriptors
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps([*place, descriptors, number]).encode() + b"\n")
    process.stdin.flush()  # and left open: its end tells the child that we are gone
    return process


def work() -> None:
    """One of several: what :func:`serve_many` starts."""
    folder, database, descriptors, number = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_go_with_the_parent, daemon=True).start()
    log_to_stderr()
    try:
        with exchange_of(Place(folder, database)) as exchange:
            serve_alone(exchange, Path(folder), [socket.socket(fileno=each) for each in descriptors], worker=number)
    except DeskError as refused:
        sys.exit(refused.message)


def _go_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GONE_WITHIN)
    os._exit(1)  # nobody else would end it


class _Line(logging.Formatter):
    """Time, level and our own words. Of an error its kind and places: its text may be a caller's data."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler's, with the text
        return super().format(record)

    def formatException(self, ei: object) -> str:
        error = ei[1] if isinstance(ei, tuple) else None
        return "\n".join(incident_log.way(error)) if isinstance(error, BaseException) else ""


def log_to_stderr() -> None:
    """Warnings and errors of everything, and what the server does."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Line())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    _log.setLevel(logging.INFO)


if __name__ == "__main__":
    work()
