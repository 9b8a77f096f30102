"""One tool for all sites and outsourcers: a company's console holds exactly its part, and can do nothing beyond it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import aclosing, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, select

from supportdesk.server import tables
from supportdesk.server.app import make_app
from supportdesk.server.exchange import Exchange
from supportdesk.server.live import GAP, Pokes
from supportdesk.server.membership import begin_scope
from supportdesk.server.shapes import PullAsk, Refused
from supportdesk.store.clock import utc_now
from supportdesk.terms.errors import Invalid, NotFound
from tests.server.hand import Hand, colleague, dump, first_admin, fixed
from tests.server.parts import DESK, OF_X, OF_Y, Part, X, Y, companies, partner
from tests.server.running import run

T, FOREIGN, NOBODYS = fixed("ticket"), fixed("foreign ticket"), fixed("nobody's ticket")


ON_BOTH = ("S28_a_ticket_that_moves", "S27_R26", "made_late", "R29", "window_holds")
"""Tests that pass every statement of the scopes once on PostgreSQL too."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        both = any(name in metafunc.function.__name__ for name in ON_BOTH)
        metafunc.parametrize("database", ["sqlite", "postgresql"] if both else ["sqlite"])


@pytest.fixture
def exchange(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Exchange]:
    where = request.getfixturevalue("new_database")() if database == "postgresql" else tmp_path / "server"
    with closing(Exchange.open(where)) as opened:
        yield opened


@pytest.fixture
def anna(exchange: Exchange) -> Hand:
    admin = first_admin(exchange)
    companies(admin)
    return admin


@pytest.fixture
def xenia(exchange: Exchange, anna: Hand) -> Part:
    return partner(exchange, anna, "xenia", X, "x")


@pytest.fixture
def yves(exchange: Exchange, anna: Hand) -> Part:
    return partner(exchange, anna, "yves", Y, "y")


def made(hand: Hand, entity: str, id: str, verb: str = "open_ticket", **fields: Any) -> str:
    said = hand.say(verb, entity, id, "create", {name: [None, value] for name, value in fields.items()})
    assert said["r"] == "ok", said
    return id


def moved(hand: Hand, id: str = T, **fields: Any) -> None:
    """``assign`` by one who has seen everything."""
    said = hand.say("assign", "ticket", id, "set", {n: [None, v] for n, v in fields.items()}, base=10**6)
    assert said["r"] == "ok", said


def case(hand: Hand, team: str, id: str = T, mark: str = "secret") -> str:
    """A ticket of a team with everything that hangs on it and rides with it."""
    company = made(hand, "organisation", fixed(f"{id} company"), name=f"{mark} Ltd", remarks=f"{mark} pays late")
    caller = made(hand, "caller", fixed(f"{id} caller"), name=f"{mark} caller", organisation_id=company,
                  remarks=f"{mark} shouts", employee_number=f"{mark} 1")
    asset = made(hand, "asset", fixed(f"{id} asset"), "edit_asset", inventory=f"{mark} PC", caller_id=caller)
    made(hand, "ticket", id, title=f"{mark} title", description=f"{mark} text", team_id=team, caller_id=caller,
         organisation_id=company, asset_id=asset, status="new", created_at="2026-03-02T08:15:00Z")
    made(hand, "contact", fixed(f"{id} contact"), tickets=[id], caller_id=caller, agent_id=hand.me,
         note=f"{mark} aside")
    made(hand, "note", fixed(f"{id} note"), ticket_id=id, audience="caller", text=f"{mark} told", agent_id=hand.me)
    made(hand, "note", fixed(f"{id} inner"), ticket_id=id, audience="internal", text=f"{mark} inner",
         agent_id=hand.me)
    return id


def test_r28_a_companys_console_holds_its_part_and_no_word_of_another(anna: Hand, xenia: Part, yves: Part) -> None:
    case(anna, X, mark="marker-x")
    case(anna, Y, FOREIGN, mark="marker-y")
    case(anna, DESK, NOBODYS, mark="marker-own")
    text = xenia.pull().text()
    assert "marker-y" not in text
    assert "marker-own" not in text
    assert [t["title"] for t in xenia.of("ticket")] == ["marker-x title"]
    assert [c["name"] for c in xenia.of("caller")] == ["marker-x caller"]
    assert [o["name"] for o in xenia.of("organisation")] == ["marker-x Ltd"]
    assert [n["text"] for n in xenia.of("note")] == ["marker-x told"]
    assert "marker-x" not in yves.pull().text()
    assert len(anna.pull().of("ticket")) == 3


