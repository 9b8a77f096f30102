"""Running a major incident: one ticket others hang on, one voice, and who was told (docs/major.md)."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.common import matrix_priority, require_open
from supportdesk.desk.labels import CHANNEL
from supportdesk.desk.major_rows import hung_on, in_force, of_ticket, told_of
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store.instants import micros
from supportdesk.store.journal import Act
from supportdesk.store.rows import Row
from supportdesk.store.views.lookup import of_component
from supportdesk.terms.codes import Channel, LinkKind, OutageKind, Priority, TicketType
from supportdesk.terms.errors import Invalid, NotPermitted

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LONGEST_TITLE = 120
LONGEST_SENTENCE = 500
"""Signs of what an agent reads aloud."""

LONGEST_WHO = 200

OWN = "own"
"""The scope of the desk's own sites; a console of another company has others."""

MANY = 1
"""Impact of a major incident (field/practice.md 3)."""

_STEERED = ("title", "product_id", "component_id", "communicator_id", "began_at", "next_update_at")
_OF_THE_OUTAGE = ("product_id", "component_id", "began_at")


def declare_major(desk: "Desk", ticket_id: UUID, *, title: str, began_at: datetime, texts: Mapping[str, str],
                  valid_until: datetime, next_update_at: datetime | None = None, communicator_id: UUID | None = None,
                  product_id: UUID | None = None, component_id: UUID | None = None,
                  cases: Sequence[UUID] = ()) -> UUID:
    """Make a ticket the major incident others hang on: an incident with the priority the matrix gives it, the first
    sentence, and an outage since ``began_at``. Returns the major incident's id.

    ``title`` is read by every company on the server: what is out of order, no person. ``texts`` are the sentence by
    language. Without ``communicator_id`` the agent himself speaks for it; without ``next_update_at`` the next word is
    due when the sentence expires; what it is about is the ticket's own unless said. ``cases`` hang on it from now on;
    their callers are still to be told. Raises Invalid, NotPermitted."""
    title = _title(title)
    sentence = _sentence(texts)
    with desk.journal.action("declare_major", desk.who, reason=title) as act:
        _of_the_house(act)
        row = act.get("ticket", ticket_id)
        require_open(row)
        if (known := of_ticket(act, ticket_id)) is not None:
            raise Invalid(_("{number} is a major incident already: {title}.").format(
                number=row["number"], title=safe(known["title"] or "")), field="ticket")
        if on := hung_on(act, ticket_id):
            raise Invalid(_("{number} hangs on {other}. Take it off there first.").format(
                number=row["number"], other=_number(act, next(iter(on)))), field="ticket")
        if began_at > act.at:
            raise Invalid(_("It cannot have begun in the future."), field="began_at")
        _to_come(act, valid_until, "valid_until")
        if next_update_at is not None:
            _to_come(act, next_update_at, "next_update_at")
        about = _about(act, product_id or row["product_id"], component_id or row["component_id"])
        speaker = communicator_id or act.agent
        if communicator_id is not None:
            act.get("agent", communicator_id)
        act.set("ticket", ticket_id, _raised(act, row))
        major = act.create("major_incident", {
            "ticket_id": ticket_id, "title": title, **about, "communicator_id": speaker, "agent_id": act.agent,
            "began_at": began_at, "declared_at": act.at, "next_update_at": next_update_at or valid_until,
        })
        _state(act, major, ticket_id, sentence, valid_until)
        act.create("outage", {"ticket_id": ticket_id, **about, "kind": OutageKind.OUTAGE, "began_at": began_at,
                              "agent_id": act.agent})
        for case in dict.fromkeys(cases):
            if case != ticket_id:
                _hang(act, act.get("ticket", case), row)
    return major


def steer_major(desk: "Desk", major_id: UUID, changes: Mapping[str, Any],
                seen: Mapping[str, Any] | None = None) -> None:
    """Correct what a major incident is called and about, when it began, who speaks for it or when the next word is
    due. Raises Invalid, Changed."""
    if unknown := changes.keys() - set(_STEERED):
        raise Invalid(_("There is no field {field}.").format(field=min(unknown)), field=min(unknown))
    wanted = dict(changes)
    if "title" in wanted:
        wanted["title"] = _title(wanted["title"] or "")
    with desk.journal.action("steer_major", desk.who) as act:
        _of_the_house(act)
        row = act.get("major_incident", major_id)
        if wanted.get("began_at", act.at) is None or wanted.get("began_at", act.at) > act.at:
            raise Invalid(_("It cannot have begun in the future."), field="began_at")
        if "next_update_at" in wanted:
            _to_come(act, wanted["next_update_at"], "next_update_at")
        if "communicator_id" in wanted:
            act.get("agent", wanted["communicator_id"])
        if "component_id" in wanted or "product_id" in wanted:
            product = wanted.get("product_id", None if "component_id" in wanted else row["product_id"])
            wanted |= _about(act, product, wanted.get("component_id", row["component_id"]))
        act.set("major_incident", major_id, wanted, seen=seen)
        of_outage = {name: wanted[name] for name in _OF_THE_OUTAGE if name in wanted}
        if of_outage:
            _with_the_outage(act, row, of_outage)


