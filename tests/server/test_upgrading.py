"""A server's database of any released version opens for ever; one of a newer program is refused, and left alone."""

import gzip
import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import MetaData, inspect

from supportdesk.server import tables
from supportdesk.server.exchange import Exchange
from supportdesk.terms.errors import NotReady
from tests.server.hand import Hand, dump

FIXTURES = Path(__file__).parents[1] / "fixtures"


def _old(folder: Path) -> Path:
    """A server of version 1 as it was left: an admin, Ben, a ticket and a conflict of theirs."""
    folder.mkdir()
    (folder / "exchange.db").write_bytes(gzip.decompress((FIXTURES / "exchange-v1.db.gz").read_bytes()))
    return folder


def _on_postgresql(folder: Path, url: str) -> str:
    """The same tables and rows in PostgreSQL, as version 1 made them there."""
    source, target = tables.engine_for(f"sqlite:///{folder / 'exchange.db'}"), tables.engine_for(url)
    made = MetaData()
    made.reflect(source)
    flags = {"shared_host", "admin", "gone"}
    for table in made.tables.values():
        for column in table.columns:
            column.type = tables.metadata.tables[table.name].columns[column.name].type
    with source.connect() as old, target.begin() as new:
        made.create_all(new)
        for table in made.sorted_tables:
            rows = [{k: bool(v) if k in flags else v for k, v in row._mapping.items()} for row in
                    old.execute(table.select())]
            if rows:
                new.execute(table.insert(), rows)
    source.dispose()
    target.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    folder = _old(tmp_path / "server")
    if request.param == "sqlite":
        return folder
    new_database: Callable[[], str] = request.getfixturevalue("new_database")
    return _on_postgresql(folder, new_database())


def _shape(exchange: Exchange) -> dict[str, Any]:
    there = inspect(exchange.engine)
    return {
        name: (
            sorted((c["name"], str(c["type"]), c["nullable"], c["default"]) for c in there.get_columns(name)),
            there.get_pk_constraint(name)["constrained_columns"],
            sorted((str(i["name"]), i["column_names"]) for i in there.get_indexes(name)),
        )
        for name in there.get_table_names()
    }


def _console(exchange: Exchange) -> Hand:
    """Ben's console of then, which has not heard of any of this."""
    kept = json.loads((FIXTURES / "exchange-v1.json").read_text())["ben"]
    return Hand(exchange, "ben", kept["device"], kept["n"], kept["lease"], kept["epoch"], kept["secret"])


def test_a_server_of_version_1_opens_and_its_consoles_go_on(old: str | Path, tmp_path: Path) -> None:
    exchange = Exchange.open(old)
    ben = _console(exchange).pull()
    assert [(doc["title"], doc["number"]) for doc in ben.of("ticket")] == [("VPN Geneva", "100-0001-4")]
    assert len(ben.of("conflict")) == 1
    (ticket,) = (id for id, (entity, _rev, _doc) in ben.rows.items() if entity == "ticket")
    assert ben.say("take", "ticket", ticket, "set", {"status": ["new", "in_progress"]}, base=3)["r"] == "ok"
    assert [exchange.scopes(device.id) for device in exchange.devices()] == [["own"]] * 2, "they hold what they held"
    exchange.close()
    if isinstance(old, Path):
        (copy,) = old.glob("exchange.db.v1-*")
        assert copy.stat().st_mode & 0o777 == 0o600
        with closing(sqlite3.connect(copy)) as conn:
            assert conn.execute("SELECT seq FROM head").fetchone() == (5,)
            assert not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchall()


def test_a_migrated_database_is_made_like_a_new_one(old: str | Path, request: pytest.FixtureRequest,
                                                    tmp_path: Path) -> None:
    migrated = Exchange.open(old)
    new = Exchange.open(tmp_path / "new" if isinstance(old, Path) else request.getfixturevalue("new_database")())
    assert _shape(migrated) == _shape(new)
    assert {"epoch", "quarantine", "alembic_version"} <= _shape(new).keys()
    migrated.close()
    new.close()


def test_many_processes_open_an_old_server_at_once_and_one_of_them_brings_it_up_to_date(old: str | Path) -> None:
    opened: list[Exchange] = []
    threads = [threading.Thread(target=lambda: opened.append(Exchange.open(old))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    assert len(dump(opened[0], "epoch")["epoch"]) == 1
    for exchange in opened:
        exchange.close()


def test_the_database_of_a_newer_program_is_refused_with_the_version_it_needs(exchange: Exchange) -> None:
    with exchange.engine.begin() as conn:
        conn.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '0099'"))
    url = exchange.engine.url
    with pytest.raises(NotReady, match="version 99"):
        Exchange.open(Path(url.database or "").parent if exchange.engine.dialect.name == "sqlite"
                      else url.render_as_string(hide_password=False))
    with exchange.engine.connect() as conn:
        assert conn.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar_one() == "0099"