def test_s28_a_ticket_brings_its_contract_and_the_contracts_customer_and_they_go_with_it(
        anna: Hand, xenia: Part, yves: Part) -> None:
    group, others = (made(anna, "organisation", fixed(name), name=name) for name in ("Group", "Others"))
    standard = made(anna, "contract", fixed("standard"), "administer", slug="standard", name="Standard terms")
    contract = made(anna, "contract", fixed("contract"), "administer", slug="group", name="Group gold",
                    organisation_id=group, standard_id=standard)
    made(anna, "contract", fixed("of others"), "administer", slug="other", name="Other",
         organisation_id=others)
    case(anna, X)
    assert xenia.pull().of("contract") == []

    def chosen(contract: str | None) -> None:
        fields = {"contract_id": [None, contract]}
        assert anna.say("choose_contract", "ticket", T, "set", fields, base=10**6)["r"] == "ok"

    chosen(contract)
    xenia.pull()
    assert xenia.of("contract") == [{"slug": "group", "name": "Group gold", "organisation_id": group}]
    assert sorted(o["name"] for o in xenia.of("organisation")) == ["Group", "secret Ltd"]
    chosen(None)
    assert xenia.pull().of("contract") == []
    assert [o["name"] for o in xenia.of("organisation")] == ["secret Ltd"]
    chosen(contract)
    made(anna, "breach", fixed("breach"), "import_records", ticket_id=T, kind="react", contract_id=contract)
    assert [b["contract_id"] for b in xenia.pull().of("breach")] == [contract]
    said = anna.say("administer", "contract", contract, "set", {"name": [None, "Group platinum"]}, base=10**6)
    assert said["r"] == "ok"
    assert [c["name"] for c in xenia.pull().of("contract")] == ["Group platinum"]
    moved(anna, team_id=Y)
    assert xenia.pull().of("contract") + xenia.of("organisation") + xenia.of("breach") == []
    assert "Group" not in xenia.text()
    assert [c["name"] for c in yves.pull().of("contract")] == ["Group platinum"]


def test_r28_what_is_meant_for_ones_own_house_is_not_shown(anna: Hand, xenia: Part) -> None:
    case(anna, X, mark="marker")
    text = xenia.pull().text()
    for hidden in ("pays late", "shouts", "marker 1", "aside", "inner"):
        assert hidden not in text, hidden
    (asset,) = xenia.of("asset")
    assert asset == {"inventory": "marker PC"}
    by_name = {agent["name"]: agent for agent in xenia.of("agent") if "name" in agent}
    assert "login" in by_name["Xenia"]
    assert all("login" not in agent for name, agent in by_name.items() if name != "Xenia")


def test_s28_a_ticket_that_moves_out_takes_everything_with_it_and_brings_everything_back(
        anna: Hand, xenia: Part) -> None:
    case(anna, X)
    xenia.pull()
    whole, history = dict(xenia.shown), dict(xenia.told_of)
    moved(anna, team_id=DESK)
    made(anna, "note", fixed("meanwhile"), ticket_id=T, audience="caller", text="meanwhile", agent_id=anna.me)
    xenia.pull()
    assert "secret" not in xenia.text()
    assert xenia.of("ticket") + xenia.of("caller") + xenia.of("note") == []
    moved(anna, team_id=X)
    xenia.pull(limit=3)
    assert {**whole, fixed("meanwhile"): ("note", xenia.shown[fixed("meanwhile")][1])} == {
        id: (entity, doc) for id, (entity, doc) in xenia.shown.items()}
    assert history.keys() < xenia.told_of.keys()
    assert sorted(n["text"] for n in xenia.of("note")) == ["meanwhile", "secret told"]


def test_a_ticket_at_level_2_never_vanishes_from_its_contact_owners_console(
        exchange: Exchange, anna: Hand, xenia: Part, yves: Part) -> None:
    made(xenia, "ticket", T, title="VPN", team_id=X, owner_id=xenia.me, status="new")
    moved(anna, team_id=DESK, assignee_id=anna.me)
    assert xenia.pull().of("ticket")[0]["assignee_id"] == anna.me
    moved(anna, team_id=Y)
    assert [t["title"] for t in yves.pull().of("ticket")] == ["VPN"]
    assert [t["title"] for t in xenia.pull().of("ticket")] == ["VPN"]
    moved(anna, owner_id=anna.me)
    assert not xenia.pull().of("ticket")
    moved(anna, team_id=DESK, assignee_id=anna.me)
    assert not yves.pull().of("ticket")


