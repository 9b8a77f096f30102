"""``supportdesk sync`` in plain words: how it stands, what waits, and what to do when the server is not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from supportdesk.places import os_login
from supportdesk.server.exchange import Exchange
from tests.cli.running import data, ran
from tests.sync import stand


@pytest.fixture
def desk(desk_home: Path) -> Path:
    data("init")
    return desk_home / "desk.db"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Exchange]:
    exchange = Exchange.open(tmp_path / "company")
    yield exchange
    exchange.close()


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("verb", ["now", "pause", "resume", "leave"])
def test_without_a_server_it_says_that_the_desk_works_alone_and_the_cure(verb: str) -> None:
    done = ran("sync", verb)
    assert done.code == 3
    assert done.err.startswith("This desk works alone.")
    assert "sync enroll URL --code CODE" in done.err


@pytest.mark.usefixtures("desk")
def test_the_status_of_a_desk_that_works_alone_is_no_error() -> None:
    done = ran("sync", "status")
    assert done.code == 0
    assert "This desk works alone." in done.err
    assert ran("sync", "conflicts").err.strip() == "No two sites have changed the same."


@pytest.mark.usefixtures("desk")
def test_a_code_that_is_not_taken_and_an_address_that_is_none_are_said_so(company: Exchange) -> None:
    with stand.listening(company) as url:
        done = ran("sync", "enroll", url, "--code", "AAAA-BBBB-CC")
        assert done.code == 1
        assert "does not take this code" in done.err
    done = ran("sync", "enroll", "http://desk.example.org", "--code", "AAAA-BBBB-CC")
    assert done.code == 1
    assert "https only" in done.err


def test_an_exchange_without_the_server_keeps_everything_and_ends_with_1(desk: Path, company: Exchange) -> None:
    with stand.listening(company) as url:
        assert ran("sync", "enroll", url, "--code", company.make_code(admin=True)).code == 0
        assert ran("sync", "now").out.splitlines()[0] == "Sent       3"
    data("ticket", "new", "--title", "VPN drops", "--caller-name", "Lea")
    done = ran("sync", "now")
    assert done.code == 1
    assert done.err.strip() == (
        "The server was not reached. Everything is kept here and goes out with the next exchange.")
    told = ran("sync", "status")
    assert told.code == 0
    assert ("State          offline" in told.out, "1 change" in told.out) == (True, True)
    assert "The server was not reached." in told.err
    assert ran("sync", "pause").code == 0
    assert "paused" in ran("sync", "status").out
    assert "sync resume" in ran("sync", "now").err
    with closing(sqlite3.connect(desk)) as conn:
        assert conn.execute("SELECT number FROM ticket").fetchone()[0].startswith("100-")


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("id", ["", "abc", "zz", "%", "0" * 40])
def test_a_conflict_that_is_not_there_is_said_so(id: str) -> None:
    done = ran("sync", "resolve", id, "keep-mine")
    assert done.code == 1
    assert "sync conflicts" in done.err
    assert os_login() not in done.err
