"""A crafted push does nothing that a screen cannot: each is rejected by name, changes nothing, and the next goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from supportdesk.server.exchange import Exchange
from supportdesk.server.shapes import AgentAsk, PushAsk, Refused
from supportdesk.store.adopt import starter_id
from tests.server.hand import AT, Hand, agent_id, colleague, dump, first_admin, fixed

TICKET = fixed("ticket")
NOTE = fixed("note of anna")


class Desk:
    """An admin, a colleague with the role agent, and a ticket with a note of the admin's."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.anna = first_admin(exchange)
        self.bruno = colleague(exchange, self.anna, "bruno")
        self.anna.say("open_ticket", "ticket", TICKET, "create", {"title": [None, "No tone"], "status": [None, "new"]})
        self.anna.say("note", "note", NOTE, "create", {
            "ticket_id": [None, TICKET], "text": [None, "Called back."], "agent_id": [None, self.anna.me],
        })  # fmt: skip

    def refuses(self, *entries: dict[str, Any] | bytes) -> list[Any]:
        """Every entry is rejected, nothing but the journal of refusals is written, and a good one behind passes."""
        before = dump(self.exchange, "doc", "membership", "scope_sum", "head")
        first = self.bruno.n - len(entries)
        results = self.bruno.push(*entries, first_n=first)
        assert [r["r"] for r in results] == ["rejected"] * len(entries)
        assert all(r["seq"] is None and r["reason"] for r in results)
        assert dump(self.exchange, "doc", "membership", "scope_sum", "head") == before
        wish = {"wish": [None, f"call {first}"]}
        assert self.bruno.say("edit_ticket", "ticket", TICKET, "set", wish, base=9)["r"] == "ok"
        return results


@pytest.fixture
def desk(exchange: Exchange) -> Desk:
    return Desk(exchange)


def entry(desk: Desk, verb: str, entity: str, row: str, kind: str, fields: Any, **other: Any) -> dict[str, Any]:
    return desk.bruno.entry(verb, entity, row, kind, fields, **other)


RIGHTS: list[tuple[str, str, str, str, str, Any, dict[str, Any]]] = [
    ("an agent of another console", "edit_ticket", "ticket", TICKET, "set", {"title": ["a", "b"]},
     {"agent": agent_id("anna")}),
    ("an agent nobody knows", "edit_ticket", "ticket", TICKET, "set", {"title": ["a", "b"]}, {"agent": fixed("ghost")}),
    ("no author at all", "edit_ticket", "ticket", TICKET, "set", {"title": ["a", "b"]}, {"agent": None}),
    ("an import by nobody", "import_records", "ticket", fixed("i"), "create", {"title": [None, "b"]}, {"agent": None}),
    ("an import without the role", "import_records", "ticket", fixed("i"), "create", {"title": [None, "b"]}, {}),
    ("a verb of leads", "write_article", "article", fixed("a"), "create", {"slug": [None, "x"]}, {}),
    ("a verb of admins", "administer", "team", fixed("t"), "create", {"slug": [None, "x"]}, {}),
    ("himself as an admin", "administer", "agent", agent_id("bruno"), "set", {"roles": [["agent"], ["admin"]]}, {}),
    ("himself as an admin, by member", "administer", "agent", agent_id("bruno"), "add", {"roles": [None, ["admin"]]},
     {}),
    ("more rights for his role", "administer", "role", str(starter_id("role", "agent")), "add",
     {"verbs": [None, ["administer"]]}, {}),
    ("roles by settling a conflict", "resolve_conflict", "agent", agent_id("bruno"), "set",
     {"roles": [["agent"], ["admin"]]}, {}),
    ("a row made by settling a conflict", "resolve_conflict", "ticket", fixed("x"), "create", {"title": [None, "x"]},
     {}),
    ("a conflict of his own", "resolve_conflict", "conflict", fixed("x"), "create", {"state": [None, "open"]}, {}),
    ("a field the verb may not write", "take", "ticket", TICKET, "set", {"title": ["No tone", "b"]}, {}),
    ("an entity the verb may not write", "take", "note", NOTE, "set", {"text": ["a", "b"]}, {}),
    ("a row made by a verb that makes none", "take", "ticket", fixed("x"), "create", {"status": [None, "new"]}, {}),
    ("another's note rewritten", "note", "note", NOTE, "set", {"text": ["Called back.", "Never called."]}, {}),
    ("another's note withdrawn", "withdraw_note", "note", NOTE, "set",
     {"withdrawn_at": [None, "2026-01-01T00:00:00Z"]}, {}),
    ("a note in another's name", "note", "note", fixed("x"), "create",
     {"text": [None, "x"], "agent_id": [None, agent_id("anna")]}, {}),
    ("a row that is not there", "edit_ticket", "ticket", fixed("nowhere"), "set", {"title": ["a", "b"]}, {}),
    ("a row of another kind", "edit_caller", "caller", TICKET, "set", {"name": ["a", "b"]}, {}),
]