def test_r29_an_offer_shows_the_case_to_the_team_it_is_made_to_until_it_is_withdrawn(anna: Hand, yves: Part) -> None:
    case(anna, DESK)
    assert not yves.pull().of("ticket")
    handoff = made(anna, "handoff", fixed("handoff"), "offer", ticket_id=T, from_team_id=DESK, to_team_id=Y,
                   state="offered", packet={"request": "look"}, offered_by_id=anna.me)
    assert [h["packet"] for h in yves.pull().of("handoff")] == [{"request": "look"}]
    assert len(yves.of("ticket")) == len(yves.of("caller")) == 1
    assert anna.say("withdraw_offer", "handoff", handoff, "set", {"state": ["offered", "withdrawn"]},
                    base=99)["r"] == "ok"
    yves.pull()
    assert "secret" not in yves.text()
    assert not yves.of("handoff")


def test_s28_scopes_granted_revoked_and_granted_again(exchange: Exchange, anna: Hand, xenia: Part) -> None:
    case(anna, X)
    xenia.pull()
    before = dict(xenia.shown)
    assert exchange.scopes(xenia.device, revoke=["x"]) == []
    with pytest.raises(Refused) as refused:
        xenia.page()
    assert (refused.value.status, refused.value.more) == (403, {"scopes": []})
    assert xenia.page({})["rows"] == []
    assert exchange.scopes(xenia.device, grant=["x", "y"]) == ["x", "y"]
    xenia.cursors, xenia.held, xenia.shown, xenia.told_of = {}, {}, {}, {}
    xenia.pull(limit=2)
    assert xenia.shown == before
    assert set(xenia.held) <= {OF_X, OF_Y}
    with pytest.raises(Invalid):
        exchange.scopes(xenia.device, grant=["own"])
    with pytest.raises(NotFound):
        exchange.scopes(xenia.device, grant=["hotline"])


def test_s27_a_scope_that_was_not_granted_is_refused_as_one_that_is_not_there(
        exchange: Exchange, anna: Hand, xenia: Part, yves: Part) -> None:
    def answer(scope: str) -> tuple[Any, ...]:
        with pytest.raises(Refused) as refused:
            exchange.pull(xenia.known(), PullAsk(xenia.epoch, {scope: 0}, 1))
        told = refused.value
        return told.status, told.code, told.message, told.more

    assert answer("own") == answer(OF_Y) == answer(f"team:{fixed('no team')}") == answer("nonsense")


REQUESTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("edit_ticket", "ticket", "set", {"title": ["secret title", "mine"]}),
    ("take", "ticket", "set", {"status": ["new", "in_progress"]}),
    ("solve", "ticket", "set", {"status": ["new", "solved"]}),
    ("note", "note", "create", {"text": [None, "x"], "ticket_id": [None, "@"]}),
    ("attach", "attachment", "create", {"ticket_id": [None, "@"], "name": [None, "a.txt"]}),
    ("link", "link", "create", {"from_id": [None, "mine"], "to_id": [None, "@"], "kind": [None, "child"]}),
    ("merge_tickets", "ticket", "set:mine", {"merged_into_id": [None, "@"]}),
    ("move_note", "note", "set:note", {"ticket_id": ["mine", "@"]}),
    ("log_contact", "contact", "create", {"tickets": [None, ["@"]]}),
    ("offer", "handoff", "create", {"ticket_id": [None, "@"], "from_team_id": [None, X], "to_team_id": [None, Y]}),
    ("open_ticket", "ticket", "create:new", {"team_id": [None, X], "caller_id": [None, "caller of @"]}),
    ("edit_caller", "caller", "set:caller of @", {"name": ["secret caller", "x"]}),
    ("edit_asset", "asset", "set:asset of @", {"name": [None, "x"]}),
    ("use_article", "article_use", "create", {"ticket_id": [None, "@"]}),
    ("assign", "ticket", "set:mine", {"owner_id": [None, "agent of @"]}),
)


