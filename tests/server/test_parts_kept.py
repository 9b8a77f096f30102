"""The parts of other companies through all that befalls a server: backed up and restored, caught up by its consoles,
copied consoles, consoles that were shut out."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import inspect

from supportdesk.server import backups, putting_back, tables
from supportdesk.server.exchange import Exchange
from supportdesk.server.place import Place
from supportdesk.server.shapes import ForkAsk, PullAsk, RecoverAsk, Refused, SurvivorIn, SurvivorsAsk
from supportdesk.store.clock import utc_now
from supportdesk.terms.errors import Invalid
from tests.server.hand import Hand, colleague, dump, first_admin, fixed
from tests.server.parts import DESK, OF_X, Part, X, companies, partner
from tests.server.test_scopes import FOREIGN, T, case, held, made, moved

SCOPED = ("device_scope", "code_scope", "window", "naming", "scope_entry", "scope_sum", "membership")


def _place(exchange: Exchange, folder: Path) -> Place:
    url = exchange.engine.url
    if exchange.engine.dialect.name == "sqlite":
        return Place(str(Path(url.database or "").parent))
    return Place(str(folder), url.render_as_string(hide_password=False))


def _restored(exchange: Exchange, backup: Path, folder: Path, *hands: Hand) -> Exchange:
    place = _place(exchange, folder)
    exchange.close()
    putting_back.restore(place, backup, utc_now())
    opened = Exchange.open(place.database or place.folder)
    for hand in hands:
        hand.exchange = opened
    return opened


def _recover(hand: Hand, proof: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    told = hand.exchange.recover(hand.known(), msgspec.convert(
        {"epoch": hand.epoch, "lease": hand.lease, "schema": 1, "chain": proof,
         "seen": [[e["seq"], e["id"]] for e in entries]}, RecoverAsk))
    hand.epoch, hand.lease = told["epoch"], told["lease"]
    return told


def _moved_on(exchange: Exchange) -> None:
    """A window moves on: a place of the order without an entry."""
    now = exchange.clock()
    exchange.clock = lambda: now + timedelta(days=91)
    assert exchange.sweep()


def test_a_backup_holds_the_parts_of_all_and_proves_the_sum_of_each(exchange: Exchange, tmp_path: Path) -> None:
    anna = first_admin(exchange)
    companies(anna)
    carl = colleague(exchange, anna, "carl")
    exchange.scopes(carl.device, window=90)
    xenia = partner(exchange, anna, "xenia", X, "x")
    case(anna, X)
    case(anna, DESK, FOREIGN)
    moved(anna, FOREIGN, status="closed")
    _moved_on(exchange)
    moved(anna, T, assignee_id=anna.me)
    _moved_on(exchange)
    exchange.make_code(scopes=["x"])
    made_ = exchange.backup(tmp_path / "backup.sdserver")
    before = dump(exchange, *SCOPED)
    assert all(before.values())
    opened = _restored(exchange, made_.path, tmp_path / "copies", anna, xenia)
    assert dump(opened, *SCOPED) == before
    assert "entry_entity" in {index["name"] for index in inspect(opened.engine).get_indexes("entry")}
    assert opened.scopes(xenia.device) == ["x"]
    xenia.epoch = opened.status()["head"]["epoch"]
    assert [t["title"] for t in xenia.pull().of("ticket")] == ["secret title"]
    opened.close()
    with closing(sqlite3.connect(made_.path)) as conn, conn:
        conn.execute("UPDATE membership SET gone = 1 WHERE scope = ? AND entity = 'ticket'", (OF_X,))
    with pytest.raises(Invalid, match="damaged"):
        backups.prove(made_.path)


def test_s14_what_an_own_console_brings_back_is_in_the_companys_part_again(exchange: Exchange, tmp_path: Path) -> None:
    anna = first_admin(exchange)
    companies(anna)
    ben = colleague(exchange, anna, "ben")
    xenia = partner(exchange, anna, "xenia", X, "x")
    made_ = exchange.backup(tmp_path / "backup.sdserver")
    case(anna, X)
    ben.pull()
    xenia.pull()
    proof = exchange.status()["head"]["chain"]
    opened = _restored(exchange, made_.path, tmp_path / "copies", anna, ben, xenia)
    assert _recover(ben, proof, ben.entries)["survivors"]
    offered = [SurvivorIn(entity, id, rev, doc) for id, (entity, rev, doc) in ben.rows.items()]
    assert opened.survivors(ben.known(), SurvivorsAsk(ben.epoch, 1, offered))["taken"] == 7
    anew = Part(opened, "xenia", device=fixed("another machine"))
    anew.enroll(opened.make_code(agents=["xenia"], scopes=["x"]))
    assert [t["title"] for t in anew.pull().of("ticket")] == ["secret title"]
    assert [c["name"] for c in anew.of("caller")] == ["secret caller"]
    assert {e["reason"] for e in anew.told_of.values() if e["entity_id"] == T} == {
        "Brought back by a console after the server was restored from a backup."}
    opened.backup(tmp_path / "again.sdserver")
    opened.close()


def test_s14_a_console_that_holds_a_part_brings_no_rows_back(exchange: Exchange, tmp_path: Path) -> None:
    anna = first_admin(exchange)
    companies(anna)
    xenia = partner(exchange, anna, "xenia", X, "x")
    made_ = exchange.backup(tmp_path / "backup.sdserver")
    case(anna, X)
    xenia.pull()
    proof = exchange.status()["head"]["chain"]
    opened = _restored(exchange, made_.path, tmp_path / "copies", xenia)
    assert not _recover(xenia, proof, list(xenia.told_of.values()))["survivors"]
    with pytest.raises(Refused) as refused:
        opened.survivors(xenia.known(), SurvivorsAsk(xenia.epoch, 1, [
            SurvivorIn("ticket", T, opened.head() + 1, xenia.shown[T][1])]))
    assert (refused.value.status, refused.value.code) == (403, "proof")
    opened.close()


def test_s18_a_copy_of_a_companys_console_holds_the_same_part_and_no_more(exchange: Exchange) -> None:
    anna = first_admin(exchange)
    companies(anna)
    xenia = partner(exchange, anna, "xenia", X, "x")
    case(anna, X)
    case(anna, DESK, FOREIGN)
    given = exchange.fork(xenia.known(), ForkAsk(xenia.epoch, "copy", 1, 0))
    copy = Part(exchange, "xenia", device=given["device"], lease=given["lease"], epoch=given["epoch"],
                secret=given["secret"]).pull()
    assert [t["title"] for t in copy.of("ticket")] == ["secret title"]
    assert exchange.scopes(copy.device) == ["x"]
    assert copy.say("edit_ticket", "ticket", FOREIGN, "set", {"title": [None, "x"]}, base=10**6)["r"] == "rejected"
    assert copy.say("edit_ticket", "ticket", T, "set", {"title": [None, "y"]}, base=10**6)["r"] == "ok"


def test_what_a_companys_console_still_sent_is_judged_by_its_part_when_it_is_taken(exchange: Exchange) -> None:
    anna = first_admin(exchange)
    companies(anna)
    xenia = partner(exchange, anna, "xenia", X, "x")
    case(anna, DESK, FOREIGN)
    exchange.revoke(xenia.device)
    new = xenia.entry("open_ticket", "ticket", T, "create", {"title": [None, "left behind"], "team_id": [None, X]})
    foreign = xenia.entry("edit_ticket", "ticket", FOREIGN, "set", {"title": [None, "x"]}, base=10**6)
    exchange.put_aside(xenia.secret, xenia.ask([new, foreign]))
    results = {kept.id: exchange.accept(kept.id)[0] for kept in exchange.in_quarantine()}
    assert results[new["action"]]["r"] == "ok"
    assert (results[foreign["action"]]["r"], results[foreign["action"]]["reason"]) == (
        "rejected", "That record is not there (any more).")
    other = partner(exchange, anna, "xaver", X, "x").pull()
    assert [t["title"] for t in other.of("ticket")] == ["left behind"]
    with tables.reading(exchange.engine) as conn:
        assert (OF_X, "ticket", T) in {row[:3] for row in held(conn)["rows"]}
    made(other, "note", fixed("seen"), ticket_id=T, audience="caller", text="seen", agent_id=other.me)


def test_r27_what_a_company_has_not_seen_is_not_told_as_gone_whatever_it_asks_about(exchange: Exchange) -> None:
    anna = first_admin(exchange)
    companies(anna)
    xenia = partner(exchange, anna, "xenia", X, "x")
    case(anna, X)
    case(anna, DESK, FOREIGN)
    anna.pull()
    xenia.pull()
    probe = xenia.entry("edit_ticket", "ticket", FOREIGN, "set", {"title": [None, "x"]}, base=10**6)
    assert xenia.push(probe)[0]["r"] == "rejected"
    (seen,) = (e["id"] for e in xenia.told_of.values() if e["entity_id"] == T)
    about = {e["entity_id"]: e["id"] for e in anna.entries}

    def gone(*doubtful: tuple[str, str]) -> list[Any]:
        ask = PullAsk(xenia.epoch, xenia.cursors, 1, None, 10, list(doubtful))
        return [row["id"] for row in exchange.pull(xenia.known(), ask)["rows"]]

    assert gone((FOREIGN, probe["id"]), (FOREIGN, seen), (fixed("nowhere"), fixed("nothing")), (T, seen)) == []
    moved(anna, T, team_id=DESK)
    xenia.pull()
    assert gone((T, about[T]), (fixed("nowhere"), about[T])) == [T]