def test_rights_are_those_of_the_servers_rows(desk: Desk) -> None:
    for what, verb, entity, row, kind, fields, other in RIGHTS:
        (result,) = desk.refuses(entry(desk, verb, entity, row, kind, fields, **other))
        assert result["reason"], what


def test_what_is_not_there_and_what_is_of_another_kind_read_alike(desk: Desk) -> None:
    reasons = {
        desk.refuses(entry(desk, "edit_caller", "caller", row, "set", {"name": ["a", "b"]}))[0]["reason"]
        for row in (TICKET, NOTE, fixed("nowhere"), agent_id("anna"))
    }
    assert len(reasons) == 1


DEEP = json.loads("[" * 40 + "]" * 40)
SET = ("edit_ticket", "ticket", TICKET, "set")
FORMS: list[tuple[str, tuple[str, str, str, str], Any]] = [
    ("text as a number", SET, {"title": ["a", 1]}),
    ("text with a NUL", SET, {"title": ["a", "b\x00c"]}),
    ("text as a list", SET, {"title": ["a", ["b"]]}),
    ("too much text", SET, {"description": ["a", "x" * 200_001]}),
    ("two megabytes", SET, {"description": ["a", "x" * 2_000_000]}),
    ("an integer beyond 64 bits", ("open_ticket", "ticket", fixed("x"), "create"), {"chasers": [None, 1 << 63]}),
    ("an integer far beyond", ("open_ticket", "ticket", fixed("x"), "create"), {"chasers": [None, 1 << 200]}),
    ("a fraction", ("prioritise", "ticket", TICKET, "set"), {"urgency": [3, 2.5]}),
    ("an urgency there is not", ("prioritise", "ticket", TICKET, "set"), {"urgency": [3, 9]}),
    ("true as a number", ("prioritise", "ticket", TICKET, "set"), {"urgency": [3, True]}),
    ("a status there is not", ("take", "ticket", TICKET, "set"), {"status": ["new", "on_fire"]}),
    ("a reference that is none", ("take", "ticket", TICKET, "set"), {"assignee_id": [None, "me"]}),
    ("a reference spelt otherwise", ("take", "ticket", TICKET, "set"), {"assignee_id": [None, TICKET.upper()]}),
    ("an instant without a zone", ("wait", "ticket", TICKET, "set"), {"wait_until": [None, "2026-01-01T00:00:00"]}),
    ("an instant that never was", ("wait", "ticket", TICKET, "set"), {"wait_until": [None, "2026-02-30T00:00:00Z"]}),
    ("a set as text", SET, {"tags": [None, "vip"]}),
    ("a set of numbers", SET, {"tags": [None, [1]]}),
    ("a field with SQL for a name", SET, {"title = 'x' WHERE 1=1; --": [None, "x"]}),
    ("a field nobody knows", SET, {"mood": [None, "grim"]}),
    ("a field of the table, not of the desk", SET, {"rev": [None, 99]}),
    ("no field", SET, {}),
    ("a pair of one", SET, {"title": ["x"]}),
    ("a pair of three", SET, {"title": ["x", "y", "z"]}),
    ("fields as a list", SET, [["title", "x"]]),
    ("a new row that had a value before", ("open_ticket", "ticket", fixed("x"), "create"), {"title": ["a", "b"]}),
    ("a member added to a text", ("edit_ticket", "ticket", TICKET, "add"), {"title": [None, ["x"]]}),
    ("a member added from something", ("edit_ticket", "ticket", TICKET, "add"), {"tags": [["x"], None]}),
    ("an entity nobody knows", ("edit_ticket", "ticket; DROP TABLE doc", TICKET, "set"), {"title": ["a", "b"]}),
    ("a verb nobody knows", ("obey", "ticket", TICKET, "set"), {"title": ["a", "b"]}),
    ("a kind nobody knows", ("edit_ticket", "ticket", TICKET, "delete"), {"title": ["a", "b"]}),
    ("JSON too deep", ("take_call", "contact", fixed("c"), "create"), {"holds": [None, DEEP]}),
    ("a NUL within JSON", ("take_call", "contact", fixed("c"), "create"), {"holds": [None, [{"a\x00": 1}]]}),
]