def test_s27_r26_every_request_with_anothers_id_is_answered_as_with_none(
        exchange: Exchange, anna: Hand, xenia: Part, yves: Part) -> None:
    case(yves, Y, FOREIGN)
    made(xenia, "ticket", T, title="mine", team_id=X, status="new")
    made(xenia, "note", fixed("my note"), ticket_id=T, text="mine", agent_id=xenia.me)
    before = dump(exchange, "doc")

    def told(target: str, number: int, verb: str, entity: str, kind: str, fields: dict[str, Any]) -> bytes:
        kind, _, row = kind.partition(":")
        ids = {"@": target, "mine": T, "note": fixed("my note"), "caller of @": fixed(f"{target} caller"),
               "asset of @": fixed(f"{target} asset"), "new": fixed(f"new {number}"),
               "agent of @": yves.me if target == FOREIGN else fixed("no agent")}

        def put(value: Any) -> Any:
            return [put(one) for one in value] if isinstance(value, list) else ids.get(value, value)

        id = ids[row] if row else target if kind == "set" else fixed(f"{entity} {number}")
        result = xenia.say(verb, entity, id, kind, {n: put(pair) for n, pair in fields.items()}, base=10**6)
        return msgspec.json.encode({name: value for name, value in result.items() if name not in ("id", "n")})

    for number, request in enumerate(REQUESTS):
        foreign, nowhere = told(FOREIGN, number, *request), told(fixed("no ticket"), -number, *request)
        assert foreign == nowhere, request
        assert b'"rejected"' in foreign, request
    assert dump(exchange, "doc") == before


def test_r27_a_ticket_asked_for_by_number_is_not_there_for_another_company(exchange: Exchange, anna: Hand,
                                                                         xenia: Part) -> None:
    made(anna, "ticket", T, number="214-0087-1", team_id=DESK)
    answers = []
    for number in ("214-0087-1", "214-0088-5"):
        with pytest.raises(Refused) as refused:
            exchange.ticket(xenia.known(), number)
        answers.append((refused.value.status, refused.value.code, refused.value.message, refused.value.more))
    assert answers[0] == answers[1]


def test_s27_an_entry_of_another_console_is_not_confirmed_to_whoever_guesses_its_id(
        anna: Hand, xenia: Part, yves: Part) -> None:
    known = yves.entry("open_ticket", "ticket", FOREIGN, "create", {"title": [None, "x"], "team_id": [None, Y]})
    yves.push(known)
    guessed = xenia.entry("edit_ticket", "ticket", FOREIGN, "set", {"title": ["x", "y"]}, id=known["id"])
    fresh = xenia.entry("edit_ticket", "ticket", fixed("none"), "set", {"title": ["x", "y"]})
    one, other = xenia.push(guessed, fresh)
    for told in (one, other):
        del told["id"], told["n"]
    assert one == other


def test_s27_a_ticket_merged_into_another_companys_does_not_show_it(anna: Hand, xenia: Part, yves: Part) -> None:
    case(anna, X, mark="mine")
    case(anna, Y, FOREIGN, mark="theirs")
    for id, entity, name in ((T, "ticket", "merged_into_id"), (fixed(f"{T} note"), "note", "ticket_id")):
        assert anna.say("merge_tickets", entity, id, "set", {name: [None, FOREIGN]}, base=10**6)["r"] == "ok"
    contact = fixed(f"{T} contact")
    assert anna.say("merge_tickets", "contact", contact, "add", {"tickets": [None, [FOREIGN]]}, base=99)["r"] == "ok"
    text = xenia.pull().text()
    assert "theirs" not in text
    assert FOREIGN not in text
    assert [t["title"] for t in xenia.of("ticket")] == ["mine title"]
    assert xenia.of("note") == []
    assert "mine told" in {note["text"] for note in yves.pull().of("note")}


def test_r30_a_company_changes_no_team_no_agent_and_no_right(exchange: Exchange, anna: Hand, xenia: Part) -> None:
    for entity, id, fields in (
        ("team", X, {"name": ["Team x", "mine"]}), ("agent", xenia.me, {"roles": [["lead"], ["admin"]]}),
        ("agent", fixed("new agent"), {"login": [None, "zoe"]}), ("role", fixed("new role"), {"slug": [None, "all"]}),
    ):
        kind = "create" if fields and next(iter(fields.values()))[0] is None else "set"
        assert xenia.say("administer", entity, id, kind, fields)["r"] == "rejected"
    assert xenia.say("edit_caller", "caller", fixed("c"), "create", {"merged_into_id": [None, anna.me]})["r"] == (
        "rejected")


