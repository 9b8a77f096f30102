"""The exchange over HTTP, on a real exchange in this process: no input brings it down, and its document is true."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from starlette.testclient import TestClient

from supportdesk.server import answers, bodies, limits
from supportdesk.server.app import make_app
from supportdesk.server.bodies import is_deep
from supportdesk.server.exchange import Exchange
from supportdesk.server.limits import Allowance, Limits
from tests.server.running import Console

CALLS = ("/v1/push", "/v1/pull", "/v1/enroll")


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    opened = Exchange.open(tmp_path_factory.mktemp("exchange"))
    yield opened
    opened.close()


@pytest.fixture
def http(exchange: Exchange) -> Iterator[TestClient]:
    with TestClient(make_app(exchange), raise_server_exceptions=True) as client:
        yield client


@pytest.fixture
def ana(http: TestClient, exchange: Exchange) -> Console:
    console = Console(http)
    assert console.enroll(exchange.make_code(admin=True)).status_code == 200
    return console


def _post(console: Console, path: str, body: bytes, **headers: str) -> Any:
    sent = {**console.bearer, "Content-Type": "application/json"} | headers
    return console.http.post(path, content=body, headers=sent)


def _error(answer: Any) -> dict[str, Any]:
    """The one form of errors."""
    told: dict[str, Any] = answer.json()
    assert set(told) == {"error"}
    assert told["error"]["code"]
    assert told["error"]["message"]
    msgspec.convert(told, answers.ErrorAnswer)
    error: dict[str, Any] = told["error"]
    return error


def test_every_answer_is_as_the_document_says(http: TestClient, exchange: Exchange) -> None:
    ana = Console(http)
    msgspec.json.decode(ana.enroll(exchange.make_code(admin=True)).content, type=answers.EnrollAnswer)
    pushed = msgspec.convert(ana.push("Kern AG"), answers.PushAnswer)
    pulled = msgspec.json.decode(json.dumps(ana.pull()), type=answers.PullAnswer)
    assert pulled.head == pushed.head
    assert any(entry.id == pushed.results[0].id for entry in pulled.entries)
    status = msgspec.json.decode(http.get("/v1/status", headers=ana.bearer).content, type=answers.StatusAnswer)
    assert (status.last_n, status.head) == (1, pushed.head)
    for path in ("/healthz", "/readyz"):
        msgspec.json.decode(http.get(path).content, type=answers.Health)


def test_the_document_points_to_nothing_that_is_not_in_it(http: TestClient) -> None:
    text = http.get("/openapi.json").text
    document = json.loads(text)
    assert set(document["paths"]) == {
        *CALLS, "/v1/recover", "/v1/survivors", "/v1/fork", "/v1/live", "/v1/status", "/v1/ticket",
        "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    schemas = document["components"]["schemas"]
    pointed = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert pointed <= set(schemas)
    assert "HTTPValidationError" not in schemas
    assert set(schemas["PushAsk"]["required"]) == {"epoch", "lease", "first_n", "schema", "entries"}
    for path in ("/v1/push", "/v1/pull", "/v1/recover", "/v1/survivors", "/v1/fork"):
        assert document["paths"][path]["post"]["security"] == [{"bearer": []}]


@pytest.mark.parametrize(
    "path", ["/v1/push", "/v1/pull", "/v1/recover", "/v1/survivors", "/v1/fork", "/v1/status", "/v1/live"])
@pytest.mark.parametrize(
    "bearer", [None, "", "Bearer", "Bearer x.y", "Basic eDp5", "Bearer \xff.\xff", "Bearer " + "a" * 5000]
)
def test_without_a_known_secret_nothing_is_said(http: TestClient, path: str, bearer: str | None) -> None:
    headers = {"Authorization": bearer.encode("latin-1")} if bearer is not None else {}
    answer = http.request("GET" if path in ("/v1/status", "/v1/live") else "POST", path, headers=headers)
    assert answer.status_code == 401
    assert _error(answer)["code"] == "secret"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_addresses_and_methods_there_are_none_for_have_the_same_form(http: TestClient) -> None:
    for path in ("/", "/v1", "/v2/push", "/docs", "/v1/push/"):
        missing = http.get(path)
        assert (missing.status_code, _error(missing)["code"]) == (404, "not_found")
    wrong = http.delete("/v1/push")
    assert (wrong.status_code, _error(wrong)["code"]) == (405, "method")
    assert wrong.headers["Allow"] == "POST"


@pytest.mark.parametrize("packed", ["gzip", "zstd", "identity"])
def test_bodies_and_answers_travel_packed_when_asked(ana: Console, packed: str) -> None:
    ask = json.dumps(ana.ask(*(f"{packed} {each}" for each in range(20)))).encode()
    body = {"gzip": gzip.compress, "zstd": zstandard.compress, "identity": bytes}[packed](ask)
    answer = _post(ana, "/v1/push", body, **{"Content-Encoding": packed, "Accept-Encoding": packed})
    assert [result["r"] for result in answer.json()["results"]] == ["ok"] * 20
    assert answer.headers.get("Content-Encoding", "identity") == packed


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip, zstd", "zstd"), ("gzip, zstd;q=0", "gzip"), ("gzip;q=1, zstd;q=0.5", "gzip"), ("*", "gzip"),
     ("br", ""), ("gzip;q=x", ""), ("", "")],
)  # fmt: skip
def test_the_answer_takes_the_form_the_asker_prefers(accepted: str, packed: str) -> None:
    assert bodies.packed(b"a" * 5000, accepted)[1] == packed


BOMB = b"[" * (bodies.MOST_UNPACKED + 1)


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (gzip.compress(BOMB), {"Content-Encoding": "gzip"}, 413),
        (zstandard.compress(BOMB), {"Content-Encoding": "zstd"}, 413),
        (b"a" * (bodies.MOST_SENT + 1), {}, 413),
        (gzip.compress(b"{}")[:-3], {"Content-Encoding": "gzip"}, 400),
        (b"no gzip", {"Content-Encoding": "gzip"}, 400),
        (b"no zstd", {"Content-Encoding": "zstd"}, 400),
        (b"{}", {"Content-Encoding": "br"}, 415),
        (b"{}", {"Content-Encoding": "gzip, gzip"}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"", {}, 400),
        (b"null", {}, 400),
        (b"\xff\xfe", {}, 400),
        (b"[" * 500_000, {}, 400),
        (b'{"x":' + b"[" * 500_000, {}, 400),
        (b'{"epoch": 1e400}', {}, 400),
        (b'{"code": "\\ud800"}', {}, 400),
    ],
    ids=["gzip bomb", "zstd bomb", "too large", "cut gzip", "no gzip", "no zstd", "brotli", "twice packed", "text",
         "nothing", "null", "no text", "deep", "deep in the unknown", "infinite", "lone surrogate"],
)  # fmt: skip
def test_s38_a_hostile_body_is_refused_with_a_sentence(
    ana: Console, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = _post(ana, path, body, **headers)
    assert answer.status_code == status
    _error(answer)


def test_s38_a_body_that_grows_more_than_a_hundredfold_is_not_unpacked(ana: Console) -> None:
    packed = gzip.compress(b" " * (2 * 2**20), 9)
    assert len(packed) * 100 < 2 * 2**20
    assert _post(ana, "/v1/pull", packed, **{"Content-Encoding": "gzip"}).status_code == 413


@pytest.mark.parametrize(
    ("raw", "deep"),
    [(b"[" * 33 + b"]" * 33, True), (b"[" * 32 + b"]" * 32, False), (b"[" + b"[]," * 99 + b"1]", False),
     (b'["' + b"[" * 99 + b'\\"]"]', False), (b'["]",' * 40 + b"1" + b"]" * 40, True)],
    ids=["deep", "just so", "wide", "in a text", "hidden by texts"],
)  # fmt: skip
def test_depth_is_told_without_reading(raw: bytes, deep: bool) -> None:
    assert is_deep(raw) is deep


def test_an_entry_that_nests_too_deeply_stops_the_push(ana: Console) -> None:
    ask = ana.ask("x")
    ask["entries"][0]["fields"] = {"name": [None, json.loads("[" * 50 + "]" * 50)]}
    answer = _post(ana, "/v1/push", json.dumps(ask).encode())
    assert (answer.status_code, _error(answer)["code"]) == (400, "malformed")


def test_a_device_that_asks_too_much_is_told_how_long_to_wait(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportdesk.server.app.PER_DEVICE", Allowance(burst=3, per_second=0.001))
    with TestClient(make_app(exchange)) as http:
        ana, ben = Console(http), Console(http)
        for each in (ana, ben):
            assert each.enroll(exchange.make_code(admin=True)).status_code == 200
        for _call in range(3):
            ana.pull()
        refused = http.post("/v1/pull", json={}, headers=ana.bearer)
        assert (refused.status_code, _error(refused)["code"]) == (429, "too_many")
        assert int(refused.headers["Retry-After"]) > 900
        ben.pull()


def test_an_address_that_tries_codes_is_told_to_wait(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supportdesk.server.app.WRONG_CODES", Allowance(burst=3, per_second=0.001))
    with TestClient(make_app(exchange)) as http:
        for _guess in range(3):
            refused = Console(http).enroll("AAAA-AAAA-AA")
            assert (refused.status_code, _error(refused)["code"]) == (403, "code")
        assert Console(http).enroll(exchange.make_code(admin=True)).status_code == 429


def test_what_was_taken_comes_back_with_time() -> None:
    now = [0.0]
    bucket = Limits(Allowance(burst=2, per_second=0.5), lambda: now[0])
    assert [bucket.take("a"), bucket.take("a"), bucket.take("a"), bucket.take("b")] == [0, 0, 2, 0]
    now[0] = 2
    assert (bucket.wait("a"), bucket.take("a"), bucket.wait("a")) == (0, 0, 2)


def test_buckets_that_are_full_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KNOWN", 10)
    now = [0.0]
    bucket = Limits(Allowance(burst=2, per_second=1), lambda: now[0])
    for each in range(10):
        bucket.take(str(each))
    now[0] = 5
    bucket.take("new")
    assert len(bucket._known) == 1


def test_what_the_server_counts_names_nobody(ana: Console) -> None:
    ana.push("Kern AG")
    ana.http.get("/v1/tickets-of-Kern-AG")
    told = ana.http.get("/metrics")
    assert told.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'supportdesk_requests_total{worker="1",route="/v1/push",status="200"} 1' in told.text
    assert 'supportdesk_entries_total{worker="1",result="ok"} 1' in told.text
    assert 'supportdesk_request_seconds_bucket{worker="1",route="/v1/push",le="+Inf"} 1' in told.text
    assert "supportdesk_head_seq" in told.text
    assert not [word for word in ("Kern", ana.device, ana.agent, "ana", "testclient") if word in told.text]


def test_a_fault_of_ours_is_a_reference_and_nothing_of_the_body(
    ana: Console, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, desk_home: Path
) -> None:
    from supportdesk.server.run import _Line

    def fails(*_arguments: object) -> None:
        raise ValueError("Kern AG")

    monkeypatch.setattr(Exchange, "pull", fails)
    answer = ana.http.post("/v1/pull", json={"epoch": 1, "cursors": {}, "schema": 1}, headers=ana.bearer)
    assert answer.status_code == 500
    error = _error(answer)
    assert (error["code"], "Kern" in answer.text) == ("internal", False)
    (record,) = [each for each in caplog.records if each.name == "supportdesk.server"]
    line = _Line().format(record)
    assert error["reference"] in line
    assert "builtins.ValueError" in line
    assert "Kern" not in line


def test_the_loop_goes_on_while_the_database_works(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(make_app(exchange)) as http:
        ana = Console(http)
        assert ana.enroll(exchange.make_code(admin=True)).status_code == 200
        begun, go_on = threading.Event(), threading.Event()
        pull = Exchange.pull

        def slow(*arguments: Any) -> Any:
            begun.set()
            assert go_on.wait(30)
            return pull(*arguments)

        monkeypatch.setattr(Exchange, "pull", slow)
        pulling = threading.Thread(target=ana.pull)
        pulling.start()
        assert begun.wait(30)
        assert http.get("/healthz").status_code == 200
        go_on.set()
        pulling.join(30)


def test_a_gzip_of_two_parts_is_not_half_read() -> None:
    with pytest.raises(Exception, match="damaged"):
        bodies.unpacked(gzip.compress(b"{}") + gzip.compress(b"{}"), "gzip")
    assert bodies.unpacked(zlib.compress(b"{}", wbits=31), "GZIP") == b"{}"