def test_s38_values_are_judged_before_they_are_taken(desk: Desk) -> None:
    for what, (verb, entity, row, kind), fields in FORMS:
        made = entry(desk, verb, entity, row, kind, fields)
        (result,) = desk.refuses(json.dumps(made).encode())
        assert result["id"] in (made["id"], None), what


HEADERS: list[tuple[str, dict[str, Any]]] = [
    ("an id that is none", {"id": "1"}),
    ("an id with SQL", {"id": "' OR 1=1 --"}),
    ("a number out of order", {"n": 77}),
    ("a negative base", {"base": -1}),
    ("a base beyond 64 bits", {"base": 1 << 63}),
    ("a schema of nothing", {"schema": 0}),
    ("an action that is none", {"action": ""}),
    ("a time that is none", {"at": "yesterday"}),
    ("a NUL as the reason", {"reason": "\x00"}),
    ("an offset beyond 64 bits", {"clock_offset": 1 << 70}),
    ("a verb as a number", {"verb": 7}),
]


def test_s38_what_is_no_entry_is_refused_and_takes_its_number_with_it(desk: Desk) -> None:
    for _what, spoiled in HEADERS:
        desk.refuses(json.dumps(entry(desk, *SET, {"title": ["a", "b"]}) | spoiled).encode())
    good = json.dumps(entry(desk, *SET, {"title": ["a", "b"]}))
    desk.bruno.n -= 1
    for raw in (
        b"", b"null", b"[]", b"{", b"NaN", b"\xff\xfe", b"[" * 100_000, good.encode()[:-9],
        *(good.replace('"b"', worse).encode() for worse in ('"\\ud800"', "NaN", "1e999", "[" * 5000 + "]" * 5000)),
    ):  # fmt: skip
        desk.bruno.n += 1
        desk.refuses(raw)


def test_a_refusal_is_remembered_word_for_word(desk: Desk) -> None:
    spoiled = [b"{", json.dumps(entry(desk, "obey", "ticket", TICKET, "set", {"title": ["a", "b"]}, n=2)).encode()]
    desk.bruno.n = 3
    first = desk.bruno.push(*spoiled, first_n=1)
    assert desk.bruno.push(*spoiled, first_n=1) == first
    assert [r["r"] for r in first] == ["rejected", "rejected"]


def test_a_retired_colleague_may_do_nothing_more(desk: Desk) -> None:
    desk.anna.say("administer", "agent", desk.bruno.me, "set", {"retired_at": [None, "2026-01-01T00:00:00Z"]}, base=9)
    edit = desk.bruno.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No tone", "x"]}, base=9)
    assert edit["r"] == "rejected"


def test_roles_given_by_an_admin_count_from_then_on(desk: Desk) -> None:
    article = {"slug": [None, "x"], "lang": [None, "en"]}
    assert desk.bruno.say("write_article", "article", fixed("a"), "create", article)["r"] == "rejected"
    desk.anna.say("administer", "agent", desk.bruno.me, "add", {"roles": [None, ["lead"]]})
    assert desk.bruno.say("write_article", "article", fixed("a"), "create", article)["r"] == "ok"