def test_r32_only_the_team_it_was_offered_to_accepts(anna: Hand, xenia: Part) -> None:
    made(xenia, "ticket", T, title="x", team_id=X, owner_id=xenia.me, status="new")
    handoff = made(xenia, "handoff", fixed("h"), "offer", ticket_id=T, from_team_id=X, to_team_id=DESK,
                   state="offered", offered_by_id=xenia.me)
    said = xenia.say("accept", "handoff", handoff, "set", {"state": ["offered", "accepted"]})
    assert (said["r"], said["reason"]) == ("rejected", "This handoff was offered to another team.")


def test_two_companies_that_change_one_field_both_see_the_conflict_and_nobody_else_does(
        anna: Hand, xenia: Part, yves: Part) -> None:
    case(anna, X)
    seen = anna.pull().rows[T][1]
    assert anna.say("edit_ticket", "ticket", T, "set", {"title": ["secret title", "ours"]}, base=seen)["r"] == "ok"
    late = xenia.say("edit_ticket", "ticket", T, "set", {"title": ["secret title", "theirs"]}, base=seen)
    assert late["r"] == "conflict"
    (conflict,) = xenia.pull().of("conflict")
    assert (conflict["kept"], conflict["kept_by"], conflict["offered"]) == ("ours", "anna", "theirs")
    assert anna.pull().of("conflict") == [conflict]
    assert yves.pull().of("conflict") == []
    (id,) = [id for id, (entity, _doc) in xenia.shown.items() if entity == "conflict"]
    assert xenia.say("resolve_conflict", "ticket", T, "set", {"title": ["ours", "theirs"]}, base=10**6)["r"] == "ok"
    decided = {"state": ["open", "offered"], "decided_by_id": [None, xenia.me]}
    assert xenia.say("resolve_conflict", "conflict", id, "set", decided, base=10**6)["r"] == "ok"
    assert anna.pull().of("conflict")[0]["state"] == "offered"


def test_what_a_company_registers_itself_stays_with_it(anna: Hand, xenia: Part) -> None:
    made(xenia, "caller", fixed("c"), "edit_caller", name="new customer", remarks="ours")
    assert [c["name"] for c in xenia.pull().of("caller")] == ["new customer"]


def test_a_desk_that_joins_as_an_outsourcers_brings_its_cases_but_not_its_own_teams(
        exchange: Exchange, anna: Hand) -> None:
    xeno = Part(exchange, "xeno")
    xeno.enroll(exchange.make_code(agents=["xeno"], scopes=["x"]), next_n=5)
    ours = fixed("xeno's team")
    results = xeno.push(
        xeno.entry("administer", "team", ours, "create", {"name": [None, "Ours"]}, agent=None, author_text="xeno"),
        xeno.entry("administer", "agent", xeno.me, "create", {
            "login": [None, "xeno"], "roles": [None, ["admin", "agent"]], "teams": [None, [ours, DESK]]}),
        xeno.entry("open_ticket", "ticket", T, "create", {"title": [None, "old case"], "team_id": [None, ours]}),
        xeno.entry("note", "note", fixed("n"), "create", {"ticket_id": [None, T], "text": [None, "tried"],
                                                         "agent_id": [None, xeno.me]}),
    )
    assert [r["r"] for r in results] == ["rejected", "merged", "ok", "ok"]
    xeno.pull()
    assert [(t["title"], t["team_id"]) for t in xeno.of("ticket")] == [("old case", X)]
    (agent,) = [a for a in xeno.of("agent") if a.get("login") == "xeno"]
    assert (agent["teams"], agent["roles"], agent["employer"]) == ([X], ["agent"], "outsourcer")


def test_a_scope_made_late_is_filled_with_what_was_there(exchange: Exchange, anna: Hand) -> None:
    case(anna, X)
    late = partner(exchange, anna, "late", X, "x").pull(limit=4)
    assert [t["title"] for t in late.of("ticket")] == ["secret title"]
    assert len(late.of("caller")) == len(late.of("organisation")) == len(late.of("contact")) == 1
    assert {e["verb"] for e in late.told_of.values()} >= {"open_ticket", "edit_asset"}


def test_an_agent_who_changes_company_takes_his_sight_with_him(anna: Hand, xenia: Part) -> None:
    made(xenia, "ticket", T, title="hers", team_id=DESK, owner_id=xenia.me, status="new")
    assert len(xenia.pull().of("ticket")) == 1
    assert anna.say("administer", "agent", xenia.me, "set", {"teams": [[X], [DESK]]}, base=10**6)["r"] == "ok"
    assert xenia.pull().of("ticket") == []


