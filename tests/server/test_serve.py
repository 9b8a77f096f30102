"""``supportdesk serve`` as real processes over loopback: from an empty folder to four processes on PostgreSQL."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from supportdesk.places import os_login
from supportdesk.server.run import bound
from tests.cli.running import data as shell
from tests.server.running import (
    PATIENCE,
    Console,
    Listener,
    Serving,
    children,
    client,
    console,
    gone,
    new_code,
    run,
    serving,
    told_by_serve,
)

SOON = 1.0
"""Seconds in which a change is known to those who listen."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "server"


@pytest.fixture
def server(data: Path) -> Iterator[Serving]:
    with serving(data) as running:
        yield running


def test_it_starts_with_nothing_but_a_folder_and_its_first_code_lets_a_console_in(server: Serving, data: Path) -> None:
    assert (data / "exchange.db").is_file()
    assert data.stat().st_mode & 0o777 == 0o700
    with console(server.url, server.code) as ana:
        told = ana.push("Kern AG", "Alpina")
        assert [result["r"] for result in told["results"]] == ["ok", "ok"]
        assert ana.organisations() == ["Kern AG", "Alpina"]
        assert httpx.get(f"{server.url}/readyz", trust_env=False).json() == {"status": "ok"}
    assert server.end() == 0


def test_without_json_it_says_where_it_listens_and_how_the_first_console_gets_in(data: Path) -> None:
    (listening, code), narration = told_by_serve("--data", str(data))
    assert "http://127.0.0.1:" in listening
    assert code.split()[-1].count("-") == 2
    assert "24 hours" in narration
    assert "TLS" not in narration, "nobody else reaches loopback"


def test_a_second_console_gets_in_by_a_code_made_beside_the_running_server(server: Serving, data: Path) -> None:
    with console(server.url, server.code) as ana, console(server.url, new_code(data, "--agent", "ben"), "ben") as ben:
        ana.push("Kern AG")
        assert ben.organisations() == ["Kern AG"]
        listed = json.loads(run("server", "device", "list", "--data", str(data), "--json").stdout)
        assert {each["id"] for each in listed} == {ana.device, ben.device}
        assert json.loads(run("server", "status", "--data", str(data), "--json").stdout)["head"]["seq"] >= 1

        assert run("server", "device", "revoke", ben.device, "--data", str(data)).returncode == 0
        refused = ben.http.post("/v1/pull", json={}, headers=ben.bearer)
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "revoked"
        assert ana.organisations() == ["Kern AG"]


