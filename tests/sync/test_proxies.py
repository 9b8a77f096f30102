"""A desk behind a company's proxy, whose server has a certificate of the company's own authority: real TLS, a real
proxy, and an authority made for these tests."""

from __future__ import annotations

import select
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import uvicorn

from supportdesk.desk import tickets
from supportdesk.server.app import make_app
from supportdesk.server.exchange import Exchange
from supportdesk.sync import pace, worker
from supportdesk.sync.client import Client
from supportdesk.sync.transport import ExchangeFailed, Line
from supportdesk.sync.worker import Worker
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.stand import PATIENCE
from tests.sync.test_worker import NEVER_BY_ITSELF, failing
from tests.sync.work import asked, call, reach, settled, until

NAME = "desk.example.org"
"""Known to no name server: only the proxy knows where that is."""


class Authority:
    """A company's own authority (``ca``) and what it gave to its server (``certificate``, ``key``)."""

    def __init__(self, folder: Path) -> None:
        self.ca, self._ca_key = folder / "ca.pem", folder / "ca.key"
        self.certificate, self.key = folder / "desk.pem", folder / "desk.key"
        new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        self._openssl(*new, "-x509", "-days", "30", "-subj", "/CN=Company CA", "-keyout", self._ca_key, "-out", self.ca)
        names, request = folder / "names", folder / "desk.csr"
        names.write_text(f"subjectAltName = DNS:{NAME}, IP:127.0.0.1\n")
        self._openssl(*new, "-subj", f"/CN={NAME}", "-keyout", self.key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._ca_key, "-CAcreateserial",
                      "-days", "30", "-extfile", names, "-out", self.certificate)

    @staticmethod
    def _openssl(*arguments: str | Path) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=PATIENCE)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def listening_with_tls(exchange: Exchange, authority: Authority) -> Iterator[int]:
    """The server's application behind TLS; its port."""
    config = uvicorn.Config(
        make_app(exchange), host="127.0.0.1", port=0, log_level="critical", lifespan="off",
        timeout_graceful_shutdown=10, ssl_certfile=authority.certificate, ssl_keyfile=authority.key,
    )
    running = uvicorn.Server(config)
    sock = config.bind_socket()
    thread = threading.Thread(target=running.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        running.should_exit = True
        thread.join(PATIENCE)
        sock.close()
        assert not thread.is_alive()


class Proxy:
    """An HTTP proxy that makes tunnels (CONNECT) to this machine, whatever the host is called."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                guest, _address = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(guest,), daemon=True).start()

    def _tunnel(self, guest: socket.socket) -> None:
        with guest:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (part := guest.recv(4096)):
                    return
                head += part
            line = head.split(b"\r\n")[0].decode()
            self.asked.append(line)
            method, target, _version = line.split()
            if method != "CONNECT":
                guest.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2]))) as host:
                guest.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                ends = {guest: host, host: guest}
                while True:
                    for end in select.select(list(ends), [], [])[0]:
                        try:
                            part = end.recv(65536)
                            ends[end].sendall(part)
                        except OSError:
                            return
                        if not part:
                            return

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The proxy everybody is told to use."""
    with closing(Proxy()) as made:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, made.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield made


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes the company's authority known to this machine."""
    return lambda: monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))


def test_a_desk_behind_a_proxy_lives_with_a_server_of_a_private_authority(
    server: stand.Server, sites: Opened, authority: Authority, proxy: Proxy, trusted: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trusted()
    monkeypatch.setattr(pace, "POLL", NEVER_BY_ITSELF)
    monkeypatch.setattr(worker, "POLL", NEVER_BY_ITSELF)
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    with listening_with_tls(server.exchange, authority) as port:
        reach(f"https://{NAME}:{port}", geneva, lausanne)
        ours = Worker(geneva.path, lambda said: None, lambda error: None, geneva.clock)
        until(lambda: ours.is_streaming)
        tickets.edit(lausanne.desk, ticket, {"title": "through the tunnel"})
        with closing(Client(lausanne.path, clock=lausanne.clock)) as client:
            client.exchange()
        until(lambda: asked(geneva, "SELECT title FROM ticket") == "through the tunnel")
        ours.stop(PATIENCE)
        assert not ours._thread.is_alive()
    assert set(proxy.asked) == {f"CONNECT {NAME}:{port} HTTP/1.1"}


def test_a_certificate_nobody_vouches_for_is_not_talked_to(
    server: stand.Server, authority: Authority, trusted: Callable[[], None]
) -> None:
    with listening_with_tls(server.exchange, authority) as port:
        with Line(f"https://127.0.0.1:{port}") as line, pytest.raises(ExchangeFailed):
            line.post("/v1/pull", "{}", "secret")
        trusted()
        with Line(f"https://localhost:{port}") as line, pytest.raises(ExchangeFailed) as failed:
            line.post("/v1/pull", "{}", "secret")
        assert failed.value.code == "unreachable", "its name does not stand in the certificate"
        with Line(f"https://127.0.0.1:{port}") as line, pytest.raises(ExchangeFailed) as refused:
            line.post("/v1/pull", "{}", "secret")
        assert refused.value.code == "secret", "the server itself has answered"


def test_a_folder_of_authorities_does_as_well(
    server: stand.Server, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    digest = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", str(authority.ca)], check=True,
                            capture_output=True, text=True, timeout=PATIENCE).stdout.strip()
    (folder / f"{digest}.0").write_bytes(authority.ca.read_bytes())
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    with (
        listening_with_tls(server.exchange, authority) as port, Line(f"https://127.0.0.1:{port}") as line,
        pytest.raises(ExchangeFailed) as refused,
    ):
        line.post("/v1/pull", "{}", "secret")
    assert refused.value.code == "secret"


def test_what_stays_on_this_machine_goes_to_no_proxy(server: stand.Server, sites: Opened, proxy: Proxy) -> None:
    (geneva,) = sites("geneva")
    with stand.listening(server.exchange) as url:
        reach(url, geneva)
        ours = Worker(geneva.path, lambda said: None, lambda error: None, geneva.clock)
        until(lambda: ours.is_streaming)
        ours.stop(PATIENCE)
    assert proxy.asked == []
    assert failing(geneva) is None


def test_a_proxy_that_is_none_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://proxy.example.org")
    with pytest.raises(ExchangeFailed, match="HTTPS_PROXY"):
        Line(f"https://{NAME}")
