"""Consoles that are newer than the server, or older: what it takes, what waits, and what it must not take."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from supportdesk.rules.schema import STEPS, Step
from supportdesk.server import pulling
from supportdesk.server.exchange import Exchange
from supportdesk.server.pushing import STRANGE
from supportdesk.server.shapes import PullAsk, Refused
from supportdesk.terms.entries import OLDEST, SCHEMA, SHOWN
from supportdesk.terms.errors import NotReady
from tests.server.hand import Hand, colleague, dump, first_admin, fixed
from tests.server.parts import X, companies, partner
from tests.server.test_restoring import Restored
from tests.server.test_restoring import restored as restored

TICKET = fixed("ticket")
NEWER = SCHEMA + 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One passes every statement on PostgreSQL too."""
    if "database" in metafunc.fixturenames:
        both = "kept_and_merged" in metafunc.function.__name__
        metafunc.parametrize("database", ["sqlite", "postgresql"] if both else ["sqlite"])


@pytest.fixture
def exchange(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Exchange]:
    where = request.getfixturevalue("new_database")() if database == "postgresql" else tmp_path / "server"
    opened = Exchange.open(where)
    yield opened
    opened.close()


@pytest.fixture
def anna(exchange: Exchange) -> Hand:
    hand = first_admin(exchange)
    hand.say("open_ticket", "ticket", TICKET, "create", {"title": [None, "VPN"], "status": [None, "new"]})
    return hand


@pytest.fixture
def ben(exchange: Exchange, anna: Hand) -> Hand:
    return colleague(exchange, anna, "ben")


def doc(hand: Hand, id: str = TICKET) -> dict[str, Any]:
    return hand.pull().rows[id][2]


def edit(hand: Hand, schema: int = NEWER, verb: str = "edit_ticket", base: int = 10**6, **fields: Any) -> str:
    said = hand.say(verb, "ticket", TICKET, "set", fields, schema=schema, base=base)
    return str(said["r"])


def test_a_field_only_newer_consoles_know_is_kept_and_merged_as_any_word(anna: Hand, ben: Hand) -> None:
    assert edit(anna, mood=[None, "cross"], faces=[None, [1, {"of": "two"}]]) == "ok"
    assert edit(anna, schema=1, title=["VPN", "VPN Geneva"]) == "ok"
    assert doc(ben) == {"faces": [1, {"of": "two"}], "mood": "cross", "status": "new", "title": "VPN Geneva"}
    assert edit(ben, base=2, mood=[None, "calm"]) == "conflict"
    conflict = ben.pull().of("conflict")[0]
    assert (conflict["field"], conflict["kept"], conflict["offered"]) == ("mood", "cross", "calm")
    settle = {"schema": NEWER, "action": fixed("settled")}
    assert [r["r"] for r in ben.push(
        ben.entry("resolve_conflict", "ticket", TICKET, "set", {"mood": ["cross", "calm"]}, base=10**6, **settle),
    )] == ["ok"]
    assert doc(anna)["mood"] == "calm"
    said = [ben.say("edit_ticket", "ticket", TICKET, kind, {"smells": pair}, schema=NEWER)["r"] for kind, pair in (
        ("add", [None, ["rose", "tar"]]), ("remove", [["tar"], None]))]
    assert said == ["ok", "ok"]
    assert doc(anna)["smells"] == ["rose"]


def test_a_code_only_newer_consoles_know_is_kept_and_older_ones_may_name_and_restore_it(anna: Hand, ben: Hand) -> None:
    assert edit(anna, verb="wait", status=["new", "parked"]) == "ok"
    assert edit(anna, verb="prioritise", priority=[None, "P0"], impact=[None, 5]) == "ok"
    assert edit(anna, verb="prioritise", impact=[5, 10**9]) == "rejected"
    assert edit(anna, verb="prioritise", impact=[5, "high"]) == "rejected"
    assert edit(ben, schema=1, verb="wait", status=["parked", "waiting_caller"]) == "ok"
    assert edit(ben, schema=1, verb="wait", status=["waiting_caller", "parked"]) == "rejected"
    undo = ben.say("wait", "ticket", TICKET, "set", {"status": ["waiting_caller", "parked"]}, base=10**6,
                   undoes=fixed("its action"))
    assert undo["r"] == "ok"
    assert (doc(anna)["status"], doc(anna)["priority"], doc(anna)["impact"]) == ("parked", "P0", 5)


