"""The OpenAPI document is true: whatever is asked, allowed or not, is answered as it says."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from supportdesk.server.app import make_app
from supportdesk.server.exchange import Exchange
from supportdesk.server.limits import Allowance
from tests.server.running import Console

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
CALLS = [("POST", "/v1/enroll"), ("POST", "/v1/push"), ("POST", "/v1/pull"), ("POST", "/v1/recover"),
         ("POST", "/v1/survivors"), ("POST", "/v1/fork"), ("GET", "/v1/status"),
         ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")]  # fmt: skip


@pytest.fixture
def app(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    for limit in ("PER_DEVICE", "WRONG_CODES"):
        monkeypatch.setattr(f"supportdesk.server.app.{limit}", Allowance(burst=1e9, per_second=1e9))
    return make_app(exchange)


@pytest.fixture
def bearer(app: FastAPI, exchange: Exchange) -> dict[str, str]:
    ana = Console(TestClient(app))
    assert ana.enroll(exchange.make_code(admin=True)).status_code == 200
    ana.push("Kern AG")
    return ana.bearer


@pytest.mark.parametrize(("method", "path"), CALLS, ids=[path for _method, path in CALLS])
def test_answers_are_as_the_document_says(app: FastAPI, bearer: dict[str, str], method: str, path: str) -> None:
    call = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]
    right = call.as_strategy()
    wrong = call.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE) if method == "POST" else right

    @settings(max_examples=20, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=st.one_of(right, wrong), known=st.booleans())
    def answered(case: Any, known: bool) -> None:
        case.call_and_validate(headers=bearer if known else {}, checks=CHECKS)

    answered()
