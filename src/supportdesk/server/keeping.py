"""The server's nightly house-keeping: a proved backup, and what is not kept for ever."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from supportdesk.rules import nightly
from supportdesk.server import codes, tables
from supportdesk.server.exchange import Exchange
from supportdesk.store.types import iso

BACKUPS = "backups"
_STAMP = "%Y%m%dT%H%M%SZ"
_BEFORE, _AFTER = "server-", ".sdserver"


def back_up(exchange: Exchange, folder: Path, night: datetime) -> Path:
    """The backup of one night. One that is there stays: it was proved before it got its name, and a server put back
    to an older state must not write over it. Raises NotReady."""
    target = folder / BACKUPS / f"{_BEFORE}{night.astimezone(UTC):{_STAMP}}{_AFTER}"
    if not target.exists():
        exchange.backup(target)
    return target


def drop(exchange: Exchange, folder: Path) -> None:
    """Drop what has had its time: nightly backups but those of 7 days, 4 weeks and 12 months, halves of backups that
    a killed process left, enrolment codes a day after they were made, and bytes of persons who were erased."""
    made = backups(folder)
    for night in made.keys() - nightly.kept(made):
        made[night].unlink(missing_ok=True)
    for half in (folder / BACKUPS).glob(f".{_BEFORE}*"):
        half.unlink(missing_ok=True)
    exchange.finish_erasing()
    with tables.writing(exchange.engine) as conn:
        _drop_codes(conn, exchange.clock())


def backups(folder: Path) -> dict[datetime, Path]:
    """The nightly backups there are, by their night."""
    found = {}
    for path in (folder / BACKUPS).glob(f"{_BEFORE}*{_AFTER}"):
        with suppress(ValueError):
            stamp = path.name.removeprefix(_BEFORE).removesuffix(_AFTER)
            found[datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)] = path
    return found


def _drop_codes(conn: Connection, now: datetime) -> None:
    conn.execute(tables.code.delete().where(tables.code.c.made_at < iso(now - codes.LIFE)))