@pytest.mark.parametrize("fields", [
    {"*": [None, "x"]}, {"Mood": [None, "x"]}, {"a b": [None, "x"]}, {"x" * 41: [None, "x"]}, {"": [None, "x"]},
    {"mood": [None, "\x00"]}, {"mood": [None, "x" * 200_001]}, {"type": [None, "x' --"]}, {"type": [None, 5]},
    {"type": [None, "x" * 41]}, {"title": ["VPN", 5]},
    {"mood": ["x"]},
])  # fmt: skip
def test_no_version_is_new_enough_for_what_no_console_writes(anna: Hand, fields: dict[str, Any]) -> None:
    before = doc(anna)
    assert edit(anna, **fields) == "rejected"
    assert doc(anna) == before


def test_a_row_does_not_grow_without_end_by_what_nobody_knows(anna: Hand) -> None:
    assert edit(anna, **{f"field_{n}": [None, n] for n in range(STRANGE)}) == "ok"
    assert edit(anna, field_0=[0, 1], title=["VPN", "as ever"]) == "ok"
    assert edit(anna, one_more=[None, 1]) == "rejected"


def test_a_newer_version_gives_no_right(anna: Hand, ben: Hand) -> None:
    assert edit(ben, verb="merge_callers", mood=[None, "x"]) == "rejected"
    team = fixed("team")
    assert anna.say("administer", "team", team, "create", {"name": [None, "Network"]})["r"] == "ok"
    assert ben.say("edit_ticket", "team", team, "set", {"mood": [None, "x"]}, schema=NEWER)["r"] == "rejected"
    assert ben.say("administer", "team", team, "set", {"mood": [None, "x"]}, schema=NEWER)["r"] == "rejected"


def test_an_action_that_touches_a_waiting_row_waits_whole_and_the_rest_goes_on(anna: Hand) -> None:
    other, third = fixed("other ticket"), fixed("third ticket")
    action = fixed("an action on both")
    for id in (other, third):
        anna.say("open_ticket", "ticket", id, "create", {"title": [None, "x"]})
    batch = [
        anna.entry("hum", "ticket", TICKET, "set", {"title": ["VPN", "hummed"]}, schema=NEWER),
        anna.entry("edit_ticket", "ticket", other, "set", {"title": ["x", "y"]}, action=action),
        anna.entry("edit_ticket", "ticket", TICKET, "set", {"wish": [None, "y"]}, action=action),
        anna.entry("edit_ticket", "ticket", third, "set", {"title": ["x", "y"]}),
    ]  # fmt: skip
    assert [r["r"] for r in anna.push(*batch)] == ["later", "later", "later", "ok"]
    assert anna.say("edit_ticket", "ticket", other, "set", {"title": ["y", "z"]})["r"] == "later"
    assert anna.say("edit_ticket", "ticket", third, "set", {"title": ["y", "z"]})["r"] == "ok"


def test_another_companys_console_is_held_up_where_only_a_newer_server_can_judge(
    exchange: Exchange, anna: Hand
) -> None:
    companies(anna)
    xenia = partner(exchange, anna, "xenia", X, "x")
    case = fixed("case of x")
    told = [
        xenia.say("open_ticket", "ticket", case, "create", {"team_id": [None, X], "mood": [None, "x"]}, schema=NEWER),
        xenia.say("note", "note", fixed("on it"), "create", {
            "ticket_id": [None, case], "text": [None, "x"], "audience": [None, "caller"],
            "agent_id": [None, xenia.me]}),
        xenia.say("open_ticket", "ticket", fixed("another"), "create", {"team_id": [None, X]}),
    ]  # fmt: skip
    assert [each["r"] for each in told] == ["later", "later", "ok"]
    assert {doc["team_id"] for doc in anna.pull().of("ticket") if "team_id" in doc} == {X}
    assert anna.rows.keys().isdisjoint({case, fixed("on it")})