async def test_r31_the_live_stream_of_a_company_says_nothing_of_what_happens_elsewhere(
        exchange: Exchange, anna: Hand, xenia: Part) -> None:
    pokes = Pokes(exchange)
    scopes = exchange.granted(xenia.device)

    async def newest() -> dict[str, int]:
        return exchange.newest(scopes)

    async def welcome() -> bool:
        return True

    async with aclosing(pokes.stream(welcome, newest)) as stream:
        pokes.pushed(exchange.head())
        first = await anext(stream)
        assert first.startswith(b'event: head\ndata: {"' + OF_X.encode())
        case(anna, Y, FOREIGN)
        pokes.pushed(exchange.head())
        waiting = asyncio.ensure_future(anext(stream))
        done, _still = await asyncio.wait({waiting}, timeout=2 * GAP)
        assert not done
        case(anna, X)
        pokes.pushed(exchange.head())
        assert await waiting != first


def test_an_admin_shows_grants_and_revokes_scopes_by_command(tmp_path: Path) -> None:
    data = tmp_path / "server"
    with closing(Exchange.open(data)) as exchange:
        admin = first_admin(exchange)
        companies(admin)
        made_ = run("server", "device", "code", "--scope", "x", "--agent", "xenia", "--data", str(data), "--json")
        xenia = Part(exchange, "xenia")
        xenia.enroll(json.loads(made_.stdout)["code"])
        assert xenia.told["scopes"] == [OF_X]

        def scopes(*arguments: str) -> Any:
            told = run("server", "device", "scopes", xenia.device, *arguments, "--data", str(data), "--json")
            return json.loads(told.stdout)["scopes"] if told.returncode == 0 else (told.returncode, told.stderr)

        assert scopes("--grant", "y", "--revoke", "x") == ["y"]
        listed = json.loads(run("server", "device", "list", "--data", str(data), "--json").stdout)
        assert {line["id"]: line["scopes"] for line in listed} == {admin.device: ["own"], xenia.device: ["y"]}
        code, said = scopes("--grant", "nobody")
        assert code == 1
        assert "no team of another company" in said


def held(conn: Connection) -> dict[str, Any]:
    """What the teams' scopes hold, by the tables: rows with their views, entries, sums."""
    m, s, e = tables.membership, tables.scope_sum, tables.scope_entry
    return {
        "rows": sorted(tuple(r) for r in conn.execute(
            select(m.c.scope, m.c.entity, m.c.id, m.c.view).where(m.c.scope != tables.OWN, m.c.gone.is_(False)))),
        "entries": sorted(tuple(r) for r in conn.execute(select(e.c.scope, e.c.seq))),
        "sums": sorted(tuple(r) for r in conn.execute(select(s).where(s.c.scope != tables.OWN))),
    }


