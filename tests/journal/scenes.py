"""One scene for each verb of the desk: what has to stand before it, and the saying of it.

A scene prepares with consoles of Ana (hotline) and Ben (network) and returns what a third console of Ana's then
does: one action of that verb. The proofs of the journal run over all of them.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from supportdesk.desk import (
    admin,
    articles,
    attach,
    breaches,
    calls,
    conflicts,
    entitlement,
    erasing,
    handoffs,
    major,
    major_end,
    outages,
    people,
    shifts,
    tickets,
    views,
)
from supportdesk.desk.calls import Call, Check, Offer, Promise, Used
from supportdesk.desk.desk import Desk
from supportdesk.desk.shift_page import Decision, What
from supportdesk.store.adopt import adopt
from supportdesk.store.types import uuid7
from supportdesk.terms.codes import CheckResult, LinkKind, Outcome, Status
from supportdesk.terms.errors import Invalid
from tests.journal.desks import BEN, NETWORK, NOW, TEAM

Say = Callable[[Desk], object]
Scene = Callable[[Desk, Desk], Say]

PACKET = {"request": "reproduce", "tried": "steps 1 to 3", "impact": "40 people", "since": "this morning",
          "environment": "Windows", "promised": "a callback at 14:30", "reproduce": "every five minutes"}
SOON = NOW + timedelta(hours=1)


def _ticket(desk: Desk, text: str = "le vpn coupe") -> UUID:
    return calls.take_call(desk, Call(ticket={"description": text})).id


def _article(desk: Desk) -> UUID:
    return articles.write(desk, {"slug": f"a-{uuid7().hex}", "lang": "fr", "title": "VPN", "body": "1. Redémarrer"})


def _caller(desk: Desk, name: str = "Monique Perret") -> UUID:
    return people.save_caller(desk, {"name": name, "numbers": ("021 555 01 00",)})


def _offered(desk: Desk) -> UUID:
    return handoffs.offer(desk, _ticket(desk), NETWORK, PACKET, "night")


def _take_call(ana: Desk, ben: Desk) -> Say:
    article, incident = _article(ana), _declared(ana)
    id, contact = uuid7(), uuid7()
    return lambda desk: calls.take_call(desk, Call(
        ticket={"description": "le vpn coupe", "impact": 2, "urgency": 1, "tags": ("vpn",)}, id=id, contact_id=contact,
        contact={"number_given": "021 555 01 00"}, new_caller={"name": "Kern", "numbers": ("021 555 01 00",)},
        new_organisation="Kern AG", note="restarted", promise=Promise(SOON, "021 555 01 00", "Kern"),
        offer=Offer(NETWORK, PACKET, "night"), checks=(Check("password", "callback", CheckResult.PASSED),),
        used=(Used(article, (1,), False),), major_id=incident,
    ))


def _open_ticket(ana: Desk, ben: Desk) -> Say:
    return lambda desk: calls.open_ticket(desk, {"title": "New screen"})


def _log_contact(ana: Desk, ben: Desk) -> Say:
    ticket = _ticket(ana)
    return lambda desk: calls.log_contact(desk, Outcome.EXISTING_TICKET, {"caller_name": "Perret"}, tickets=(ticket,),
                                          chaser=True, note="asked again")


def _check_identity(ana: Desk, ben: Desk) -> Say:
    caller = _caller(ana)
    return lambda desk: calls.check_identity(desk, Check("mfa", "callback", CheckResult.FAILED), caller_id=caller)


def _settle_callback(ana: Desk, ben: Desk) -> Say:
    ticket = _ticket(ana)
    tickets.promise_callback(ana, ticket, SOON, "021 555 01 00", "Perret")
    return lambda desk: calls.settle_callback(desk, ticket, Outcome.INFORMATION, note="told")


def _note(ana: Desk, ben: Desk) -> Say:
    ticket = _ticket(ana)
    return lambda desk: tickets.note(desk, ticket, "tried \x1b[2J nothing")


def _withdraw_note(ana: Desk, ben: Desk) -> Say:
    note = tickets.note(ana, _ticket(ana), "wrong")
    return lambda desk: tickets.withdraw_note(desk, note)


def _move_note(ana: Desk, ben: Desk) -> Say:
    note, other = tickets.note(ana, _ticket(ana), "wrong ticket"), _ticket(ana, "fax")
    return lambda desk: tickets.move_note(desk, note, other)


def _on_ticket(say: Callable[[Desk, UUID], object], *before: Callable[[Desk, UUID], object]) -> Scene:
    def scene(ana: Desk, ben: Desk) -> Say:
        ticket = _ticket(ana)
        for step in before:
            step(ana, ticket)
        return lambda desk: say(desk, ticket)

    return scene


def _major(desk: Desk, ticket: UUID) -> None:
    major.declare_major(desk, ticket, title="VPN", began_at=NOW, texts=SAID, valid_until=SOON)


def _wait(desk: Desk, ticket: UUID) -> None:
    tickets.wait(desk, [ticket], Status.WAITING_UNTIL, until=SOON, reason="part comes")


def _solve(desk: Desk, ticket: UUID) -> None:
    tickets.solve(desk, [ticket], "restarted", told=True)


def _close(desk: Desk, ticket: UUID) -> None:
    tickets.close(desk, [ticket], "told")


def _link(ana: Desk, ben: Desk) -> Say:
    one, two = _ticket(ana), _ticket(ana, "fibre")
    return lambda desk: tickets.link(desk, one, two, LinkKind.CAUSED_BY)


def _unlink(ana: Desk, ben: Desk) -> Say:
    link = tickets.link(ana, _ticket(ana), _ticket(ana, "fibre"), LinkKind.CHILD)
    return lambda desk: tickets.unlink(desk, link)


def _merge(ana: Desk, ben: Desk) -> Say:
    one, two = _ticket(ana), _ticket(ana, "vpn again")
    tickets.note(ana, one, "moves along")
    return lambda desk: tickets.merge(desk, one, two)


def _split(ana: Desk, ben: Desk) -> Say:
    ticket = _ticket(ana)
    note = tickets.note(ana, ticket, "another matter")
    return lambda desk: tickets.split(desk, ticket, "Another matter", (note,))


def _attach(ana: Desk, ben: Desk) -> Say:
    ticket, file = _ticket(ana), Path(__file__)
    return lambda desk: attach.attach(desk, ticket, file)


def _use_article(ana: Desk, ben: Desk) -> Say:
    article, ticket = _article(ana), _ticket(ana)
    return lambda desk: articles.use(desk, article, ticket_id=ticket, steps=(1,), helped=True)


def _vote(ana: Desk, ben: Desk) -> Say:
    article = _article(ana)
    return lambda desk: articles.vote(desk, article, False, "wrong version")


def _write_article(ana: Desk, ben: Desk) -> Say:
    article = _article(ana)
    return lambda desk: articles.write(desk, {"title": "VPN, 2026", "keywords": ("vpn", "coupe")}, article)


def _offer(ana: Desk, ben: Desk) -> Say:
    ticket = _ticket(ana)
    return lambda desk: handoffs.offer(desk, ticket, NETWORK, PACKET, "night")


def _withdraw_offer(ana: Desk, ben: Desk) -> Say:
    offer = _offered(ana)
    return lambda desk: handoffs.withdraw(desk, offer)


def _to_hotline(ben: Desk) -> UUID:
    """An offer Ben made, so that Ana answers it."""
    ticket = calls.open_ticket(ben, {"title": "back to the desk"}).id
    return handoffs.offer(ben, ticket, TEAM, PACKET, "answered")


def _accept(ana: Desk, ben: Desk) -> Say:
    offer = _to_hotline(ben)
    return lambda desk: handoffs.accept(desk, offer)


def _return(ana: Desk, ben: Desk) -> Say:
    offer = _to_hotline(ben)
    return lambda desk: handoffs.return_(desk, offer, "not ours")


def _edit_caller(ana: Desk, ben: Desk) -> Say:
    caller = _caller(ana)
    return lambda desk: people.save_caller(desk, {"name": "Monique Roch", "numbers": ("079 123 45 67",)}, caller)


def _edit_organisation(ana: Desk, ben: Desk) -> Say:
    return lambda desk: people.save_organisation(desk, {"name": "Alpina", "key_account": True})


def _edit_asset(ana: Desk, ben: Desk) -> Say:
    return lambda desk: people.save_asset(desk, {"inventory": "PC-2231", "host": "pc2231"})


def _erase(ana: Desk, ben: Desk) -> Say:
    perret = people.save_caller(ana, {"name": "Monique Perret", "numbers": ("021 555 01 00",), "remarks": "early"})
    case = calls.take_call(ana, Call(ticket={"description": "fax of Monique Perret", "caller_id": perret})).id
    tickets.cancel(ana, [case], "by mistake")
    tickets.note(ben, _ticket(ana), "Monique Perret calls from 021 555 01 00")
    return lambda desk: erasing.erase(desk, perret)


def _merge_callers(ana: Desk, ben: Desk) -> Say:
    one, two = _caller(ana), _caller(ana, "M. Perret")
    calls.take_call(ana, Call(ticket={"description": "fax", "caller_id": one}))
    return lambda desk: people.merge_callers(desk, one, two)


def _merge_organisations(ana: Desk, ben: Desk) -> Say:
    one, two = (people.save_organisation(ana, {"name": name}) for name in ("Alpina", "Alpina SA"))
    people.save_caller(ana, {"name": "Perret", "organisation_id": one})
    return lambda desk: people.merge_organisations(desk, one, two)


def _choose_contract(ana: Desk, ben: Desk) -> Say:
    ticket = _ticket(ana)
    alpina = people.save_organisation(ana, {"name": "Alpina"})
    with ana.journal.action("administer", ana.who) as act:
        contract = act.create("contract", {"slug": "alpina", "name": "Premium", "organisation_id": alpina,
                                           "kind": "customer", "versions": [{"since": None, "targets": {}}]})
    return lambda desk: entitlement.choose_contract(desk, ticket, contract)


def _explain_breach(ana: Desk, ben: Desk) -> Say:
    ticket, breach = _ticket(ana), uuid7()
    with ana.journal.action("breach", None) as act:
        act.create("breach", {"ticket_id": ticket, "kind": "solution", "due_at": act.at, "at": act.at}, breach)
    return lambda desk: breaches.explain_breach(desk, breach, "the vendor was closed")


def _start_shift(ana: Desk, ben: Desk) -> Say:
    return shifts.start_shift


def _be_there(desk: Desk) -> None:
    """On shift and on no break, whatever was before."""
    for begin in (shifts.end_break, shifts.start_shift):
        with suppress(Invalid):
            begin(desk)


def _take_break(ana: Desk, ben: Desk) -> Say:
    _be_there(ana)
    return shifts.take_break


def _end_break(ana: Desk, ben: Desk) -> Say:
    _be_there(ana)
    shifts.take_break(ana)
    return shifts.end_break


def _end_shift(ana: Desk, ben: Desk) -> Say:
    """Four callbacks: to the team, to Ben, taken along, and moved to another time which the caller was told."""
    _be_there(ana)
    some = [_ticket(ana, text) for text in ("vpn", "fax", "screen", "mouse")]
    for ticket in some:
        tickets.promise_callback(ana, ticket, SOON, "021 555 01 00", "Perret")
    return lambda desk: shifts.end_shift(desk, dict(zip(some, (
        Decision(What.PASS_ON, note="she waits for the part"), Decision(What.PASS_ON, to=BEN),
        Decision(What.TAKE_ALONG, note="from home"),
        Decision(What.MOVE, at=SOON + timedelta(days=1), message="tomorrow", told=True),
    ), strict=True)), rest=Decision(What.TAKE_ALONG))


SAID = {"fr": "Le VPN est en panne. Nous y travaillons.", "en": "The VPN is down.", "de": "Das VPN ist gestört."}


def _declared(desk: Desk, *cases: UUID) -> UUID:
    return major.declare_major(desk, _ticket(desk), title="VPN", began_at=NOW, texts=SAID, valid_until=SOON,
                               cases=cases)


def _declare_major(ana: Desk, ben: Desk) -> Say:
    ticket, case = _ticket(ana), _ticket(ben)
    return lambda desk: major.declare_major(desk, ticket, title="VPN", began_at=NOW, texts=SAID, valid_until=SOON,
                                            next_update_at=SOON, communicator_id=BEN, cases=(case,))


def _steer_major(ana: Desk, ben: Desk) -> Say:
    incident = _declared(ana)
    return lambda desk: major.steer_major(desk, incident, {
        "title": "VPN and mail", "communicator_id": BEN, "began_at": NOW - timedelta(minutes=5),
        "next_update_at": SOON + timedelta(hours=1)})


def _say_statement(ana: Desk, ben: Desk) -> Say:
    incident = _declared(ana)
    return lambda desk: major.say_statement(desk, incident, SAID, SOON + timedelta(hours=1))


def _hang_on(ana: Desk, ben: Desk) -> Say:
    incident, case = _declared(ana), _ticket(ana)
    return lambda desk: major.hang_on(desk, case, incident, how="phone", who="Kern")


def _tell(ana: Desk, ben: Desk) -> Say:
    case = _ticket(ben)
    _declared(ana, case)
    return lambda desk: major.tell(desk, case, how="mail", who="Kern")


def _end_major(ana: Desk, ben: Desk) -> Say:
    """With a case whose caller is not told yet, and a callback promised to whoever reported it first."""
    case, ticket = _ticket(ben), _ticket(ana)
    tickets.promise_callback(ana, ticket, SOON, "021 555 01 00")
    incident = major.declare_major(ana, ticket, title="VPN", began_at=NOW, texts=SAID, valid_until=SOON, cases=[case])
    return lambda desk: major_end.end_major(desk, incident, "restarted")


def _save_view(ana: Desk, ben: Desk) -> Say:
    return lambda desk: views.save_view(desk, "mine, P1", {"priority": ["P1"]})


def _administer(ana: Desk, ben: Desk) -> Say:
    return lambda desk: admin.save(desk, "team", {"name": "Réseau et fibre", "languages": ("fr", "de")}, NETWORK)


def _import(ana: Desk, ben: Desk) -> Say:
    from supportdesk.desk.imports import import_tickets
    from tests.imports.test_tickets import MAPPING, ROWS

    folder = ana.path.parent
    (folder / "old.csv").write_text(ROWS, "utf-8")
    (folder / "old.toml").write_text(MAPPING, "utf-8")
    return lambda desk: import_tickets(desk, folder / "old.csv", folder / "old.toml")


def _resolve_conflict(ana: Desk, ben: Desk) -> Say:
    """Ben's title stands, Ana's came second; as the server makes the row."""
    ticket, conflict = _ticket(ana), uuid7()
    with ana.journal.transaction() as conn:
        adopt(conn, [("conflict", conflict, {
            "entity": "ticket", "row_id": str(ticket), "ticket_id": ticket, "field": "title", "kept": "VPN, Lausanne",
            "kept_by": "ben", "kept_at": NOW, "offered": "VPN Genève", "offered_by": "ana", "offered_at": NOW,
            "state": "open",
        })], NOW, 7)
    return lambda desk: conflicts.resolve(desk, conflict, "keep-mine")


def _note_outage(ana: Desk, ben: Desk) -> Say:
    vpn = admin.save(ana, "product", {"slug": f"vpn-{uuid7().hex}", "name": "VPN"})
    ticket = _ticket(ana)
    return lambda desk: outages.note_outage(desk, ticket, NOW - timedelta(hours=1), product_id=vpn,
                                            reason="the line was cut")


SCENES: dict[str, Scene] = {
    "take_call": _take_call,
    "log_contact": _log_contact,
    "check_identity": _check_identity,
    "open_ticket": _open_ticket,
    "note": _note,
    "withdraw_note": _withdraw_note,
    "move_note": _move_note,
    "take": _on_ticket(lambda desk, t: tickets.take(desk, [t]),
                       lambda desk, t: tickets.assign(desk, [t], team=NETWORK)),
    "assign": _on_ticket(lambda desk, t: tickets.assign(desk, [t], agent=BEN, owner=BEN, reason="lunch")),
    "edit_ticket": _on_ticket(lambda desk, t: tickets.edit(desk, t, {"title": "VPN", "tags": ("vpn", "lausanne")})),
    "prioritise": _on_ticket(lambda desk, t: tickets.prioritise(desk, t, impact=1, urgency=1, reason="40 people")),
    "wait": _on_ticket(_wait),
    "resume": _on_ticket(lambda desk, t: tickets.resume(desk, [t]), _wait),
    "solve": _end_major,
    "close": _on_ticket(_close, _solve),
    "cancel": _on_ticket(lambda desk, t: tickets.cancel(desk, [t], "by mistake"), _major),
    "reopen": _on_ticket(lambda desk, t: tickets.reopen(desk, [t], "again"), _major, _solve, _close),
    "promise_callback": _on_ticket(lambda desk, t: tickets.promise_callback(desk, t, SOON, "021 555 01 00", "Perret")),
    "settle_callback": _settle_callback,
    "link": _link,
    "unlink": _unlink,
    "merge_tickets": _merge,
    "split_ticket": _split,
    "attach": _attach,
    "use_article": _use_article,
    "vote": _vote,
    "write_article": _write_article,
    "offer": _offer,
    "withdraw_offer": _withdraw_offer,
    "accept": _accept,
    "return": _return,
    "edit_caller": _edit_caller,
    "edit_organisation": _edit_organisation,
    "edit_asset": _edit_asset,
    "merge_callers": _merge_callers,
    "erase": _erase,
    "merge_organisations": _merge_organisations,
    "resolve_conflict": _resolve_conflict,
    "start_shift": _start_shift,
    "take_break": _take_break,
    "end_break": _end_break,
    "end_shift": _end_shift,
    "declare_major": _declare_major,
    "steer_major": _steer_major,
    "say_statement": _say_statement,
    "hang_on": _hang_on,
    "tell": _tell,
    "save_view": _save_view,
    "choose_contract": _choose_contract,
    "explain_breach": _explain_breach,
    "note_outage": _note_outage,
    "administer": _administer,
    "import_records": _import,
}
