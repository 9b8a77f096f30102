"""Entries in one order, rows merged by field, nothing lost and nothing doubled: on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from supportdesk.server.exchange import Exchange
from supportdesk.server.shapes import PullAsk, PushAsk, Refused
from supportdesk.store.adopt import starter_id
from supportdesk.store.clock import utc_now
from tests.server.hand import Hand, agent_id, colleague, drawn, dump, first_admin, fixed

TICKET = fixed("ticket")
LATER = "2026-03-02T09:00:00Z"


@pytest.fixture
def anna(exchange: Exchange) -> Hand:
    return first_admin(exchange)


@pytest.fixture
def bruno(exchange: Exchange, anna: Hand) -> Hand:
    return colleague(exchange, anna, "bruno")


def opened(hand: Hand, **fields: Any) -> dict[str, Any]:
    given = {"title": "No dial tone", "status": "new", "urgency": 3} | fields
    return hand.say("open_ticket", "ticket", TICKET, "create", {n: [None, v] for n, v in given.items()})


def test_what_one_console_writes_another_gets_whole(anna: Hand, bruno: Hand) -> None:
    assert opened(anna)["r"] == "ok"
    bruno.pull()
    assert bruno.rows[TICKET] == ("ticket", 3, {"status": "new", "title": "No dial tone", "urgency": 3})
    last = bruno.entries[-1]
    assert (last["device"], last["seq"], last["verb"]) == (anna.device, 3, "open_ticket")
    assert last["fields"] == {"title": [None, "No dial tone"], "status": [None, "new"], "urgency": [None, 3]}


def test_a_push_delivered_ten_times_counts_once(exchange: Exchange, anna: Hand) -> None:
    batch = [anna.entry("open_ticket", "ticket", fixed(f"t{i}"), "create", {"title": [None, f"Call {i}"]})
             for i in range(20)]  # fmt: skip
    first = anna.push(*batch)
    before, head = dump(exchange), exchange.head()
    for _ in range(9):
        again = anna.push(*batch)
        assert [r["r"] for r in again] == ["dup"] * 20
        assert [r["seq"] for r in again] == [r["seq"] for r in first]
    assert dump(exchange) == before
    assert exchange.head() == head


def test_a_lost_answer_is_asked_for_again_as_often_as_needed(anna: Hand) -> None:
    entry = anna.entry("open_ticket", "ticket", TICKET, "create", {"title": [None, "x"]})
    assert anna.push(entry, lost=True)[0]["r"] == "ok"
    assert anna.push(entry, lost=True)[0]["r"] == "dup"
    assert anna.push(entry)[0]["r"] == "dup"
    assert anna.say("note", "note", fixed("n"), "create", {"text": [None, "y"]})["r"] == "ok"


def test_entries_before_these_are_missing(exchange: Exchange, anna: Hand) -> None:
    before = dump(exchange)
    ahead = anna.entry("open_ticket", "ticket", TICKET, "create", {"title": [None, "x"]}, n=9)
    with pytest.raises(Refused) as refused:
        anna.push(ahead)
    assert (refused.value.status, refused.value.code, refused.value.more) == (409, "gap", {"expected": 2})
    assert dump(exchange) == before


def test_a_copied_console_is_noticed_by_its_lease_and_by_its_count(anna: Hand) -> None:
    copy = Hand(anna.exchange, "anna", anna.device, anna.n, anna.lease, anna.epoch, anna.secret)
    opened(anna)
    opened_elsewhere = copy.entry("open_ticket", "ticket", fixed("other"), "create", {"title": [None, "x"]},
                                  id=drawn("written by the copy"))
    with pytest.raises(Refused, match="copied") as refused:
        copy.push(opened_elsewhere)
    assert refused.value.code == "fork"
    anna.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No dial tone", "y"]}, base=2)
    copy.n = 4
    with pytest.raises(Refused) as refused:
        copy.push(copy.entry("open_ticket", "ticket", fixed("other"), "create", {"title": [None, "x"]}))
    assert (refused.value.status, refused.value.code) == (409, "fork")


def test_an_epoch_or_a_head_that_never_was_is_not_this_servers(anna: Hand) -> None:
    device = anna.known()
    for ask, code in (
        (PullAsk(anna.epoch + 1, {"own": 0}, 1), "other_server"), (PullAsk(anna.epoch, {"own": 99}, 1), "unproven"),
        (PullAsk(anna.epoch, {"own": 0}, 1, "0123456789abcdef"), "unproven"),
    ):
        with pytest.raises(Refused) as refused:
            anna.exchange.pull(device, ask)
        assert (refused.value.status, refused.value.code) == (409, code)
    with pytest.raises(Refused) as refused:
        anna.exchange.push(device, PushAsk(anna.epoch + 1, anna.lease, anna.n, 1, []))
    assert refused.value.code == "other_server"


def test_a_head_that_was_told_is_proof_enough(anna: Hand) -> None:
    head = anna.exchange.push(anna.known(), anna.ask([]))["head"]
    opened_later = anna.exchange.pull(anna.known(), PullAsk(anna.epoch, {"own": 0}, 1, head["chain"]))
    assert opened_later["head"] == head


def test_an_entry_that_a_copy_brought_before_is_known_under_its_new_number(anna: Hand, bruno: Hand) -> None:
    entry = anna.entry("open_ticket", "ticket", TICKET, "create", {"title": [None, "x"]})
    (first,) = anna.push(entry)
    again = entry | {"n": bruno.n}
    for _ in range(2):
        (result,) = bruno.push(again)
        assert (result["r"], result["seq"]) == ("dup", first["seq"])
    bruno.n += 1
    assert bruno.say("edit_ticket", "ticket", TICKET, "set", {"title": ["x", "y"]}, base=9)["r"] == "ok"


def test_one_bad_entry_never_stops_the_others(anna: Hand) -> None:
    batch: list[Any] = [anna.entry("open_ticket", "ticket", fixed(f"t{i}"), "create", {"title": [None, f"Call {i}"]})
                        for i in range(5)]  # fmt: skip
    batch[2]["fields"] = {"status": [None, "on_fire"]}
    results = anna.push(*batch)
    assert [r["r"] for r in results] == ["ok", "ok", "rejected", "ok", "ok"]
    assert (results[2]["seq"], results[2]["field"]) == (None, "status")
    assert [r["r"] for r in anna.push(*batch)] == ["dup", "dup", "rejected", "dup", "dup"]
    assert len(anna.pull().of("ticket")) == 4


def test_s09_different_fields_of_one_ticket_meet_without_a_word(anna: Hand, bruno: Hand) -> None:
    opened(anna)
    anna.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No dial tone", "No tone at all"]}, base=3)
    result = bruno.say("prioritise", "ticket", TICKET, "set", {"urgency": [3, 2]}, base=3)
    assert result["r"] == "ok"
    assert anna.pull().rows[TICKET][2] == {"status": "new", "title": "No tone at all", "urgency": 2}
    assert anna.of("conflict") == []


def test_s09_the_same_text_on_both_sides_is_no_conflict(anna: Hand, bruno: Hand) -> None:
    opened(anna)
    for hand in (anna, bruno):
        said = hand.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No dial tone", "No tone"]}, base=3)
        assert said["r"] == "ok"
    assert anna.pull().of("conflict") == []


def test_the_same_field_edited_twice_makes_a_conflict_with_both_values_and_authors(anna: Hand, bruno: Hand) -> None:
    opened(anna)
    anna.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No dial tone", "Line dead"]}, base=3)
    late = bruno.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No dial tone", "Phone broken"]}, base=3,
                     at=LATER)
    assert late["r"] == "conflict"
    assert anna.pull().rows[TICKET][2]["title"] == "Line dead"
    (conflict,) = anna.of("conflict")
    assert conflict == {
        "entity": "ticket", "row_id": TICKET, "ticket_id": TICKET, "field": "title",
        "kept": "Line dead", "kept_by": "anna", "kept_at": "2026-03-02T08:15:00Z",
        "offered": "Phone broken", "offered_by": "bruno", "offered_at": LATER,
        "entry_id": late["id"], "state": "open",
    }  # fmt: skip


def test_the_last_word_of_one_desk_is_what_its_conflict_offers(anna: Hand, bruno: Hand) -> None:
    opened(anna)
    anna.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No dial tone", "Line dead"]}, base=3)
    for text in ("Phone", "Phone broken"):
        bruno.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No dial tone", text]}, base=3)
    (conflict,) = anna.pull().of("conflict")
    assert conflict["offered"] == "Phone broken"


def test_a_conflict_settled_once_is_settled_everywhere(anna: Hand, bruno: Hand) -> None:
    opened(anna)
    anna.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No dial tone", "Line dead"]}, base=3)
    bruno.say("edit_ticket", "ticket", TICKET, "set", {"title": ["No dial tone", "Phone broken"]}, base=3)
    anna.pull()
    (id,) = [i for i, (entity, _, _) in anna.rows.items() if entity == "conflict"]
    assert anna.say("resolve_conflict", "ticket", TICKET, "set", {"title": ["Line dead", "Phone broken"]},
                    base=anna.rows[TICKET][1])["r"] == "ok"  # fmt: skip
    decision = {"state": ["open", "offered"], "decided_by_id": [None, anna.me]}
    assert anna.say("resolve_conflict", "conflict", id, "set", decision, base=anna.rows[id][1])["r"] == "ok"
    bruno.pull()
    assert bruno.rows[id][2]["state"] == "offered"
    assert bruno.rows[TICKET][2]["title"] == "Phone broken"
    assert anna.exchange.status()["conflicts"] == 0


def test_two_claims_of_one_ticket_have_one_holder(anna: Hand, bruno: Hand) -> None:
    opened(anna)
    for hand in (anna, bruno):
        result = hand.say("take", "ticket", TICKET, "set",
                          {"assignee_id": [None, hand.me], "status": ["new", "in_progress"]}, base=3)  # fmt: skip
    assert result["r"] == "conflict"
    assert anna.pull().rows[TICKET][2]["assignee_id"] == anna.me
    (conflict,) = anna.of("conflict")
    assert (conflict["field"], conflict["offered"], conflict["state"]) == ("assignee_id", bruno.me, "open")


def test_the_more_urgent_stands_and_both_can_be_read(anna: Hand, bruno: Hand) -> None:
    opened(anna)
    anna.say("prioritise", "ticket", TICKET, "set", {"urgency": [3, 2]}, base=3)
    assert bruno.say("prioritise", "ticket", TICKET, "set", {"urgency": [3, 1]}, base=3)["r"] == "merged"
    assert anna.pull().rows[TICKET][2]["urgency"] == 1
    (conflict,) = anna.of("conflict")
    assert (conflict["kept"], conflict["kept_by"], conflict["offered"], conflict["offered_by"], conflict["state"]) == (
        1, "bruno", 2, "anna", "auto",
    )  # fmt: skip


def test_a_ticket_somebody_still_works_on_stays_open(anna: Hand, bruno: Hand) -> None:
    opened(anna)
    anna.say("solve", "ticket", TICKET, "set", {"status": ["new", "solved"]}, base=3)
    assert bruno.say("take", "ticket", TICKET, "set", {"status": ["new", "in_progress"]}, base=3)["r"] == "merged"
    assert anna.pull().rows[TICKET][2]["status"] == "in_progress"


def test_tags_of_two_sites_are_all_there(anna: Hand, bruno: Hand) -> None:
    opened(anna, tags=["vip", "vpn"])
    anna.say("edit_ticket", "ticket", TICKET, "set", {"tags": [["vip", "vpn"], ["vip", "site-b", "vpn"]]}, base=3)
    said = bruno.say("edit_ticket", "ticket", TICKET, "set", {"tags": [["vip", "vpn"], ["dock", "vip"]]}, base=3)
    assert said["r"] == "ok"
    assert bruno.say("edit_ticket", "ticket", TICKET, "add", {"tags": [None, ["x"]]}, base=3)["r"] == "ok"
    assert bruno.say("edit_ticket", "ticket", TICKET, "remove", {"tags": [["vip"], None]}, base=3)["r"] == "ok"
    assert anna.pull().rows[TICKET][2]["tags"] == ["dock", "site-b", "x"]


def test_a_desks_own_entries_never_conflict_with_each_other(anna: Hand) -> None:
    opened(anna)
    for old, new in (("No dial tone", "a"), ("a", "b")):
        assert anna.say("edit_ticket", "ticket", TICKET, "set", {"title": [old, new]}, base=0)["r"] == "ok"
    assert anna.pull().rows[TICKET][2]["title"] == "b"


def test_starter_rows_are_sent_when_somebody_changed_them_and_then_whole(anna: Hand, bruno: Hand) -> None:
    matrix = str(starter_id("matrix", "default"))
    assert matrix not in anna.pull().rows
    cells = [["P1"] * 4] * 4
    assert anna.say("administer", "matrix", matrix, "set", {"cells": [[["P2"]], cells]})["r"] == "ok"
    assert bruno.pull().rows[matrix][2] == {"cells": cells, "slug": "default"}


def test_what_only_a_newer_server_knows_waits_and_holds_its_action_and_its_row(exchange: Exchange, anna: Hand) -> None:
    action = fixed("an action of a newer console")
    batch = [
        anna.entry("open_ticket", "ticket", TICKET, "create", {"title": [None, "x"]}, action=action),
        anna.entry("open_ticket", "ticket", TICKET, "set", {"wish": [None, "soon"]}, action=action),
        anna.entry("edit_ticket", "ticket", TICKET, "set", {"title": ["x", "y"]}),
        anna.entry("open_ticket", "ticket", fixed("other"), "create", {"title": [None, "z"]}),
    ]  # fmt: skip
    batch[1] |= {"verb": "hum", "schema": 99}
    assert [r["r"] for r in anna.push(*batch)] == ["later", "later", "later", "ok"]
    assert anna.say("edit_ticket", "ticket", TICKET, "set", {"title": ["y", "w"]})["r"] == "later"
    # the server was updated: now it knows
    batch[1] |= {"verb": "edit_ticket", "fields": {"language": [None, "fr"]}, "schema": 1}
    assert [r["r"] for r in anna.push(*batch[:3])] == ["ok", "ok", "ok"]
    assert anna.pull().rows[TICKET][2] == {"language": "fr", "title": "y"}


def test_pages_are_whole_whatever_their_size(exchange: Exchange, anna: Hand, bruno: Hand) -> None:
    opened(anna)
    for hand, title, type in ((anna, "a", "request"), (bruno, "b", "incident")):
        change = {"title": ["No dial tone", title], "type": [None, type]}
        hand.say("edit_ticket", "ticket", TICKET, "set", change, base=3)
    for i in range(30):
        anna.say("note", "note", fixed(f"n{i}"), "create", {"ticket_id": [None, TICKET], "text": [None, str(i)]})
    whole = Hand(exchange, "anna", anna.device, 1, "", anna.epoch, anna.secret).pull()
    for limit in (1, 2, 7):
        paged = Hand(exchange, "anna", anna.device, 1, "", anna.epoch, anna.secret).pull(limit)
        assert paged.rows == whole.rows
        assert paged.entries == whole.entries


def test_a_code_is_good_once_and_for_a_day(exchange: Exchange) -> None:
    code = exchange.make_code(admin=True)
    with pytest.raises(Refused) as refused:
        Hand(exchange).enroll("AAAA-BBBB-CC")
    assert (refused.value.status, refused.value.code) == (403, "code")
    Hand(exchange).enroll(code.lower().replace("-", " "))
    with pytest.raises(Refused):
        Hand(exchange, "bruno").enroll(code)
    old = exchange.make_code()
    exchange.clock = lambda: utc_now() + timedelta(hours=25)
    with pytest.raises(Refused):
        Hand(exchange, "bruno").enroll(old)
    assert "-" in code
    assert code not in repr(dump(exchange, "code"))


def test_each_console_has_a_prefix_of_its_own_and_keeps_it(exchange: Exchange, anna: Hand, bruno: Hand) -> None:
    assert (anna.told["prefix"], bruno.told["prefix"]) == (100, 101)
    secret, n = bruno.secret, bruno.n
    bruno.enroll(exchange.make_code(agents=["bruno"]), next_n=n)
    assert bruno.told["prefix"] == 101
    with pytest.raises(Refused) as refused:
        exchange.authenticate(secret)
    assert refused.value.status == 401
    assert bruno.say("open_ticket", "ticket", TICKET, "create", {"title": [None, "x"]})["r"] == "ok"


def test_a_revoked_console_is_told_so_and_nothing_else(exchange: Exchange, anna: Hand, bruno: Hand) -> None:
    device = bruno.known()
    exchange.revoke(bruno.device)
    with pytest.raises(Refused) as refused:
        bruno.known()
    assert (refused.value.status, refused.value.code) == (403, "revoked")
    with pytest.raises(Refused):
        exchange.push(device, bruno.ask([]))
    assert exchange.devices()[1].revoked_at is not None


@pytest.mark.parametrize("bearer", [None, "", "x", "Bearer ", f"{fixed('nobody')}.abc", f"{fixed('device anna')}.abc",
                                    f"Bearer {fixed('device anna')}.", "\x00.\x00", "é.é", "\ud800.x"])
def test_a_wrong_secret_is_answered_alike_whoever_it_names(anna: Hand, bearer: str | None) -> None:
    with pytest.raises(Refused) as refused:
        anna.exchange.authenticate(bearer)
    assert (refused.value.status, refused.value.code) == (401, "secret")


def test_an_exchange_opened_again_goes_on_where_it_was(anna: Hand) -> None:
    opened(anna)
    again = Exchange.open(anna.exchange.engine.url.render_as_string(hide_password=False))
    try:
        assert again.head() == 2
        assert again.status()["server"] == anna.told["server"]
        assert [line.agents for line in again.devices()] == [("anna",)]
    finally:
        again.close()


def test_entries_of_an_empty_push_are_none_and_its_lease_is_new(anna: Hand) -> None:
    before = anna.lease
    assert anna.push() == []
    assert anna.lease != before
    assert msgspec.json.encode(anna.exchange.status())
    assert agent_id("anna") == anna.me