@pytest.mark.parametrize("seed", range(4))
def test_s28_what_pushes_keep_is_what_a_scope_made_anew_would_hold(tmp_path: Path, seed: int) -> None:
    """Any way the cases go between companies: the membership kept push by push is the rule's, to the row and sum."""
    dice = random.Random(seed)
    with closing(Exchange.open(tmp_path)) as exchange:
        anna = first_admin(exchange)
        companies(anna)
        people = [anna.me, *(partner(exchange, anna, login, team, slug).me
                             for login, team, slug in (("xenia", X, "x"), ("yves", Y, "y")))]
        tickets = [fixed(f"t{n}") for n in range(5)]
        callers = [fixed(f"c{n}") for n in range(3)]
        firms = [fixed(f"o{n}") for n in range(2)]
        rest: dict[str, list[str]] = {name: [fixed(f"{name} {n}") for n in range(6)]
                                      for name in ("note", "contact", "link", "handoff", "identity_check", "asset")}

        def some(ids: list[str]) -> str | None:
            return dice.choice([None, *ids])

        def values(entity: str) -> dict[str, Any]:
            match entity:
                case "ticket":
                    return {"status": dice.choice(["new", "closed", "closed"]), "team_id": some([X, Y, DESK]),
                            "owner_id": some(people), "assignee_id": some(people),
                            "caller_id": some(callers), "organisation_id": some(firms), "asset_id": some(rest["asset"]),
                            "merged_into_id": some(tickets)}
                case "caller":
                    return {"organisation_id": some(firms), "remarks": str(dice.random())}
                case "organisation":
                    return {"name": str(dice.random()), "integrator_id": some(firms)}
                case "note":
                    return {"ticket_id": some(tickets), "audience": dice.choice(["internal", "caller"])}
                case "contact":
                    return {"tickets": sorted(dice.sample(tickets, 2)), "caller_id": some(callers)}
                case "link":
                    return {"from_id": some(tickets), "to_id": some(tickets)}
                case "handoff":
                    return {"ticket_id": some(tickets), "from_team_id": some([X, Y, DESK]), "to_team_id": some([X, Y]),
                            "state": dice.choice(["offered", "accepted", "withdrawn"])}
                case "identity_check":
                    return {"ticket_id": some(tickets), "contact_id": some(rest["contact"])}
                case "asset":
                    return {"organisation_id": some(firms), "caller_id": some(callers)}
                case _:
                    return {"teams": sorted(dice.sample([X, Y, DESK], 2))}

        ids = {"ticket": tickets, "caller": callers, "organisation": firms, **rest, "agent": people[1:]}
        there: set[str] = set(people)
        colleague(exchange, anna, "carl")
        exchange.scopes(fixed("device carl"), window=30)
        moment = utc_now()
        exchange.clock = lambda: moment
        for _round in range(12):
            moment += timedelta(days=dice.choice([0, 5, 20]))
            if dice.random() < 0.4:
                exchange.sweep()
            batch = []
            for _each in range(dice.randint(1, 6)):
                entity = dice.choice(["ticket", *ids])
                id = dice.choice(ids[entity])
                kind = "set" if id in there else "create"
                there.add(id)
                batch.append(anna.entry("import_records", entity, id, kind, {
                    name: [None, value] for name, value in values(entity).items()}, base=10**6))
            assert {result["r"] for result in anna.push(*batch)} <= {"ok", "rejected"}
        exchange.sweep()
        with tables.writing(exchange.engine) as conn:
            kept = held(conn)
            conn.execute(tables.window.delete())
            for table in (tables.membership, tables.scope_sum):
                conn.execute(table.delete().where(table.c.scope != tables.OWN))
            conn.execute(tables.scope_entry.delete())
            conn.execute(tables.naming.delete())
            for scope in (OF_X, OF_Y, "own:30"):
                begin_scope(conn, scope, moment)
            assert held(conn) == kept
            assert len(kept["rows"]) > 10


def test_the_window_holds_open_tickets_and_those_that_changed_and_older_ones_leave_it(exchange: Exchange,
                                                                                   anna: Hand) -> None:
    moment = utc_now()
    exchange.clock = lambda: moment
    carl = Part(exchange, "carl")
    anna.say("administer", "agent", carl.me, "create", {"login": [None, "carl"], "roles": [None, ["agent"]]})
    carl.enroll(exchange.make_code(agents=["carl"]))
    assert exchange.scopes(carl.device, window=90) == ["own:90"]
    for id, status in ((T, "new"), (FOREIGN, "closed"), (NOBODYS, "closed")):
        case(anna, DESK, id, mark=f"{status} {id[:4]}")
        moved(anna, id, status=status)
    assert len(carl.pull().of("ticket")) == 3
    moment += timedelta(days=60)
    moved(anna, NOBODYS, assignee_id=anna.me)
    made(anna, "ticket", fixed("numbered"), number="7", status="new", title="x")
    moment += timedelta(days=60)
    assert exchange.sweep()
    assert not exchange.sweep()
    carl.pull()
    assert sorted(t["status"] for t in carl.of("ticket")) == ["closed", "new", "new"]
    assert len(carl.of("contact")) == 2
    assert len(carl.of("note")) == 4, "the notes of a house's own are all there"
    assert len(carl.of("caller")) == 3, "whoever calls again is known"
    made(anna, "note", fixed("called again"), ticket_id=FOREIGN, audience="internal", text="again", agent_id=anna.me)
    carl.pull()
    assert len(carl.of("ticket")) == 4
    brought = exchange.ticket(carl.known(), "7")
    assert {row["entity"] for row in brought["rows"]} == {"ticket"}
    assert carl.say("edit_ticket", "ticket", T, "set", {"wish": [None, "today"]}, base=10**6)["r"] == "ok"


