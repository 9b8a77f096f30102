"""Live pokes between processes, each played by an exchange of its own on the same database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from supportdesk.server import live
from supportdesk.server.exchange import Exchange
from supportdesk.server.live import Pokes

PATIENCE = 30.0


async def _welcome() -> bool:
    return True


@asynccontextmanager
async def _process(where: str | Path) -> AsyncIterator[Pokes]:
    exchange = Exchange.open(where)
    pokes = Pokes(exchange)
    pokes.start()
    try:
        yield pokes
    finally:
        await pokes.stop()
        exchange.close()


async def _next(stream: AsyncIterator[bytes]) -> bytes:
    async with asyncio.timeout(PATIENCE):
        return await anext(stream)


async def test_on_postgresql_a_push_at_one_process_pokes_the_streams_of_another(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK_TOLD", 3600)  # so that nothing but a notice can tell
    url = new_database()
    async with _process(url) as here, _process(url) as there:
        async with asyncio.timeout(PATIENCE):
            while not there._listening:
                await asyncio.sleep(0.01)
        async with aclosing(there.stream(_welcome)) as stream:
            assert b'{"own":' in await _next(stream)
            here.pushed(4711)
            assert await _next(stream) == b'event: head\ndata: {"own":4711}\n\n'


async def test_on_sqlite_what_another_process_wrote_is_found_by_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK", 0.01)
    async with _process(tmp_path) as pokes, aclosing(pokes.stream(_welcome)) as stream:
        assert b'{"own":' in await _next(stream)
        monkeypatch.setattr(pokes._exchange, "head", lambda: 4711)
        assert await _next(stream) == b'event: head\ndata: {"own":4711}\n\n'


async def test_pokes_gather_and_the_newest_is_told(tmp_path: Path) -> None:
    async with _process(tmp_path) as pokes, aclosing(pokes.stream(_welcome)) as stream:
        await _next(stream)
        for seq in range(5000, 5010):
            pokes.pushed(seq)
        assert await _next(stream) == b'event: head\ndata: {"own":5009}\n\n'


async def test_news_wake_no_stream_that_lets_pokes_gather(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a thousand consoles each push would have woken them all."""
    waits = 0
    timeout = asyncio.timeout

    def counted(seconds: float) -> asyncio.Timeout:
        nonlocal waits
        waits += 1
        return timeout(seconds)

    async with _process(tmp_path) as pokes, aclosing(pokes.stream(_welcome)) as stream:
        await _next(stream)
        monkeypatch.setattr(live, "GAP", 0.05)
        poke = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)  # it lets pokes gather
        monkeypatch.setattr(live.asyncio, "timeout", counted)
        for seq in range(5000, 5020):
            pokes.pushed(seq)
            await asyncio.sleep(0)
        assert waits <= 1
        assert await poke == b'event: head\ndata: {"own":5019}\n\n'


async def test_a_quiet_stream_shows_that_it_lives_and_ends_for_a_device_that_was_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE", 0.02)
    monkeypatch.setattr(live, "GAP", 0)
    answers = iter([True, True, False])

    async def welcome() -> bool:
        return next(answers)

    async with _process(tmp_path) as pokes:
        told = [event async for event in pokes.stream(welcome)]
    assert told[1:] == [b": keep-alive\n\n"] * 2


async def test_a_server_that_goes_ends_its_streams(tmp_path: Path) -> None:
    async with _process(tmp_path) as pokes, aclosing(pokes.stream(_welcome)) as stream:
        await _next(stream)
        pokes.close()
        with pytest.raises(StopAsyncIteration):
            await _next(stream)


async def test_no_poke_goes_out_while_calls_wait_and_then_it_stands_for_all_there_was(tmp_path: Path) -> None:
    waiting = True
    exchange = Exchange.open(tmp_path)
    pokes = Pokes(exchange, lambda: waiting)
    try:
        async with aclosing(pokes.stream(_welcome)) as stream:
            pokes.pushed(1)
            poke = asyncio.create_task(_next(stream))
            turns = pokes._turn
            while pokes._turn < turns + 10 * live.TURN:
                await asyncio.sleep(0)
            assert not poke.done()
            pokes.pushed(2)
            waiting = False
            assert await poke == b'event: head\ndata: {"own":2}\n\n'
    finally:
        await pokes.stop()
        exchange.close()
