"""Conflicts, by keys: both values with authors and times, one key each; claims; what the server refused."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk import i18n
from supportdesk.desk import conflicts, handoffs, tickets
from supportdesk.terms.errors import Invalid
from tests.screens.offices import Company, Office, company
from tests.screens.stand import Bench, Console, console, minutes, words

SIZES = ((80, 24), (120, 40))


@pytest.fixture
def there(bench: Bench, tmp_path: Path) -> Iterator[Company]:
    """Ana's desk is enrolled; her console looks for the server where there is none, unless a test says otherwise."""
    with company(bench, tmp_path) as made:
        yield made


@pytest.fixture
def ben(there: Company) -> Iterator[Office]:
    with there.office() as made:
        yield made


def clash(bench: Bench, there: Company, ben: Office) -> UUID:
    """Ana and Ben gave one ticket another title, and each what the caller says other words; Ben was first."""
    id = bench.ticket()
    there.swap()
    ben.exchange()
    ben.now = minutes(-10)
    ben.say(tickets.edit, id, {"title": "Line to Alpina is dead", "description": "nothing works\nsince noon"})
    bench.say(tickets.edit, id, {"title": "VPN down at Alpina, 40 PCs", "description": "all PCs"}, at=minutes(-4))
    ben.exchange()
    there.swap()
    return id


def claim(bench: Bench, there: Company, ben: Office) -> UUID:
    """Ben took a ticket at 13:46, Ana at 13:48 without seeing it; she wrote a note, he too."""
    id = bench.ticket()
    with closing(sqlite3.connect(bench.path)) as conn, conn:
        conn.execute("UPDATE ticket SET assignee_id = NULL")
        conn.execute("""UPDATE entry SET fields = json_remove(fields, '$.assignee_id') WHERE entity = 'ticket'""")
    there.swap()
    ben.exchange()
    ben.now = minutes(-16)
    ben.say(tickets.take, [id])
    bench.say(tickets.take, [id], at=minutes(-14))
    ben.now = minutes(-8)
    ben.say(tickets.note, id, "the line is cut at the street")
    bench.say(tickets.note, id, "router restarted, no effect", at=minutes(-3))
    ben.exchange()
    there.swap()
    return id


@asynccontextmanager
async def at_conflicts(bench: Bench, **how: object) -> AsyncIterator[Console]:
    async with console(bench, **how) as desk:
        await desk.pilot.pause(0.9)
        await desk.rest()
        await desk.press("f")
        await desk.rest()
        yield desk


async def test_show(bench: Bench, there: Company, ben: Office) -> None:
    clash(bench, there, ben)
    claim(bench, there, ben)
    there.elsewhere("http://127.0.0.1:9")
    for size in SIZES:
        async with at_conflicts(bench, size=size) as desk:
            print(desk.text())
            await desk.press("down")
            print(desk.text())