def say_statement(desk: "Desk", major_id: UUID, texts: Mapping[str, str], valid_until: datetime,
                  next_update_at: datetime | None = None) -> UUID:
    """Write what agents may say from now until ``valid_until``; the next word is due then, or at ``next_update_at``.
    One that is over may still be spoken of: callers who were not told yet ask. Returns its id. Raises Invalid."""
    sentence = _sentence(texts)
    with desk.journal.action("say_statement", desk.who) as act:
        _of_the_house(act)
        row = act.get("major_incident", major_id)
        _to_come(act, valid_until, "valid_until")
        if next_update_at is not None:
            _to_come(act, next_update_at, "next_update_at")
        id = _state(act, major_id, row["ticket_id"], sentence, valid_until)
        if row["ended_at"] is None:
            act.set("major_incident", major_id, {"next_update_at": next_update_at or valid_until})
        return id


def hang_on(desk: "Desk", ticket_id: UUID, major_id: UUID, *, how: str | None = None,
            who: str | None = None) -> UUID | None:
    """Hang a case on a running major incident. With ``how`` (a Channel) its caller was read the sentence of now;
    ``who`` was told, if not the caller. Returns the id of the link, None where the incident's ticket is another
    company's: there it is enough that the caller was told. Raises Invalid."""
    with desk.journal.action("hang_on", desk.who) as act:
        row, major = act.get("ticket", ticket_id), act.get("major_incident", major_id)
        require_open(row)
        link = hang(act, row, major)
        if link is None and how is None:
            raise Invalid(_("Its ticket is another company's. Say how the caller was told; that is noted."),
                          field="how")
        if how is not None:
            note_told(act, row, major_id, how=how, who=who)
        return link


def come_off(desk: "Desk", ticket_id: UUID, reason: str | None = None) -> None:
    """Take a case off the major incident it hangs on: it is another matter. Raises Invalid when it hangs on none."""
    with desk.journal.action("unlink", desk.who, reason=reason) as act:
        links = hung_on(act, ticket_id)
        if not links:
            raise Invalid(_("{number} hangs on no major incident.").format(number=_number(act, ticket_id)),
                          field="ticket")
        for link in links.values():
            act.set("link", link, {"retired_at": act.at})


def tell(desk: "Desk", ticket_id: UUID, *, how: str, who: str | None = None) -> UUID:
    """Note that the caller of a case was told, with the sentence of now: how (a Channel), and ``who`` if not the
    caller. What he says of his case once it is over is for desk/major_end. Returns the id. Raises Invalid."""
    with desk.journal.action("tell", desk.who) as act:
        row = act.get("ticket", ticket_id)
        return note_told(act, row, major_it_hangs_on(act, row)["id"], how=how, who=who)


def major_it_hangs_on(act: Act, row: Row) -> Row:
    """The major incident of a case, or another company's of which its caller was told. Raises Invalid."""
    for onto in hung_on(act, row["id"]):
        if (found := of_ticket(act, onto)) is not None:
            return found
    told = told_of(act, row["id"])
    if told is not None and (told["ticket_id"] is None or not act.has("ticket", told["ticket_id"])):
        return told
    raise Invalid(_("{number} hangs on no major incident.").format(number=row["number"]), field="ticket")


def hang_on_ticket(desk: "Desk", ticket_id: UUID, onto_id: UUID) -> UUID:
    """Hang a case on the major incident that ticket ``onto_id`` is. Raises Invalid when it is none."""
    with desk.journal.action("hang_on", desk.who) as act:
        row, onto = act.get("ticket", ticket_id), act.get("ticket", onto_id)
        require_open(row)
        if (major := of_ticket(act, onto_id)) is None:
            raise Invalid(_("{number} is no major incident. Declare it one first.").format(number=onto["number"]),
                          field="to")
        _must_run(major)
        return _hang(act, row, onto)


def hang(act: Act, row: Row, major: Row) -> UUID | None:
    """The link of a case (a ticket's ``row``) to a running major incident; None where its ticket is not to be seen
    here. Raises Invalid."""
    _must_run(major)
    onto = act.find("ticket", major["ticket_id"]) if major["ticket_id"] else None
    return None if onto is None else _hang(act, row, onto)


def note_told(act: Act, row: Row, major_id: UUID, *, how: str, who: str | None = None,
              still_broken: bool | None = None) -> UUID:
    """That the caller of a case was told, and with which sentence if one was valid. Raises Invalid."""
    if len(who or "") > LONGEST_WHO:
        raise Invalid(_("Say it in at most {most} signs.").format(most=LONGEST_WHO), field="who")
    return act.create("told", {
        "major_id": major_id, "ticket_id": row["id"], "statement_id": in_force(act, major_id),
        "who": (who or "").strip() or row.get("caller_name"), "how": checked_how(how), "still_broken": still_broken,
        "agent_id": act.agent, "at": act.at,
    })


