"""Under which contract a ticket stands, or why it is worked on without one (issue "Promises")."""

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


def settle_coverage(act: "Act", ticket: "Row", channel: str | None = None, goodwill: str | None = None) -> None:
    """Put a ticket that is being opened under the contract that covers it, or say that none does; with the reason of a
    ``goodwill`` that it is worked on all the same. Raises Invalid for one that is too long."""
    product = ticket.get("product_id")
    if product is None and ticket.get("component_id") is not None:
        product = of_component(act.conn, ticket["component_id"]).get("product_id")
    found = chosen(act.conn, ticket.get("organisation_id"), Asked(
        micros(act.at), product, channel, ticket.get("language"), Priority.read(ticket.get("priority"))))
    if found is not None:
        ticket |= {"contract_id": found.contract.id if found.contract else None, "coverage": found.coverage}
        if found.coverage is Coverage.NOT_ENTITLED and (reason := (goodwill or "").strip()):
            _short_enough(reason)
            ticket |= {"coverage": Coverage.GOODWILL, "coverage_reason": reason}


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