def test_the_past_of_a_desk_is_taken_without_its_roles(desk: Desk) -> None:
    carla = Hand(desk.exchange, "carla").enroll(desk.exchange.make_code(), next_n=5)
    made = {"login": [None, "carla"], "roles": [None, ["admin", "agent", "lead"]]}
    site, own, grant, ticket = carla.push(
        carla.entry("administer", "site", fixed("site"), "create", {"slug": [None, "site"]}),
        carla.entry("administer", "agent", carla.me, "create", made),
        carla.entry("administer", "role", str(starter_id("role", "agent")), "add", {"verbs": [None, ["administer"]]}),
        carla.entry("open_ticket", "ticket", fixed("old"), "create", {"title": [None, "x"]}),
    )
    assert [r["r"] for r in (site, own, grant, ticket)] == ["ok", "merged", "merged", "ok"]
    assert "Roles are given by an admin" in own["reason"]
    assert carla.pull().rows[carla.me][2]["roles"] == ["agent"]
    assert str(starter_id("role", "agent")) not in carla.rows
    assert carla.say("administer", "site", fixed("site"), "set", {"name": [None, "x"]})["r"] == "rejected"


def test_a_desk_that_made_itself_is_taken_as_the_code_says_that_let_it_in(exchange: Exchange) -> None:
    """Its site and its first agent have no author: nobody can undo himself."""
    made = {"login": [None, "dora"], "roles": [None, ["agent", "lead"]]}
    roles = {}
    for login, admin in (("dora", True), ("emil", False)):
        hand = Hand(exchange, login).enroll(exchange.make_code(admin=admin), next_n=3)
        result = hand.push(
            hand.entry("administer", "site", fixed(login), "create", {"slug": [None, "site"]}, agent=None),
            hand.entry("administer", "agent", hand.me, "create", made | {"login": [None, login]}, agent=None),
        )
        roles[login] = (hand.pull().rows[hand.me][2]["roles"], [r["r"] for r in result])
        assert hand.say("administer", "site", fixed(login), "set", {"name": [None, "x"]}, agent=None)["r"] == "rejected"
    assert roles == {"dora": (["admin", "agent", "lead"], ["ok", "ok"]), "emil": (["agent"], ["ok", "merged"])}


def test_whom_an_admin_adds_at_a_console_works_there(desk: Desk) -> None:
    fields = {"login": [None, "carla"], "roles": [None, ["agent"]]}
    ticket = desk.anna.entry("open_ticket", "ticket", fixed("t2"), "create", {"title": [None, "x"]},
                             agent=agent_id("carla"))
    before = desk.anna.push(ticket)
    assert before[0]["r"] == "rejected"
    added = desk.anna.entry("administer", "agent", agent_id("carla"), "create", fields)
    first = desk.anna.entry("open_ticket", "ticket", fixed("t3"), "create", {"title": [None, "x"]},
                            agent=agent_id("carla"))
    assert [r["r"] for r in desk.anna.push(added, first)] == ["ok", "ok"]
    edit, hers = {"title": ["x", "y"]}, {"agent": agent_id("carla"), "base": 9}
    assert desk.anna.say("edit_ticket", "ticket", fixed("t3"), "set", edit, **hers)["r"] == "ok"


def test_the_past_of_a_desk_changes_nothing_that_others_wrote(desk: Desk) -> None:
    carla = Hand(desk.exchange, "carla").enroll(desk.exchange.make_code(), next_n=1 << 40)
    anna = desk.anna.pull().rows[desk.anna.me]
    retired = {"retired_at": [None, "2026-01-01T00:00:00Z"]}
    said = [
        carla.say(verb, "agent", desk.anna.me, kind, fields, agent=agent)["r"]
        for verb, kind, fields, agent in (
            ("administer", "set", retired, carla.me), ("administer", "remove", {"roles": [["admin"], None]}, carla.me),
            ("administer", "create", retired, carla.me), ("import_records", "set", retired, carla.me),
            ("import_records", "set", retired, None), ("administer", "set", retired, desk.anna.me),
        )
    ]
    assert said == ["rejected", "rejected", "merged", "rejected", "rejected", "rejected"]
    assert desk.anna.pull().rows[desk.anna.me] == anna


