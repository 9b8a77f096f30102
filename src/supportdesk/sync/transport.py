"""The line to the server: JSON over HTTP, packed, certificates always verified.

Every failure has a code, kept in the file, and a sentence made from it when it is shown."""

import gzip
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Condition, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import httpx

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.sync.words import failure_words
from supportdesk.terms.errors import DeskError, Invalid

PATIENCE = httpx.Timeout(30.0, connect=5.0)
WHOLE = 120.0
"""Seconds a call may take from its beginning to the last byte of its answer, however steadily that trickles."""

KEPT = 2.0
"""Seconds a connection waits for the next call: less than servers and proxies wait, so that none is lost in their
closing it."""

PACKED_FROM = 1_024
"""Bodies of so many bytes go packed."""

LONGEST_REST = 3_600.0
"""Seconds of a ``Retry-After`` beyond which a server is not believed."""


_READ = httpx.ByteStream(b"")


class ExchangeFailed(DeskError):
    """The exchange could not go on; everything that waits is kept. ``more`` is what the server added."""

    code = "unreachable"

    def __init__(self, code: str, more: dict[str, Any] | None = None) -> None:
        super().__init__(failure_words(code), code=code)
        self.more = more or {}


def server_url(text: str) -> str:
    """The address of a server as typed, checked. Raises Invalid: plain HTTP is for this machine only."""
    url = text.strip()
    if "://" not in url:
        url = f"https://{url}"
    url = url.rstrip("/")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        httpx.URL(url)
        (host or "").encode("idna")
    except (ValueError, httpx.InvalidURL):
        host = None
    if not host or parts.scheme not in ("https", "http") or parts.query or parts.fragment or parts.username:
        raise Invalid(_("{url} is not the address of a server. Write it as https://desk.example.org.").format(
            url=safe(text)), field="url")
    if parts.scheme == "http" and not _loopback(host):
        raise Invalid(_("Off this machine a desk is exchanged over https only. Write https://{host}.").format(
            host=safe(host)), field="url")
    return url


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def web_client(url: str, timeout: httpx.Timeout, transport: httpx.BaseTransport | None = None,
               certificates: ssl.SSLContext | None = None) -> httpx.Client:
    """A client for one server, which trusts ``certificates``. The proxies of the environment are asked for what leaves
    this machine, nothing else: plain HTTP must not reach one. Raises ExchangeFailed where the environment names a proxy
    that is none."""
    try:
        return httpx.Client(
            base_url=url, transport=transport, timeout=timeout, verify=certificates or _certificates(url),
            follow_redirects=False,
            limits=httpx.Limits(keepalive_expiry=KEPT), trust_env=url.startswith("https://"),
        )
    except (ValueError, ImportError, httpx.InvalidURL):
        raise ExchangeFailed("proxy") from None


class Plug:
    """The connection under a client, which another thread may pull: whoever waits for an answer waits no longer.

    ``out`` says that it was pulled for good."""

    def __init__(self) -> None:
        self.out = False
        self._lock = Lock()
        self._socket: socket.socket | None = None

    @property
    def traced(self) -> dict[str, Any]:
        """For the extensions of a request: httpx tells where it connects."""
        return {"trace": self._trace}

    def _trace(self, event: str, told: dict[str, Any]) -> None:
        if event != "connection.connect_tcp.complete":
            return
        found = told["return_value"].get_extra_info("socket")
        with self._lock:
            self._let_go()
            self._socket = found.dup()  # of the same connection, also once TLS has taken the other one over
            if self.out:
                self._shut()

    def cut(self) -> None:
        """End the connection there is; the next call makes another."""
        with self._lock:
            self._shut()

    def pull(self) -> None:
        """End the connection there is, and every one to come."""
        with self._lock:
            self.out = True
            self._shut()

    def close(self) -> None:
        with self._lock:
            self._let_go()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it has ended already
                self._socket.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _Watch:
    """``late()`` when a call takes longer than :data:`WHOLE`. Its thread sleeps through many calls and ends when none
    comes for as long: to begin one for each would take as long as a short call."""

    def __init__(self, late: Callable[[], None]) -> None:
        self._late = late
        self._news = Condition()
        self._until: float | None = None
        self._looks = 0.0  # when its thread looks next
        self._closed = False
        self._thread: Thread | None = None

    def __enter__(self) -> None:
        with self._news:
            self._until = time.monotonic() + WHOLE
            if self._thread is None:
                self._looks = self._until
                self._thread = Thread(target=self._run, name="supportdesk-watch", daemon=True)
                self._thread.start()
            elif self._until < self._looks:
                self._news.notify()

    def __exit__(self, *_error: object) -> None:
        with self._news:
            self._until = None

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._news.notify()

    def _run(self) -> None:
        with self._news:
            while not self._closed:
                self._news.wait(self._looks - time.monotonic())
                now = time.monotonic()
                if self._until is None:
                    if now >= self._looks:
                        break
                elif now >= self._until:
                    self._late()
                    self._until = None
                else:
                    self._looks = self._until
            self._thread = None


