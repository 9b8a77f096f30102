"""The OpenAPI document, made from the Structs that read and describe the wire."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from supportdesk.server import answers, shapes


class PushAsk(msgspec.Struct):
    """``entries[i]`` has n = ``first_n`` + i. At most 1,000 entries or 1 MiB."""

    epoch: shapes.Small
    lease: shapes.Token
    first_n: shapes.Large
    schema: shapes.Small
    entries: list[shapes.EntryIn]
    chain: shapes.Token | None = None
    former: list[shapes.Large] | None = None


_STRUCTS: tuple[type, ...] = (
    shapes.EnrollAsk, PushAsk, shapes.PullAsk, shapes.RecoverAsk, shapes.SurvivorsAsk, shapes.ForkAsk,
    answers.RecoverAnswer, answers.SurvivorsAnswer, answers.ForkAnswer,
    answers.EnrollAnswer, answers.PushAnswer, answers.PullAnswer, answers.StatusAnswer, answers.TicketAnswer,
    answers.Health, answers.ErrorAnswer,
)  # fmt: skip
_BEARER = {"bearer": {"type": "http", "scheme": "bearer", "description": "The secret given at enrolment."}}
_MEANINGS = {
    400: "The body is not JSON of this shape.",
    401: "No secret, or one that is not known.",
    403: "The code or the device is not let in.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    408: "The body did not arrive.",
    409: "The device and the server are not at the same point: `epoch`, `other_server`, "
         "`unproven`, `fork` or `gap`.",
    413: "More than is taken at once.",
    415: "The body is packed or typed in a way this server does not read.",
    429: "Too much at once; `Retry-After` says for how many seconds to wait.",
    503: "The database does not answer; `Retry-After` says when to ask again.",
}
_BODY = (400, 408, 413, 415)
SENT = (*_BODY, 401, 403, 409, 429, 503)
"""Errors of a call with a secret and a body."""
ENROLLED = (*_BODY, 403, 409, 429, 503)
ASKED = (401, 403, 429, 503)
"""Errors of a call with a secret and no body."""
NUMBER = {"name": "number", "in": "query", "required": True, "schema": {"type": "string"},
          "description": "The ticket's number as it is written: `214-0087-1`."}


def call(
    answer: type | None, errors: tuple[int, ...], *, ask: type | None = None, secret: bool = True, media: str = "",
    parameters: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """What FastAPI is told of a route whose body it does not read: the arguments of its decorator."""
    content: dict[str, Any] = {"application/json": {"schema": _ref(answer)}} if answer else {media: {}}
    if media == "text/plain":
        content = {media: {"schema": {"type": "string"}}}
    extra: dict[str, Any] = {}
    if parameters:
        extra["parameters"] = list(parameters)
    if secret:
        extra["security"] = [{"bearer": []}]
    if ask:
        name = PushAsk if ask is shapes.PushAsk else ask
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(name)}}}
    return {
        "response_model": None,
        "openapi_extra": extra,
        "responses": {200: {"description": "Done.", "content": content}, **{each: _error(each) for each in errors}},
    }


def _error(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": _MEANINGS.get(status, HTTPStatus(status).phrase),
        "content": {"application/json": {"schema": _ref(answers.ErrorAnswer)}},
    }
    if status in (429, 503):
        told["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return told


def _ref(struct: type) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of ``app``, with the schemas its routes point to."""
    if app.openapi_schema is None:
        _refs, components = msgspec.json.schema_components(_STRUCTS, ref_template="#/components/schemas/{name}")
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        document.setdefault("components", {}).update(schemas=components, securitySchemes=_BEARER)
        app.openapi_schema = document
    return app.openapi_schema