def test_a_code_that_names_nobody_lets_nobody_in_as_somebody_else(desk: Desk) -> None:
    before = desk.anna.known().agents
    for agents in ([AgentAsk(agent_id("anna"), "anna")], [AgentAsk(fixed("x"), "anna")],
                   [AgentAsk(agent_id("anna"), "mallory")]):
        with pytest.raises(Refused) as refused:
            Hand(desk.exchange, "mallory").enroll(desk.exchange.make_code(), agents=agents)
        assert (refused.value.status, refused.value.code) == (403, "agent")
    with pytest.raises(Refused):
        Hand(desk.exchange, "mallory", desk.anna.device).enroll(desk.exchange.make_code(), agents=[])
    assert desk.anna.known().agents == before


def test_on_a_shared_host_any_agent_of_the_server_may_work_and_nobody_else(desk: Desk) -> None:
    host = Hand(desk.exchange, "host").enroll(desk.exchange.make_code(shared_host=True), agents=[])
    change = {"wish": [None, "tea"]}
    assert host.say("edit_ticket", "ticket", TICKET, "set", change, agent=agent_id("bruno"), base=9)["r"] == "ok"
    assert host.say("edit_ticket", "ticket", TICKET, "set", change, agent=fixed("ghost"), base=9)["r"] == "rejected"


def test_a_console_asks_only_for_its_own_scope(desk: Desk) -> None:
    from supportdesk.server.shapes import PullAsk

    with pytest.raises(Refused) as refused:
        desk.exchange.pull(desk.bruno.known(), PullAsk(desk.bruno.epoch, {"own": 0, "vendor": 0}, 1))
    assert (refused.value.status, refused.value.code) == (403, "scope")


def test_only_an_admin_erases_and_nothing_else_says_that_somebody_was_erased(desk: Desk) -> None:
    caller = fixed("caller")
    assert desk.bruno.say("edit_caller", "caller", caller, "create", {"name": [None, "Lea Favre"]})["r"] == "ok"
    gone = {"erased_at": [None, "2026-03-02T14:02:00Z"]}
    desk.refuses(desk.bruno.entry("erase", "caller", caller, "set", gone))
    desk.refuses(desk.bruno.entry("edit_caller", "caller", caller, "set", gone))
    assert desk.exchange.erasures() == []
    assert desk.anna.say("erase", "caller", caller, "set", gone)["r"] == "ok"
    assert [line.caller for line in desk.exchange.erasures()] == [caller]


@pytest.mark.parametrize("knew", [True, False])
def test_joining_a_record_with_an_erased_person_erases_it_by_the_right_to_or_unknowingly(
        exchange: Exchange, knew: bool) -> None:
    anna = first_admin(exchange)
    bruno = colleague(exchange, anna, "bruno", ("lead",))
    for name in ("one", "other"):
        anna.say("edit_caller", "caller", fixed(name), "create", {"name": [None, "Anna Blatter"]})
    anna.say("erase", "caller", fixed("one"), "set", {"erased_at": [None, AT], "retired_at": [None, AT]})
    joining = bruno.entry("merge_callers", "caller", fixed("other"), "set",
                          {"merged_into_id": [None, fixed("one")], "retired_at": [None, AT]})
    ask = bruno.ask([joining])
    ask = PushAsk(ask.epoch, ask.lease, ask.first_n, ask.schema, ask.entries, erased=1 if knew else 0)
    (result,) = exchange.push(bruno.known(), ask)["results"]
    assert result["r"] == ("rejected" if knew else "ok")
    other = anna.pull().rows[fixed("other")][2]
    assert ("erased_at" in other) is not knew
    assert (other["name"] == "Anna Blatter") is knew
    assert len(exchange.erasures()) == (1 if knew else 2)