class Line:
    """Calls to one server, one after the other."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None,
                 certificates: ssl.SSLContext | None = None) -> None:
        self.url = url
        self._transport = transport
        self._certificates = certificates or _certificates(url)
        self._plug = Plug()
        self._watch = _Watch(self._plug.cut)
        self._client = web_client(url, PATIENCE, transport, self._certificates)
        self._second: Line | None = None

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        if self._second is not None:
            self._second.close()
        self._watch.close()
        self._client.close()
        self._plug.close()

    def stop(self) -> None:
        """From any thread: the calls that run fail with ``stopped``, and so does every other from now on."""
        self._plug.pull()
        if self._second is not None:
            self._second.stop()

    def second(self) -> "Line":
        """Another to the same server, for a call at the same moment; it stops and closes with this one."""
        if self._second is None:
            self._second = Line(self.url, self._transport, self._certificates)
            if self._plug.out:
                self._second.stop()
        return self._second

    def cut(self) -> None:
        """From any thread: the call that runs fails; the next one makes another connection."""
        self._plug.cut()

    def post(self, path: str, body: str, secret: str | None = None) -> dict[str, Any]:
        """The answer to one call with a body. Raises ExchangeFailed."""
        content = body.encode()
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        if len(content) >= PACKED_FROM:
            content, headers["Content-Encoding"] = gzip.compress(content, 1), "gzip"
        return self._told("POST", path, headers, content=content)

    def get(self, path: str, secret: str, **asked: str) -> dict[str, Any]:
        """The answer to one question. Raises ExchangeFailed."""
        return self._told("GET", path, {"Authorization": f"Bearer {secret}"}, params=asked)

    def _told(self, method: str, path: str, headers: dict[str, str], **more: Any) -> dict[str, Any]:
        response = self._asked(method, path, headers, more)
        response.stream = _READ  # it holds the answer as that holds it: both would stay until garbage is collected
        try:
            answer = json.loads(response.content)
        except ValueError:
            answer = None
        if response.status_code == 200 and isinstance(answer, dict):
            return answer
        error = answer.get("error") if isinstance(answer, dict) else None
        told = dict(error) if isinstance(error, dict) else {}
        told["retry_after"] = _rest(response.headers.get("Retry-After", ""))
        code = _code(response.status_code, str(told.get("code") or ""))
        if answer is None and response.status_code >= 500 and code != "busy":
            code = "unreachable"
        raise ExchangeFailed(code, told)

    def _asked(self, method: str, path: str, headers: dict[str, str], more: dict[str, Any]) -> httpx.Response:
        if self._plug.out:
            raise ExchangeFailed("stopped")
        try:
            with self._watch:
                return self._client.request(method, path, headers=headers, extensions=self._plug.traced, **more)
        except (httpx.HTTPError, ssl.SSLError, OSError):
            raise ExchangeFailed("stopped" if self._plug.out else "unreachable") from None


class Ahead:
    """A call whose answer will be wanted: it is under way while its caller does something else, within ``with``.
    Where that fails nobody waits for it."""

    def __init__(self, line: Line, call: Callable[[], dict[str, Any]]) -> None:
        self._line = line
        self._call = call
        self._answer: dict[str, Any] | None = None
        self._failed: BaseException | None = None
        self._thread = Thread(target=self._run, name="supportdesk-ahead", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._answer = self._call()
        except BaseException as failed:  # noqa: BLE001 - raised where the answer is wanted
            self._failed = failed

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None:
            self._line.cut()
            self._thread.join()

    def answer(self) -> dict[str, Any]:
        """As the call itself. Raises what it raised."""
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        assert self._answer is not None
        return self._answer


def _rest(text: str) -> float | None:
    """The seconds a server wants to be left alone, by its ``Retry-After``; None where it says nothing sensible."""
    try:
        seconds = float(text) if text.isdecimal() else (
            parsedate_to_datetime(text).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except ValueError:
        return None
    return min(LONGEST_REST, max(0.0, seconds))


def _code(status: int, code: str) -> str:
    if status in (403, 409):
        return code
    return {401: "secret", 413: "too_large", 429: "busy", 502: "unreachable", 503: "busy", 504: "unreachable"}.get(
        status, code or "answer")


def _certificates(url: str) -> ssl.SSLContext:
    """What the system trusts (a company's own authority too, also by SSL_CERT_FILE), and what httpx brings: reading
    all that takes longer than an exchange. Nobody is trusted where the line is plain HTTP, within this machine."""
    if not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context