def checked_how(how: str) -> Channel:
    """How somebody was told. Raises Invalid naming the ways there are."""
    if how not in CHANNEL:
        raise Invalid(_("{field} is one of {allowed}.").format(field="how", allowed=", ".join(Channel)), field="how")
    return Channel(how)


def _of_the_house(act: Act) -> None:
    """What every company reads is written by the desk's own sites. Raises NotPermitted at the console of another."""
    scopes = {scope for (scope,) in act.conn.execute("SELECT scope FROM sync_cursor")}
    if scopes and OWN not in scopes:
        raise NotPermitted(_("Every company reads this, so only the desk's own sites write it. Ring them; callers join "
                             "and are told from here."))


def _must_run(major: Row) -> None:
    if major["ended_at"] is not None or major["retired_at"] is not None:
        raise Invalid(_("This major incident is over. Leave the case a ticket of its own."), field="major")


def _hang(act: Act, row: Row, onto: Row) -> UUID:
    if row["id"] == onto["id"]:
        raise Invalid(_("A major incident does not hang on itself."), field="ticket")
    on = hung_on(act, row["id"])
    if onto["id"] in on:
        return on[onto["id"]]
    if on:
        raise Invalid(_("{number} hangs on {other}. Take it off there first.").format(
            number=row["number"], other=_number(act, next(iter(on)))), field="ticket")
    if (own := of_ticket(act, row["id"])) is not None and own["ended_at"] is None:
        raise Invalid(_("{number} is a major incident itself; it hangs on no other.").format(number=row["number"]),
                      field="ticket")
    return act.create("link", {"from_id": row["id"], "to_id": onto["id"], "kind": LinkKind.HANGS_ON})


def _state(act: Act, major_id: UUID, ticket_id: UUID, texts: Mapping[str, str], valid_until: datetime) -> UUID:
    return act.create("statement", {"major_id": major_id, "ticket_id": ticket_id, "texts": texts,
                                    "agent_id": act.agent, "at": act.at, "valid_until": valid_until})


def _raised(act: Act, row: Row) -> Row:
    """The ticket as a major incident: many are hit, and what its urgency gives by the matrix; one set higher stays."""
    urgency = min(row["urgency"] or 2, 2)
    by_matrix = matrix_priority(act, MANY, urgency)
    higher = Priority.read(row["priority"])
    values: Row = {"type": TicketType.INCIDENT, "impact": MANY, "urgency": urgency}
    if higher is None or by_matrix <= higher:
        values |= {"priority": by_matrix, "priority_reason": None}
    return values


def _about(act: Act, product: UUID | None, component: UUID | None) -> Row:
    if product is None and component is not None:
        product = of_component(act.conn, component).get("product_id")
    return {"product_id": product, "component_id": component}


def _with_the_outage(act: Act, major: Row, changes: Row) -> None:
    """What is corrected on the major incident is corrected on the outage noted with it."""
    if major["ticket_id"] is None or major["began_at"] is None:
        return
    for (raw,) in act.conn.execute(
        "SELECT id FROM outage WHERE ticket_id = ? AND began_at IS ? AND retired_at IS NULL AND kind = ?",
        (major["ticket_id"].bytes, micros(major["began_at"]), OutageKind.OUTAGE.value),
    ).fetchall():
        act.set("outage", UUID(bytes=raw), changes)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title:
        raise Invalid(_("Say in a few words what is out of order; every company of the server reads it."),
                      field="title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(_("Say it in at most {most} signs.").format(most=LONGEST_TITLE), field="title")
    return title


def _sentence(texts: Mapping[str, str]) -> dict[str, str]:
    """The sentence by language, those that were written. Raises Invalid."""
    written = {}
    for code, text in texts.items():
        if not re.fullmatch("[a-z]{2,3}", code):
            raise Invalid(_("{code} is no language. Give codes such as fr, en, de.").format(code=safe(code)),
                          field="texts")
        if len(text) > LONGEST_SENTENCE:
            raise Invalid(_("Say it in at most {most} signs.").format(most=LONGEST_SENTENCE), field="texts")
        if text.strip():
            written[code] = text.strip()
    if not written:
        raise Invalid(_("Write the sentence agents may say, in one language at least."), field="texts")
    return written


def _to_come(act: Act, at: datetime | None, field: str) -> None:
    if at is None or at <= act.at:
        raise Invalid(_("This time has passed. Give one to come."), field=field)


def _number(act: Act, ticket_id: UUID) -> str:
    row = act.find("ticket", ticket_id, "number")
    return str(row["number"]) if row else "?"