def test_a_console_too_far_behind_is_told_so_where_it_asks_for_rows_and_nowhere_else(
    anna: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert max(1, SCHEMA - SHOWN) == OLDEST
    monkeypatch.setattr(pulling, "OLDEST", 2)
    assert edit(anna, schema=1, title=["VPN", "sent all the same"]) == "ok"
    with pytest.raises(Refused, match="update") as refused:
        anna.pull()
    assert (refused.value.status, refused.value.code) == (409, "update")
    anna.exchange.pull(anna.known(), PullAsk(anna.epoch, {"own": 0}, 2))


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What version 1 called ``hope`` is called ``wish`` now."""
    monkeypatch.setitem(STEPS, 1, Step({"ticket": {"hope": "wish"}}))


@pytest.mark.usefixtures("renamed")
def test_an_old_consoles_entries_bear_todays_names_and_it_reads_its_own(anna: Hand, ben: Hand) -> None:
    assert edit(anna, schema=1, hope=[None, "soon"]) == "ok"
    assert edit(anna, schema=SCHEMA, hope=[None, "soon"]) == "rejected"
    assert doc(ben) == {"hope": "soon", "status": "new", "title": "VPN", "wish": "soon"}
    assert ben.entries[-1]["fields"] == {"wish": [None, "soon"]}
    told = ben.exchange.pull(ben.known(), PullAsk(ben.epoch, {"own": 0}, SCHEMA))
    assert [b"hope" in bytes(row["doc"]) for row in told["rows"] if row["id"] == TICKET] == [False]
    assert edit(ben, schema=1, base=2, hope=[None, "never"]) == "conflict"
    assert ben.pull().of("conflict")[0]["field"] == "wish"


@pytest.mark.usefixtures("renamed")
def test_an_old_consoles_entries_are_raised_out_of_quarantine(exchange: Exchange, anna: Hand, ben: Hand) -> None:
    exchange.revoke(ben.device)
    exchange.put_aside(ben.secret, ben.ask([
        ben.entry("edit_ticket", "ticket", TICKET, "set", {"hope": [None, "soon"]})]))
    (kept,) = exchange.in_quarantine()
    assert [result["r"] for result in exchange.accept(kept.id)] == ["ok"]
    assert doc(anna)["wish"] == "soon"


def test_what_only_a_newer_server_can_judge_stays_in_quarantine(exchange: Exchange, anna: Hand, ben: Hand) -> None:
    exchange.revoke(ben.device)
    exchange.put_aside(ben.secret, ben.ask([
        ben.entry("hum", "ticket", TICKET, "set", {"title": ["VPN", "hummed"]}, schema=NEWER)]))
    (kept,) = exchange.in_quarantine()
    before = dump(exchange)
    with pytest.raises(NotReady, match="after its update"):
        exchange.accept(kept.id)
    assert (exchange.in_quarantine(), dump(exchange)) == ([kept], before)


def test_what_only_newer_consoles_know_comes_back_to_a_restored_server(restored: Restored) -> None:
    ben = restored.ben
    entity, rev, row = ben.rows[fixed("ticket")]
    ben.rows[fixed("ticket")] = entity, rev, row | {"mood": "cross", "*": "no name"}
    restored.recover(ben)
    assert restored.offer(restored.row(fixed("ticket"))) == 1
    assert restored.doc(fixed("ticket")) == {"mood": "cross", "status": "new", "title": "VPN Geneva"}


@pytest.mark.usefixtures("renamed")
def test_rows_of_an_old_console_bear_todays_names(restored: Restored) -> None:
    ben = restored.ben
    entity, rev, row = ben.rows[fixed("ticket")]
    ben.rows[fixed("ticket")] = entity, rev, row | {"hope": "soon"}
    restored.recover(ben)
    assert restored.offer(restored.row(fixed("ticket"))) == 1
    assert restored.doc(fixed("ticket"))["wish"] == "soon"
