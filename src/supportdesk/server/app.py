"""The exchange over HTTP. Hot calls go past pydantic: bytes in, msgspec, bytes out, each in a worker thread.

Whatever comes in is answered; errors have one form, ``{"error": {"code", "message", ...}}``. Nothing of a body, a
secret or an address is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import anyio
import msgspec
import sqlalchemy
from anyio import to_thread
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from supportdesk import __version__, incident_log
from supportdesk.i18n import N_
from supportdesk.server import document, tables
from supportdesk.server.answers import (
    EnrollAnswer,
    ForkAnswer,
    Health,
    PullAnswer,
    PushAnswer,
    RecoverAnswer,
    StatusAnswer,
    SurvivorsAnswer,
    TicketAnswer,
)
from supportdesk.server.bodies import is_deep, packed, read_body, unpacked
from supportdesk.server.exchange import Exchange
from supportdesk.server.limits import LIVE_STREAMS, PER_DEVICE, WRONG_CODES, Limits
from supportdesk.server.live import Pokes
from supportdesk.server.metrics import CONTENT_TYPE, Metrics
from supportdesk.server.pages import Page
from supportdesk.server.shapes import Device, EnrollAsk, ForkAsk, PullAsk, PushAsk, RecoverAsk, Refused, SurvivorsAsk
from supportdesk.server.sweeping import sweep_for_ever
from supportdesk.sync import wire

JSON = "application/json"
AT_ONCE = {"postgresql": 8, "sqlite": 2}
"""Calls that read the database at once, per process; the others wait their turn outside. Of a file in this process
more only take the interpreter from each other."""
WRITERS = 1
"""Calls that write an SQLite file at once, beside those: it lets in one, and a push waits for no pull."""
READY_WITHIN = 2.0
"""Seconds in which a ready server's database answers."""

_log = logging.getLogger("supportdesk.server")
_encode = msgspec.json.Encoder().encode
_Ask = TypeVar("_Ask")


