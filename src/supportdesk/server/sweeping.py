"""Windows move on with the days, beside the calls: at the start of a process and every hour."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import sqlalchemy
from anyio import to_thread

from supportdesk.server.exchange import Exchange
from supportdesk.server.live import Pokes

EVERY = 3600.0
"""Seconds. Any number of processes may look: the first one moves the window, the others find it moved."""


async def sweep_for_ever(exchange: Exchange, pokes: Pokes) -> None:
    """Until it is cancelled."""
    while True:
        with suppress(sqlalchemy.exc.SQLAlchemyError):  # the next hour tries again
            if await to_thread.run_sync(exchange.sweep):
                pokes.pushed(await to_thread.run_sync(exchange.head))
        await asyncio.sleep(EVERY)
