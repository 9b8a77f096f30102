"""Under which contract a ticket stands, or why it is worked on without one (issue "Promises")."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.common import require_open
from supportdesk.i18n import _
from supportdesk.terms.codes import ContractKind, Coverage
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LONGEST_REASON = 500


def choose_contract(desk: "Desk", ticket: UUID, contract: UUID | None, *, goodwill: str | None = None) -> None:
    """Put a ticket under a contract of a customer; with None and a reason it is worked on as goodwill, which is
    counted. Raises Invalid, NotFound."""
    reason = (goodwill or "").strip()
    if (contract is None) is not bool(reason):
        raise Invalid(_("Name the contract, or say why it is done as goodwill."), field="contract")
    if len(reason) > LONGEST_REASON:
        raise Invalid(_("Say it in at most {most} signs.").format(most=LONGEST_REASON), field="goodwill")
    with desk.journal.action("choose_contract", desk.who, reason=reason or None) as act:
        require_open(act.get("ticket", ticket))
        chosen: dict[str, Any] = {"contract_id": contract, "coverage": Coverage.CONTRACT, "coverage_reason": None}
        if contract is None:
            chosen |= {"coverage": Coverage.GOODWILL, "coverage_reason": reason}
        elif (act.get("contract", contract)["kind"] or ContractKind.CUSTOMER) != ContractKind.CUSTOMER:
            raise Invalid(_("These are terms between teams or with a vendor. Name a contract of a customer."),
                          field="contract")
        act.set("ticket", ticket, chosen)
