"""Under which contract a ticket stands, or why it is worked on without one (issue "Promises")."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.common import require_open
from supportdesk.i18n import _
from supportdesk.rules.coverage import Asked
from supportdesk.store.instants import micros
from supportdesk.store.views.coverage import chosen
from supportdesk.store.views.lookup import of_component
from supportdesk.terms.codes import ContractKind, Coverage, Priority
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk
    from supportdesk.store.journal import Act
    from supportdesk.store.rows import Row

LONGEST_REASON = 500

_DECIDING = frozenset({"organisation_id", "product_id", "component_id", "language"})
"""Of what can be corrected, what decides which contract covers a ticket."""

_CHANNEL = """
SELECT c.channel FROM entry t CROSS JOIN entry e ON e.action = t.action AND e.entity = 'contact'
CROSS JOIN contact c ON c.id = e.entity_id
WHERE t.entity_id = ? AND t.entity = 'ticket' AND t.kind = 'create' LIMIT 1
"""
"""Of the contact a ticket was opened by."""

_BY_HAND = """
SELECT 1 FROM entry e WHERE e.entity_id = ? AND e.verb IN ('choose_contract', 'resolve_conflict')
AND json_type(e.fields, '$.contract_id') IS NOT NULL AND e.undoes IS NULL AND e.state != 'rejected'
AND NOT EXISTS (SELECT 1 FROM entry u WHERE u.undoes = e.action AND u.state != 'rejected') LIMIT 1
"""
"""Whether a person chose the contract of a ticket."""


def settle_coverage(act: "Act", ticket: "Row", channel: str | None = None, goodwill: str | None = None) -> None:
    """Put a ticket that is being opened under the contract that covers it, or say that none does; with the reason of a
    ``goodwill`` that it is worked on all the same. Raises Invalid for one that is too long."""
    ticket |= _chosen(act, ticket, act.at, channel)
    if ticket.get("coverage") is Coverage.NOT_ENTITLED and (reason := (goodwill or "").strip()):
        _short_enough(reason)
        ticket |= {"coverage": Coverage.GOODWILL, "coverage_reason": reason}


def chosen_anew(act: "Act", ticket: "Row", changes: "Row") -> "Row":
    """The contract that covers a ticket once these ``changes`` correct who called about what: as it would have been
    chosen when it was opened. Nothing where nobody chose one then, or a person did since, be it as goodwill."""
    corrected = {name for name in changes if changes[name] != ticket[name]}
    if ticket["coverage"] in (None, Coverage.GOODWILL) or corrected.isdisjoint(_DECIDING):
        return {}
    if act.conn.execute(_BY_HAND, (ticket["id"].bytes,)).fetchone() is not None:
        return {}
    found = act.conn.execute(_CHANNEL, (ticket["id"].bytes,)).fetchone()
    return _chosen(act, ticket | changes, ticket["created_at"] or act.at, found and found[0])


def organisation_of(act: "Act", ticket: "Row", changes: "Row") -> "Row":
    """The organisation of a ticket whose caller is another by these ``changes``: the new caller's, where they name
    none and the ticket's was the former caller's or is not known."""
    if "organisation_id" in changes or changes.get("caller_id") in (None, ticket["caller_id"]):
        return {}
    now, before = (act.find("caller", id, "organisation_id") if id else None
                   for id in (changes["caller_id"], ticket["caller_id"]))
    known = ticket["organisation_id"] or ticket["organisation_name"]
    theirs = None if now is None else now["organisation_id"]
    if theirs is None or (known and (before is None or before["organisation_id"] != ticket["organisation_id"])):
        return {}
    return {"organisation_id": theirs}


def _chosen(act: "Act", ticket: "Row", at: datetime, channel: str | None) -> "Row":
    """What covers a ticket that was opened at an instant; nothing at a desk that has agreed nothing with anybody."""
    product = ticket.get("product_id")
    if product is None and ticket.get("component_id") is not None:
        product = of_component(act.conn, ticket["component_id"]).get("product_id")
    found = chosen(act.conn, ticket.get("organisation_id"), Asked(
        micros(at), product, channel, ticket.get("language"), Priority.read(ticket.get("priority"))))
    if found is None:
        return {}
    return {"contract_id": found.contract.id if found.contract else None, "coverage": found.coverage}


def choose_contract(desk: "Desk", ticket: UUID, contract: UUID | None, *, goodwill: str | None = None) -> None:
    """Put a ticket under a contract of a customer; with None and a reason it is worked on as goodwill, which is
    counted. Raises Invalid, NotFound."""
    reason = (goodwill or "").strip()
    if (contract is None) is not bool(reason):
        raise Invalid(_("Name the contract, or say why it is done as goodwill."), field="contract")
    _short_enough(reason)
    with desk.journal.action("choose_contract", desk.who, reason=reason or None) as act:
        require_open(act.get("ticket", ticket))
        chosen: dict[str, Any] = {"contract_id": contract, "coverage": Coverage.CONTRACT, "coverage_reason": None}
        if contract is None:
            chosen |= {"coverage": Coverage.GOODWILL, "coverage_reason": reason}
        elif (act.get("contract", contract)["kind"] or ContractKind.CUSTOMER) != ContractKind.CUSTOMER:
            raise Invalid(_("These are terms between teams or with a vendor. Name a contract of a customer."),
                          field="contract")
        act.set("ticket", ticket, chosen)


def _short_enough(reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        raise Invalid(_("Say it in at most {most} signs.").format(most=LONGEST_REASON), field="goodwill")
