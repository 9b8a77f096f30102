"""The server's duties: on time, once, whichever process holds the lease; what a person did goes before them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
import sqlalchemy

from supportdesk.desk.duties import duty_id
from supportdesk.server import backups, duties, keeping, tables
from supportdesk.server.exchange import Exchange
from supportdesk.server.lease import HELD, Lease
from supportdesk.server.metrics import Metrics
from supportdesk.server.shapes import Refused
from supportdesk.store.types import iso
from tests.server.hand import AT, Hand, colleague, first_admin, fixed
from tests.server.running import PATIENCE, run, serving

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def _offer(hand: Hand, name: str = "1", at: str = AT) -> tuple[str, str]:
    """A P1 that was offered to another team, at a quarter past nine in Zurich."""
    ticket, handoff = fixed(f"ticket {name}"), fixed(f"handoff {name}")
    done = hand.push(
        hand.entry("open_ticket", "ticket", ticket, "create", {"status": [None, "new"], "priority": [None, "P1"]}),
        hand.entry("offer", "handoff", handoff, "create", {
            "ticket_id": [None, ticket], "state": [None, "offered"], "offered_at": [None, at],
            "offered_by_id": [None, hand.me]}),
    )  # fmt: skip
    assert [each["r"] for each in done] == ["ok", "ok"]
    return ticket, handoff


def _said(exchange: Exchange, verb: str) -> list[Any]:
    """The entries by which a duty has said ``verb``: those that count."""
    e = tables.entry
    with exchange.engine.connect() as conn:
        query = sqlalchemy.select(e.c.entity_id, e.c.agent).where(e.c.verb == verb, e.c.seq.is_not(None))
        return list(conn.execute(query))


def _until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def _started(folder: Path, database: str, when: str = "") -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-m", "tests.server.dutiful", str(folder), database, when],
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process


@pytest.mark.parametrize(("where", "when"), [("sqlite", "after"), ("postgresql", "before")])
def test_a_holder_killed_around_its_commit_is_followed_by_another_and_the_entry_is_there_once(
    where: str, when: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = "" if where == "sqlite" else request.getfixturevalue("new_database")()
    folders = [tmp_path / "one", tmp_path / ("one" if where == "sqlite" else "two")]  # two machines share PostgreSQL
    with closing(Exchange.open(database or folders[0])) as exchange:
        _offer(first_admin(exchange))
        killed = _started(folders[0], database, when)
        assert killed.wait(PATIENCE) == -signal.SIGKILL
        assert len(_said(exchange, "remind_handoff")) == (when == "after")

        follower = _started(folders[1], database)
        try:
            _until(lambda: _tended(exchange), "the other does not go on")
            assert [agent for _row, agent in _said(exchange, "remind_handoff")] == [None]
            follower.send_signal(signal.SIGTERM)
            assert follower.wait(PATIENCE) == 0
        finally:
            follower.kill()
        with exchange.engine.connect() as conn:
            assert conn.execute(sqlalchemy.select(tables.duty_lease.c.fence)).scalar_one() == 2
        assert Lease(exchange.engine, "a third").hold(), "it let the lease go"


def _tended(exchange: Exchange) -> bool:
    return any(duty["name"] == "handoffs" and duty["ran_at"] for duty in exchange.duties())


def _runner(exchange: Exchange, folder: Path, clock: Clock) -> duties.Runner:
    exchange.clock = clock
    return duties.Runner(exchange, folder)


def _turn(runner: duties.Runner) -> float:
    assert runner._holds()
    return runner._turn()


def test_nothing_waits_then_no_desk_file_is_made_and_one_is_when_a_handoff_is_due(
    exchange: Exchange, tmp_path: Path
) -> None:
    clock = Clock()
    clock.now = datetime.fromisoformat(AT) + timedelta(minutes=14)
    runner, anna = _runner(exchange, tmp_path / "data", clock), first_admin(exchange)
    _offer(anna)
    assert _turn(runner) == duties.LOOK
    assert not (tmp_path / "data").exists()
    clock.now += timedelta(seconds=58)
    assert _turn(runner) == pytest.approx(2), "it sleeps until the instant, not past it"
    clock.now += timedelta(seconds=2)
    _turn(runner)
    assert len(_said(exchange, "remind_handoff")) == 1
    (told,) = [duty for duty in exchange.duties() if duty["name"] == "handoffs"]
    assert (told["late_ms"], told["failed"]) == (0, None)
    assert told["next_at"] == iso(clock.now + timedelta(minutes=15))
    assert 'supportdesk_duty_late_seconds{worker="1",duty="handoffs"} 0.0' in Metrics().text({}, exchange.duties())

    clock.now += timedelta(minutes=15)
    _turn(runner)
    assert len(_said(exchange, "bring_back")) == 2
    anna.pull()
    assert [row["state"] for row in anna.of("handoff")] == ["returned"]
    assert [device.name for device in exchange.devices()] == ["desk of anna"], "the server's own is no console"


def _promised(hand: Hand, at: datetime) -> str:
    """A ticket by mail under a contract that promises an answer within the hour."""
    contract, ticket = fixed("contract"), fixed("promised")
    done = hand.push(
        hand.entry("administer", "contract", contract, "create", {
            "slug": [None, "gold"], "kind": [None, "customer"],
            "versions": [None, [{"targets": {"P3": {"answer": 3_600}}}]]}),
        hand.entry("open_ticket", "ticket", ticket, "create", {
            "status": [None, "new"], "priority": [None, "P3"], "created_at": [None, iso(at)],
            "contract_id": [None, contract], "coverage": [None, "contract"]}),
    )  # fmt: skip
    assert [each["r"] for each in done] == ["ok", "ok"]
    return ticket


def test_a_promise_that_was_missed_is_noted_once_and_everybody_gets_it(exchange: Exchange, tmp_path: Path) -> None:
    clock = Clock()
    clock.now = datetime.fromisoformat(AT)
    runner, anna = _runner(exchange, tmp_path / "data", clock), first_admin(exchange)
    _turn(runner)
    assert not (tmp_path / "data").exists(), "nobody has promised anything"
    ticket = _promised(anna, clock.now)
    clock.now += duties.breaches.APART
    _turn(runner)
    assert (tmp_path / "data").exists()
    due = datetime.fromisoformat(AT) + timedelta(hours=1)
    (told,) = [duty for duty in exchange.duties() if duty["name"] == "breaches"]
    assert (told["next_at"], told["failed"]) == (iso(due), None)
    clock.now = due + timedelta(seconds=1)
    for _look in range(3):
        _turn(runner)
        clock.now += duties.breaches.APART
    anna.pull()
    ((breach),) = anna.of("breach")
    assert (breach["ticket_id"], breach["kind"], breach["due_at"]) == (ticket, "answer", iso(due))
    assert [agent for _row, agent in _said(exchange, "breach")] == [None]


def test_a_look_for_missed_promises_that_failed_is_tried_again(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    clock.now = datetime.fromisoformat(AT)
    runner, anna = _runner(exchange, tmp_path / "data", clock), first_admin(exchange)
    _promised(anna, clock.now)
    clock.now += timedelta(hours=2)

    def full(*_args: object) -> object:
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(duties.replica.Replica, "exchange", full)
        _turn(runner)
    _turn(runner)
    assert _said(exchange, "breach") == [], "not at once"
    clock.now += duties.breaches.APART
    _turn(runner)
    assert len(_said(exchange, "breach")) == 1


def test_what_a_person_did_offline_goes_before_what_a_duty_did_and_asks_nobody(
    exchange: Exchange, tmp_path: Path
) -> None:
    clock = Clock()
    anna = first_admin(exchange)
    ben = colleague(exchange, anna, "ben")
    _ticket, handoff = _offer(anna)
    seen = exchange.head()
    runner = _runner(exchange, tmp_path, clock)
    for _time in range(2):
        _turn(runner)
        clock.now += timedelta(minutes=15)
    assert len(_said(exchange, "bring_back")) == 2
    said = ben.say("accept", "handoff", handoff, "set", {"state": ["offered", "accepted"]}, base=seen)
    assert said["r"] == "ok"
    anna.pull()
    assert [row["state"] for row in anna.of("handoff")] == ["accepted"]
    assert anna.of("conflict") == []


def test_a_duty_that_was_decided_before_somebody_answered_is_refused_whole(exchange: Exchange, tmp_path: Path) -> None:
    clock = Clock()
    anna = first_admin(exchange)
    _ticket, handoff = _offer(anna)
    runner = _runner(exchange, tmp_path, clock)
    _turn(runner)
    clock.now += timedelta(minutes=15)
    from supportdesk.desk.duties import tend_handoffs

    assert runner._replica is not None
    desk = runner._replica.desk()
    assert tend_handoffs(desk).done == 1
    desk.close()
    assert anna.say("withdraw_offer", "handoff", handoff, "set", {"state": ["offered", "withdrawn"]},
                    base=exchange.head())["r"] == "ok"
    runner._replica.exchange()
    assert _said(exchange, "bring_back") == []
    anna.pull()
    assert [row["state"] for row in anna.of("handoff")] == ["withdrawn"]
    assert [row.get("status_reason") for row in anna.of("ticket")] == [None]


def test_no_console_says_what_only_the_clock_says(exchange: Exchange) -> None:
    anna = first_admin(exchange)
    ticket, _handoff = _offer(anna)
    for agent in (anna.me, None):
        refused = anna.say("bring_back", "ticket", ticket, "set", {"status_reason": [None, "returned"]}, agent=agent)
        assert refused["r"] == "rejected"


def test_no_console_takes_the_ids_of_what_a_duty_will_say(exchange: Exchange, tmp_path: Path) -> None:
    """They are computed, so anybody can know them before."""
    clock = Clock()
    clock.now = datetime.fromisoformat(AT) + timedelta(minutes=15)
    anna = first_admin(exchange)
    ticket, handoff = _offer(anna)
    action = duty_id("remind_handoff", UUID(handoff), clock.now)
    entry = str(uuid5(action, "0"))
    for verb, agent in (("edit_ticket", anna.me), ("remind_handoff", None)):
        refused = anna.say(verb, "ticket", ticket, "set", {"title": [None, "mine"]}, agent=agent, id=entry)
        assert refused["r"] == "rejected"
        again = anna.push(anna.entry(verb, "ticket", ticket, "set", {"title": [None, "mine"]}, agent=agent, id=entry,
                                     n=anna.n - 1), first_n=anna.n - 1)
        assert again == [refused]
    _turn(_runner(exchange, tmp_path / "data", clock))
    assert len(_said(exchange, "remind_handoff")) == 1
    with exchange.engine.connect() as conn:
        ids = conn.execute(sqlalchemy.select(tables.entry.c.id).where(tables.entry.c.verb == "remind_handoff",
                                                                       tables.entry.c.seq.is_not(None))).scalars().all()
    assert ids == [entry]


def test_an_earlier_holder_that_wakes_up_is_refused(exchange: Exchange) -> None:
    first, second = Lease(exchange.engine, "one"), Lease(exchange.engine, "two")
    assert first.hold()
    assert not second.hold()
    with exchange.engine.begin() as conn:
        conn.execute(tables.duty_lease.update().values(until=iso(datetime.now(UTC) - HELD)))
    assert second.hold()
    with pytest.raises(Refused, match="Another process"):
        first.note("handoffs", next_at=None)
    second.note("handoffs", next_at=None)


def test_every_night_has_its_backup_once_and_old_ones_and_old_codes_go(tmp_path: Path) -> None:
    clock = Clock()
    with closing(Exchange.open(tmp_path)) as exchange:
        runner = _runner(exchange, tmp_path, clock)
        exchange.make_code()
        first_admin(exchange)
        _turn(runner)
        assert keeping.backups(tmp_path) == {}, "no night has been yet"
        for _night in range(3):
            clock.now += timedelta(days=1)
            for _time in range(2):
                _turn(runner)
        made = keeping.backups(tmp_path)
        assert len(made) == 3
        assert all(backups.prove(path).entries == 1 for path in made.values())
        clock.now += timedelta(days=9)  # the server was off: one backup, not nine
        _turn(runner)
        assert len(keeping.backups(tmp_path)) == 4
        (newest,) = sorted(keeping.backups(tmp_path).items())[-1:]
        written = newest[1].stat().st_mtime_ns
        assert keeping.back_up(exchange, tmp_path, newest[0]).stat().st_mtime_ns == written, "it is not made twice"
        half = tmp_path / keeping.BACKUPS / ".server-x.new"
        half.touch()
        keeping.drop(exchange, tmp_path)
        assert not half.exists()
        with exchange.engine.connect() as conn:
            assert conn.execute(sqlalchemy.select(tables.code)).all() == []
        status = run("server", "status", "--data", str(tmp_path))
        assert "Nightly backup" in status.stdout


def test_serve_runs_the_duties_and_ends_them_with_itself(tmp_path: Path) -> None:
    with closing(Exchange.open(tmp_path)) as exchange:
        _offer(first_admin(exchange))
        with serving(tmp_path) as server:
            _until(lambda: _tended(exchange), "it does not do its duty")
            assert len(_said(exchange, "remind_handoff")) == 1
            text = httpx.get(f"{server.url}/metrics", trust_env=False).text
            assert 'supportdesk_duty_failed{worker="1",duty="handoffs"} 0' in text
            assert server.end() == 0
        assert Lease(exchange.engine, "another").hold(), "it let the lease go"
        told = json.loads(run("server", "status", "--data", str(tmp_path), "--json").stdout)["duties"]
        assert {duty["name"] for duty in told} == {"handoffs", "backup", "retention"}


def test_a_desk_file_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    clock = Clock()
    with closing(Exchange.open(tmp_path)) as exchange:
        anna = first_admin(exchange)
        _offer(anna)
        runner = _runner(exchange, tmp_path, clock)
        _turn(runner)
        assert runner._replica is not None
        runner._replica.close()
        for suffix in ("-wal", "-shm"):
            (tmp_path / "duties" / f"desk.db{suffix}").unlink(missing_ok=True)
        (tmp_path / "duties" / "desk.db").write_bytes(b"no desk" * 1000)
        again = _runner(exchange, tmp_path, clock)
        again._lease = runner._lease
        clock.now += timedelta(minutes=15)
        _turn(again)
        assert len(_said(exchange, "bring_back")) == 2


def test_s25_the_servers_own_desk_file_forgets_whom_all_consoles_forget(exchange: Exchange, tmp_path: Path) -> None:
    clock = Clock()
    anna = first_admin(exchange)
    runner = _runner(exchange, tmp_path, clock)
    caller = fixed("caller")
    anna.say("edit_caller", "caller", caller, "create", {"name": [None, "Zebulon Quark"]})
    _offer(anna)
    _turn(runner)
    own = tmp_path / "duties" / "desk.db"
    assert any(b"Quark" in Path(f"{own}{part}").read_bytes() for part in ("", "-wal"))
    said = anna.say("erase", "caller", caller, "set", {"erased_at": [None, AT], "retired_at": [None, AT]})
    assert said["r"] == "ok"
    _turn(runner)
    assert not any(b"quark" in Path(f"{own}{part}").read_bytes().lower() for part in ("", "-wal"))
    assert exchange.erasures()[0].consoles == 1