class Door:
    """What every call passes: who asks, how often, what is in the body, how the answer travels."""

    def __init__(self, exchange: Exchange, metrics: Metrics) -> None:
        self.exchange = exchange
        self.metrics = metrics
        self._devices = Limits(PER_DEVICE)
        self._wrong_codes = Limits(WRONG_CODES)
        self._streams: Counter[str] = Counter()
        dialect = exchange.engine.dialect.name
        self._reading = anyio.CapacityLimiter(AT_ONCE[dialect])
        self._writing = anyio.CapacityLimiter(WRITERS) if dialect == "sqlite" else self._reading
        self.pokes = Pokes(exchange, self._is_busy)
        self._push = msgspec.json.Decoder(PushAsk)
        self._pull = msgspec.json.Decoder(PullAsk)
        self._enroll = msgspec.json.Decoder(EnrollAsk)
        self._recover = msgspec.json.Decoder(RecoverAsk)
        self._survivors = msgspec.json.Decoder(SurvivorsAsk)
        self._fork = msgspec.json.Decoder(ForkAsk)

    def _is_busy(self) -> bool:
        return any(limiter.statistics().tasks_waiting for limiter in (self._reading, self._writing))

    async def work(self, call: Callable[[], Any], *, writes: bool = False) -> Any:
        """Runs ``call`` in a thread of its own; the loop goes on meanwhile."""
        return await to_thread.run_sync(call, limiter=self._writing if writes else self._reading)

    def device(self, request: Request) -> Device:
        """Who asks; blocking. Raises :class:`Refused`."""
        device = self.exchange.authenticate(request.headers.get("authorization"))
        _or_wait(self._devices.take(device.id))
        return device

    async def enroll(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        _or_wait(self._wrong_codes.wait(address))
        body = await _body(request)

        def call() -> tuple[bytes, str]:
            ask = self._enroll.decode(unpacked(body, request.headers.get("content-encoding", "")))
            try:
                return _answer(self.exchange.enroll(ask), request)
            except Refused as refused:
                if refused.status == 403:
                    self._wrong_codes.take(address)
                raise

        return _response(await self.work(call, writes=True))

    async def push(self, request: Request) -> Response:
        body = await self._body_of_known(request)

        def asked() -> PushAsk:
            ask = self._push.decode(unpacked(body, request.headers.get("content-encoding", "")))
            if any(is_deep(bytes(entry)) for entry in ask.entries):
                raise Refused(400, "malformed", N_("The request nests too deeply."))
            return ask

        def call() -> tuple[bytes, str, int]:
            try:
                device = self.device(request)
            except Refused as refused:
                if refused.code == "revoked":  # nothing a person typed is thrown away
                    refused.more["kept"] = self.exchange.put_aside(request.headers["authorization"], asked())
                raise
            ask = asked()
            answer = self.exchange.push(device, ask)
            self.metrics.entries(Counter(result["r"] for result in answer["results"]))
            return *_answer(answer, request), answer["head"]["seq"]

        *told, seq = await self.work(call, writes=True)
        self.pokes.pushed(seq)
        return _response(told)

    async def pull(self, request: Request) -> Response:
        return await self._told(request, self._pull, self.exchange.pull)

    async def recover(self, request: Request) -> Response:
        return await self._told(request, self._recover, self.exchange.recover, writes=True)

    async def survivors(self, request: Request) -> Response:
        return await self._told(request, self._survivors, self.exchange.survivors, writes=True)

    async def fork(self, request: Request) -> Response:
        return await self._told(request, self._fork, self.exchange.fork, writes=True)

    async def _told(self, request: Request, decoder: msgspec.json.Decoder[_Ask],
                    asked: Callable[[Device, _Ask], dict[str, Any]], *, writes: bool = False) -> Response:
        """What the exchange answers to a device that asks by a body."""
        body = await self._body_of_known(request)

        def call() -> tuple[bytes, str]:
            device = self.device(request)
            plain = unpacked(body, request.headers.get("content-encoding", ""))
            if is_deep(plain):
                raise Refused(400, "malformed", N_("The request nests too deeply."))
            return _answer(asked(device, decoder.decode(plain)), request)

        return _response(await self.work(call, writes=writes))

    async def ticket(self, request: Request) -> Response:
        number = request.query_params.get("number", "")

        def call() -> tuple[bytes, str]:
            return _answer(self.exchange.ticket(self.device(request), number), request)

        return _response(await self.work(call))

    async def status(self, request: Request) -> Response:
        def call() -> tuple[bytes, str]:
            device = self.device(request)
            told = self.exchange.status()
            answer = {key: told[key] for key in ("server", "head", "schema")} | {"last_n": device.last_n}
            return _answer(answer, request)

        return _response(await self.work(call))

    async def live(self, request: Request) -> Response:
        device = await self.work(lambda: self.device(request))
        if self._streams[device.id] >= LIVE_STREAMS:
            _or_wait(5)

        scopes = await self.work(lambda: self.exchange.granted(device.id))

        async def welcome() -> bool:
            try:
                await self.work(lambda: self.exchange.authenticate(request.headers.get("authorization")))
                return bool(await self.work(lambda: self.exchange.granted(device.id)) == scopes)
            except Refused:
                return False
            except sqlalchemy.exc.SQLAlchemyError:
                return True  # the database is away, not the device

        async def newest() -> dict[str, int]:
            try:
                return dict(await self.work(lambda: self.exchange.newest(scopes)))
            except sqlalchemy.exc.SQLAlchemyError:
                return {}  # a poke too many does no harm

        async def counted() -> AsyncIterator[bytes]:
            self._streams[device.id] += 1
            self.metrics.streams += 1
            try:
                async for event in self.pokes.stream(welcome, None if tables.OWN in scopes else newest):
                    yield event
            finally:
                self.metrics.streams -= 1
                self._streams[device.id] -= 1
                if not self._streams[device.id]:
                    del self._streams[device.id]

        return StreamingResponse(
            counted(), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )

    async def healthz(self) -> Response:
        return _response((_encode({"status": "ok"}), ""))

    async def readyz(self) -> Response:
        with anyio.move_on_after(READY_WITHIN):
            await to_thread.run_sync(self.exchange.head, abandon_on_cancel=True)
            return _response((_encode({"status": "ok"}), ""))
        raise Refused(503, "unavailable", N_("The database does not answer. Try again in a moment."))

    async def metrics_text(self) -> Response:
        gauges: dict[str, int] = {}
        duties: Sequence[dict[str, Any]] = ()
        with suppress(sqlalchemy.exc.SQLAlchemyError):  # what was counted is worth most while the database is away
            gauges["head_seq"] = await self.work(self.exchange.head)
            duties = await self.work(self.exchange.duties)
        return Response(self.metrics.text(gauges, duties), media_type=CONTENT_TYPE)

    async def _body_of_known(self, request: Request) -> bytes:
        """The body of a call that brings a secret; without one nothing is read."""
        if "authorization" not in request.headers:
            self.exchange.authenticate(None)
        return await _body(request)


class _Described(FastAPI):
    """Its OpenAPI document is ours: bodies are decoded by msgspec, of which FastAPI knows nothing."""

    def openapi(self) -> dict[str, Any]:
        return document.describe(self)


def make_app(exchange: Exchange, *, worker: int = 1) -> FastAPI:
    """The application of one server process. ``app.state.door.pokes.close()`` ends its live streams."""
    metrics = Metrics(worker)
    door = Door(exchange, metrics)

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        door.pokes.start()
        sweeping = asyncio.create_task(sweep_for_ever(exchange, door.pokes))
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            await door.pokes.stop()

    app = _Described(
        title="supportdesk",
        version=__version__,
        description="The exchange between supportdesk consoles and their server.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=running,
        exception_handlers={HTTPException: _not_served},
    )
    app.state.door = door
    _routes(app, door)
    app.add_middleware(Watch, metrics=metrics)
    return app


def _routes(app: FastAPI, door: Door) -> None:
    call = document.call

    @app.post(wire.ENROLL, **call(EnrollAnswer, document.ENROLLED, ask=EnrollAsk, secret=False))
    async def enroll(request: Request) -> Response:
        """Lets a console in by its code; the same console may enrol again with a new one."""
        return await door.enroll(request)

    @app.post(wire.PUSH, **call(PushAnswer, document.SENT, ask=PushAsk))
    async def push(request: Request) -> Response:
        """Takes entries of one device in the order of their n; each has its own result, none stops the others."""
        return await door.push(request)

    @app.post(wire.PULL, **call(PullAnswer, document.SENT, ask=PullAsk))
    async def pull(request: Request) -> Response:
        """Gives the rows that changed after the cursors, and the entries behind them."""
        return await door.pull(request)

    @app.post(wire.RECOVER, **call(RecoverAnswer, document.SENT, ask=RecoverAsk))
    async def recover(request: Request) -> Response:
        """Takes a console over that exchanged with this server before it was restored from a backup."""
        return await door.recover(request)

    @app.post(wire.SURVIVORS, **call(SurvivorsAnswer, document.SENT, ask=SurvivorsAsk))
    async def survivors(request: Request) -> Response:
        """Takes rows back that this restored server is missing."""
        return await door.survivors(request)

    @app.post(wire.FORK, **call(ForkAnswer, document.SENT, ask=ForkAsk))
    async def fork(request: Request) -> Response:
        """Gives a copied console an identity of its own, with the same agents."""
        return await door.fork(request)

    @app.get(wire.LIVE, **call(None, document.ASKED, media="text/event-stream"))
    async def live(request: Request) -> Response:
        """Server-sent events: `event: head` with `{scope: seq}` whenever there is something newer to pull."""
        return await door.live(request)

    @app.get(wire.STATUS, **call(StatusAnswer, document.ASKED))
    async def status(request: Request) -> Response:
        """Where the server stands, and what it holds of the asking device."""
        return await door.status(request)

    @app.get(wire.TICKET, **call(TicketAnswer, (*document.ASKED, 404), parameters=(document.NUMBER,)))
    async def ticket(request: Request) -> Response:
        """Gives an old ticket to a console whose window does not show it."""
        return await door.ticket(request)

    @app.get("/healthz", **call(Health, (), secret=False))
    async def healthz() -> Response:
        """The process answers."""
        return await door.healthz()

    @app.get("/readyz", **call(Health, (503,), secret=False))
    async def readyz() -> Response:
        """The process and its database answer."""
        return await door.readyz()

    @app.get("/metrics", **call(None, (), secret=False, media="text/plain"))
    async def metrics() -> Response:
        """Counters of this process for Prometheus."""
        return await door.metrics_text()


class Watch:
    """Outermost: counts and times every request, and turns whatever was raised into an answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            status = status or 499  # nobody is there to be answered; the number is the one proxies count
        except Exception as error:  # noqa: BLE001 - the last resort: no request ends without an answer
            response = _refusal(error)
            if status:
                raise _CutAnswer from None  # an answer that had begun can only be cut
            await response(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            if route != wire.LIVE:
                self._metrics.request(route, status, time.perf_counter() - begun)


class _CutAnswer(Exception):
    """Closes the connection of an answer that cannot be finished."""


def _refusal(error: Exception) -> Response:
    if isinstance(error, Refused):
        return _error(error.status, error.code, error.message, **error.more)
    if isinstance(error, msgspec.ValidationError):
        return _error(400, "invalid", N_("The request is not as expected."), where=str(error))
    if isinstance(error, msgspec.DecodeError | UnicodeDecodeError | RecursionError):
        return _error(400, "malformed", N_("The request is not JSON."))
    if isinstance(error, sqlalchemy.exc.OperationalError | sqlalchemy.exc.InterfaceError | sqlalchemy.exc.TimeoutError):
        return _error(503, "unavailable", N_("The database does not answer. Try again in a moment."))
    reference = incident_log.record(error)
    _log.error("a request failed, reference %s", reference, exc_info=error)
    return _error(
        500, "internal", N_("The server failed. Its log has it under the reference."), reference=reference
    )


async def _not_served(_request: Request, error: Exception) -> Response:
    """Addresses and methods there are none for."""
    assert isinstance(error, HTTPException)
    code, message = {
        404: ("not_found", N_("There is nothing at this address.")),
        405: ("method", N_("This address does not take this method.")),
    }.get(error.status_code, ("refused", str(error.detail)))
    response = _error(error.status_code, code, message)
    response.headers.update(error.headers or {})
    return response


def _error(status: int, code: str, message: str, **more: Any) -> Response:
    headers = {}
    if status in (429, 503):
        headers["Retry-After"] = str(more.pop("retry_after", 1))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        _encode({"error": {"code": code, "message": message, **more}}), status, media_type=JSON, headers=headers
    )


def _or_wait(seconds: float) -> None:
    if seconds > 0:
        whole = math.ceil(seconds)
        raise Refused(
            429, "too_many", N_("Too much at once. Try again in a moment."), retry_after=whole
        )


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if kind != JSON:
        raise Refused(415, "content_type", N_("The body must be application/json."))
    return await read_body(request)


def _answer(answer: object, request: Request) -> tuple[bytes, str]:
    accepted = request.headers.get("accept-encoding", "")
    if not isinstance(answer, Page):
        return packed(_encode(answer), accepted)
    if accepted not in answer.packed:
        answer.packed = {accepted: packed(_encode(answer), accepted)}
    return answer.packed[accepted]


def _response(told: Any) -> Response:
    body, encoding = told
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(body, media_type=JSON, headers=headers)