def test_r25_every_call_is_asked_by_every_kind_of_console_and_nothing_tells_one_from_another(
        exchange: Exchange, anna: Hand, xenia: Part, yves: Part) -> None:
    """A call that is added to the document fails here until it is said who may."""
    made(yves, "ticket", FOREIGN, number="214-0087-1", team_id=Y, title="theirs")
    exchange.revoke(yves.device)
    who = {"own": anna, "company": xenia, "revoked": yves, "nobody": None}
    may: dict[str, dict[str, int]] = {
        "POST /v1/push": {"own": 200, "company": 200, "revoked": 403, "nobody": 401},
        "POST /v1/pull": {"own": 200, "company": 403, "revoked": 403, "nobody": 401},
        "POST /v1/recover": {"own": 200, "company": 200, "revoked": 403, "nobody": 401},
        "POST /v1/survivors": {"own": 403, "company": 403, "revoked": 403, "nobody": 401},  # nothing was restored
        "POST /v1/fork": {"own": 200, "company": 200, "revoked": 403, "nobody": 401},
        "GET /v1/status": {"own": 200, "company": 200, "revoked": 403, "nobody": 401},
        "GET /v1/ticket": {"own": 200, "company": 404, "revoked": 403, "nobody": 401},
        "GET /v1/live": {"revoked": 403, "nobody": 401},  # whom it lets in it tells for ever: see R31
    }
    with TestClient(make_app(exchange)) as http:
        document = http.get("/openapi.json").json()
        asked = {f"{method.upper()} {path}" for path, calls in document["paths"].items()
                 for method, call in calls.items() if call.get("security")}
        assert asked == may.keys()

        def ask(call: str, hand: Hand | None, **other: Any) -> httpx.Response:
            method, path = call.split()
            headers = {} if hand is None else {"Authorization": f"Bearer {hand.secret}"}
            if method == "GET":
                return http.get(path, params=other or {"number": "214-0087-1"}, headers=headers)
            mine = {"lease": hand.lease if hand else "", "first_n": hand.n if hand else 1}
            bodies: dict[str, dict[str, Any]] = {
                "push": {**mine, "entries": []}, "pull": {"limit": 10, "cursors": {"own": 0}},
                "recover": {**mine, "seen": []}, "survivors": {"rows": []}, "fork": {"name": "copy", "past": 0},
            }
            body = {"epoch": anna.epoch, "schema": 1} | bodies[path.rpartition("/")[2]]
            return http.post(path, json=body | other, headers=headers)

        for call, told in may.items():
            for kind, status in told.items():
                assert ask(call, who[kind]).status_code == status, (call, kind)
        for call, foreign, nowhere in (
            ("POST /v1/pull", {"cursors": {OF_Y: 0}}, {"cursors": {f"team:{fixed('no team')}": 0}}),
            ("GET /v1/ticket", {"number": "214-0087-1"}, {"number": "214-0088-5"}),
        ):
            one, other = ask(call, xenia, **foreign), ask(call, xenia, **nowhere)
            assert (one.status_code, one.content) == (other.status_code, other.content)
            assert one.headers == other.headers


def test_r30_what_a_view_hides_cannot_be_written_over(anna: Hand, xenia: Part) -> None:
    case(anna, X)
    for entity, id, fields in (
        ("caller", fixed(f"{T} caller"), {"remarks": [None, "x"]}),
        ("organisation", fixed(f"{T} company"), {"remarks": [None, "x"]}),
        ("caller", fixed(f"{T} caller"), {"employee_number": [None, "x"]}),
    ):
        verb = f"edit_{entity}"
        hidden = xenia.say(verb, entity, id, "set", fields, base=10**6)
        nowhere = xenia.say(verb, entity, fixed("nowhere"), "set", fields, base=10**6)
        assert (hidden["r"], hidden["reason"]) == (nowhere["r"], nowhere["reason"]) == (
            "rejected", "That record is not there (any more).")
    assert xenia.say("edit_caller", "caller", fixed(f"{T} caller"), "set", {"name": [None, "Perret"]},
                     base=10**6)["r"] == "ok"


def test_r30_on_a_shared_machine_of_a_company_only_its_own_agents_work(exchange: Exchange, anna: Hand,
                                                                     xenia: Part) -> None:
    shared = Part(exchange, "shared")
    shared.enroll(exchange.make_code(shared_host=True, scopes=["x"]), agents=[])
    def told(agent: str, id: str) -> tuple[str, str | None]:
        said = shared.say("open_ticket", "ticket", fixed(id), "create", {"team_id": [None, X]}, agent=agent)
        return said["r"], said.get("reason")

    assert told(xenia.me, "by xenia") == ("ok", None)
    assert told(anna.me, "by anna") == told(fixed("nobody"), "by nobody") == (
        "rejected", "This agent does not work at this console.")