def test_two_desks_become_one_by_their_own_commands(
    server: Serving, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = {"bern": server.code, "genf": new_code(data, "--agent", os_login())}
    for site, code in codes.items():
        monkeypatch.setenv("SUPPORTDESK_HOME", str(tmp_path / site))
        shell("init")
        shell("ticket", "new", "--title", f"opened in {site}")
        shell("sync", "enroll", server.url, "--code", code)
        assert shell("sync", "now")["refused"] == 0
    for site in codes:
        monkeypatch.setenv("SUPPORTDESK_HOME", str(tmp_path / site))
        shell("sync", "now")
        titles = {ticket["title"] for ticket in shell("ticket", "list", "--view", "all")}
        assert titles == {"opened in bern", "opened in genf"}


def test_a_console_that_listens_knows_within_a_second(server: Serving, data: Path) -> None:
    with console(server.url, server.code) as ana, console(server.url, new_code(data, "--agent", "ben"), "ben") as ben:
        listening = [Listener(server.url, ben)]
        assert _told_soon(ana, listening)


def test_what_was_answered_is_there_after_kill_9_and_what_was_not_can_be_sent_again(data: Path) -> None:
    with serving(data) as server, console(server.url, server.code) as ana:
        ana.push("organisation 0")
        names = ["organisation 0"]
        killer = threading.Timer(0.3, server.process.kill)
        killer.start()
        asked = ""
        with suppress(httpx.TransportError):
            while server.process.poll() is None:
                asked = f"organisation {len(names)}"
                ana.push(asked)
                names.append(asked)
        killer.join(PATIENCE)
    with serving(data) as server, client(server.url) as http:
        assert not server.code, "a server that knows a console has no first code"
        ana.http = http
        kept = ana.organisations()
        assert kept[: len(names)] == names
        assert kept[len(names) :] in ([], [asked])
        assert server.end() == 0


def test_sigterm_finishes_what_has_begun_and_ends_the_live_streams(server: Serving) -> None:
    with console(server.url, server.code) as ana:
        listening = Listener(server.url, ana)
        body = json.dumps(ana.ask("Kern AG")).encode()
        head = (
            f"POST /v1/push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ana.secret}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        ).encode()
        with socket.create_connection(("127.0.0.1", httpx.URL(server.url).port or 0), timeout=PATIENCE) as raw:
            raw.sendall(head + body[:50])
            assert ana.http.get("/healthz").status_code == 200  # the server has had the time to begin the push
            server.process.send_signal(signal.SIGTERM)
            assert listening.ended.wait(PATIENCE), "the server does not wait for a stream that never ends"
            raw.sendall(body[50:])
            answer = b""
            while part := raw.recv(65536):
                answer += part
    assert server.process.wait(PATIENCE) == 0
    assert answer.startswith(b"HTTP/1.1 200")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["results"][0]["r"] == "ok"


def test_a_server_started_by_a_program_that_blocks_signals_still_hears_them(data: Path) -> None:
    """As the console does: what it blocks its children inherit."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        with serving(data) as server:
            assert server.end() == 0
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_answers_leave_at_once() -> None:
    """asyncio sets TCP_NODELAY only on sockets that say they are TCP; without it each answer waits 40 ms."""
    (listener,) = bound("127.0.0.1", 0)
    with listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_port_in_use_is_a_sentence_with_the_cure(server: Serving, tmp_path: Path) -> None:
    port = str(httpx.URL(server.url).port)
    done = run("serve", "--data", str(tmp_path / "other"), "--port", port)
    assert done.returncode == 3
    assert done.stderr.strip() == (
        f"Port {port} is in use: another server runs there. Stop it, or give another with --port."
    )
    assert not done.stdout, "no code is given out by a server that does not run"


def test_a_folder_that_cannot_be_written_is_a_sentence_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("serve", "--data", str(tmp_path / "file" / "below"), "--port", "0")
    assert done.returncode == 3
    assert "cannot be written: Not a directory. Give another with --data" in done.stderr


def test_a_database_that_does_not_answer_is_a_sentence_without_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://desk:sesame@127.0.0.1:1/desk"
    done = run("serve", "--data", str(tmp_path), "--port", "0", "--database", url)
    assert done.returncode == 3
    assert "cannot be used" in done.stderr
    assert "sesame" not in done.stderr


@pytest.mark.parametrize("missing", ["fastapi", "psycopg"])
def test_without_the_extra_the_cure_is_named(tmp_path: Path, missing: str) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(
        "from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        "PathFinder.find_spec = classmethod(\n"
        f"    lambda cls, name, *rest: None if name == {missing!r} else find(name, *rest)\n"
        ")\n"
    )
    path = os.pathsep.join(filter(None, (str(tmp_path / "hidden"), os.environ.get("PYTHONPATH"))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        for words in (("serve",), ("server", "status")):
            done = run(*words, "--data", str(tmp_path / "server"))
            assert done.returncode == 3
            assert f"{missing}. Install them: pip install 'supportdesk[server]'" in done.stderr


def test_a_server_others_can_reach_says_that_tls_belongs_in_front(data: Path) -> None:
    _lines, narration = told_by_serve("--data", str(data), "--host", "0.0.0.0")
    assert "put a proxy with TLS in front" in narration


def test_an_address_that_is_not_of_this_machine_is_a_sentence_with_the_cure(data: Path) -> None:
    done = run("serve", "--data", str(data), "--host", "192.0.2.1", "--port", "0")
    assert done.returncode == 3
    assert "Give others with --host and --port." in done.stderr


def test_four_processes_on_postgresql_see_each_others_pokes(
    data: Path, new_database: Callable[[], str]
) -> None:
    with serving(data, "--database", new_database(), "--workers", "4") as server:
        with client(server.url) as http:
            _until_ready(http)
        with console(server.url, server.code) as ana:
            listening = [Listener(server.url, ana) for _each in range(4)]
            assert _told_soon(ana, listening)
            assert ana.organisations()[0] == "push 0"
            workers = children(server.process.pid)
            assert len(workers) == 4

            os.kill(workers[0], signal.SIGKILL)
            _until(lambda: len(set(children(server.process.pid)) - set(workers)) == 1)
            assert ana.push("four")["results"][0]["r"] == "ok"
        assert server.end() == 0
        assert all(gone(each) for each in workers)


def test_no_worker_outlives_a_parent_that_was_killed(
    data: Path, new_database: Callable[[], str]
) -> None:
    with serving(data, "--database", new_database(), "--workers", "2") as server:
        with client(server.url) as http:
            _until_ready(http)
        workers = children(server.process.pid)
        assert len(workers) == 2
        server.end(signal.SIGKILL)
        _until(lambda: all(gone(each) for each in workers))


def _told_soon(console: Console, listening: list[Listener]) -> bool:
    """Whether all who listen know of a push before anybody would have looked by himself. One of many will do: on a
    machine that does other things at the time each may be late."""
    return any(_told_after(console, f"push {number}", listening) < SOON for number in range(20))


def _told_after(console: Console, name: str, listening: list[Listener]) -> float:
    """Seconds from the answer to a push until all who listen know of it."""
    head = console.push(name)["head"]["seq"]
    pushed = time.monotonic()
    return max(each.wait(head) for each in listening) - pushed


def _until_ready(http: httpx.Client) -> None:
    def ready() -> bool:
        try:
            return http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    _until(ready)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"it has not become so within {PATIENCE:.0f} s"
        time.sleep(0.05)
