"""A TCP proxy of ours between a console and its server: it delays, cuts, stalls half-open, trickles and keeps what it
saw, so that it can be sent again."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

PATIENCE = 120.0
CHUNK = 65_536


@dataclass
class Fate:
    """What happens to one connection; counts are bytes in one direction since it began.

    ``cut_up``, ``cut_down``: both sides are closed after so many bytes towards the server, from the server.
    ``stall``: after so many bytes from the server nothing moves any more, and nobody is told.
    ``delay``: seconds before each piece from the server goes on; ``piece``: bytes at most of one."""

    cut_up: int | None = None
    cut_down: int | None = None
    stall: int | None = None
    delay: float = 0.0
    piece: int = CHUNK


@dataclass
class Connection:
    """What passed through one connection."""

    sent: bytearray = field(default_factory=bytearray)
    told: bytearray = field(default_factory=bytearray)


class Proxy:
    """Listens on a free port of this machine; ``target`` is the server's port, which may change.

    ``fate`` says for the number of a connection (1, 2, ...) what becomes of it; ``passing(direction, bytes)`` is
    called before a piece goes on ("up" or "down"); ``stalled`` is set when one stands still."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.fate: Callable[[int], Fate] = lambda _number: Fate()
        self.passing: Callable[[str, int], None] = lambda _direction, _bytes: None
        self.connections: list[Connection] = []
        self.stalled = threading.Event()
        self._ended = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._door.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target), timeout=PATIENCE)
                except OSError:  # nobody serves: as without us
                    near.close()
                    continue
                self._open += [near, far]
                seen = Connection()
                self.connections.append(seen)
                fate = self.fate(len(self.connections))
                self._start(self._pump, near, far, "up", seen.sent, fate.cut_up, fate)
                self._start(self._pump, far, near, "down", seen.told, fate.cut_down, fate)

    def _pump(self, source: socket.socket, target: socket.socket, way: str, seen: bytearray, cut: int | None,
              fate: Fate) -> None:
        with suppress(OSError):
            while data := source.recv(fate.piece if way == "down" else CHUNK):
                if way == "down" and fate.delay:
                    self._ended.wait(fate.delay)
                self.passing(way, len(data))
                if cut is not None and len(seen) + len(data) > cut:
                    target.sendall(data[: cut - len(seen)])
                    break
                if way == "down" and fate.stall is not None and len(seen) + len(data) > fate.stall:
                    target.sendall(data[: fate.stall - len(seen)])
                    self.stalled.set()
                    self._ended.wait(PATIENCE)
                    break
                seen += data
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def requests(self, path: str) -> list[bytes]:
        """The requests for ``path`` that went up, each as it was sent."""
        found = []
        for connection in self.connections:
            rest = bytes(connection.sent)
            while match := re.match(rb"POST (\S+) (?s:.*?)content-length: (\d+)(?s:.*?)\r\n\r\n", rest, re.I):
                end = match.end() + int(match[2])
                if match[1].decode() == path and len(rest) >= end:
                    found.append(rest[:end])
                rest = rest[end:]
        return found

    def send(self, request: bytes) -> bytes:
        """Sends a captured request once more, past us; the whole answer."""
        request = request.replace(b"keep-alive", b"close", 1)
        with socket.create_connection(("127.0.0.1", self.target), timeout=PATIENCE) as raw:
            raw.sendall(request)
            answer = bytearray()
            while data := raw.recv(CHUNK):
                answer += data
        return bytes(answer)

    def close(self) -> None:
        self._ended.set()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        for each in self._open:
            each.close()
