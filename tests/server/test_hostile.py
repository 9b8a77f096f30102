"""Whatever is sent, the server answers and stands: random wrong parts in right requests, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from supportdesk.server.app import make_app
from supportdesk.server.exchange import Exchange
from supportdesk.server.limits import Allowance
from tests.server.running import Console


@pytest.fixture
def ana(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    for limit in ("PER_DEVICE", "WRONG_CODES"):
        monkeypatch.setattr(f"supportdesk.server.app.{limit}", Allowance(burst=1e9, per_second=1e9))
    with TestClient(make_app(exchange)) as http:
        console = Console(http)
        assert console.enroll(exchange.make_code(admin=True)).status_code == 200
        yield console


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=8), each, max_size=4),
    max_leaves=8,
)
_HOSTILE = (
    st.sampled_from(
        [None, "", "\x00", "'; --", 0, -1, 2**31, 2**63 - 1, 2**63, 2**64, -(2**63), -(2**70), 10**30, 1.5, True,
         [], {}, "own", "2026-03-01T08:00:00Z", "9999-99-99", "a" * 3000, "\U0010ffff"]
    )
    | _JSON
)  # fmt: skip


def _with_one_wrong(value: Any, data: st.DataObject) -> Any:
    """``value`` with one of its parts, however deep, put into another's place."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: _with_one_wrong(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], _with_one_wrong(value[at], data), *value[at + 1 :]]
    return data.draw(_HOSTILE)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_s38_no_input_brings_the_server_down(ana: Console, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(["/v1/push", "/v1/pull", "/v1/enroll"]))
    right: dict[str, Any] = {
        "/v1/push": ana.ask("Kern AG", "Alpina"),
        "/v1/pull": {"epoch": ana.epoch, "chain": None, "cursors": {"own": 0}, "schema": 1, "limit": 10},
        "/v1/enroll": {"code": "K7MQ-4T9X-2B", "device": ana.device, "name": "x", "schema": 1,
                       "agents": [{"id": ana.agent, "login": "ana"}], "next_n": 1},
    }[path]  # fmt: skip
    body = json.dumps(_with_one_wrong(right, data)).encode()
    answer = ana.http.post(path, content=body, headers=ana.bearer)
    assert answer.status_code < 500, answer.text
    if answer.status_code != 200:
        assert answer.json()["error"]["code"]
    elif path == "/v1/push":
        told = answer.json()
        ana.lease = told["lease"]
        ana.next_n = max([ana.next_n, *(result["n"] + 1 for result in told["results"])])
