"""Promises that were not kept: why, said by whoever knows it (issue "Promises")."""

from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LONGEST_REASON = 500


def explain_breach(desk: "Desk", breach: UUID, reason: str) -> None:
    """Say why a promise was not kept. Raises Invalid for no reason, NotFound."""
    said = reason.strip()
    if not said:
        raise Invalid(_("Say why the promise was not kept."), field="reason")
    if len(said) > LONGEST_REASON:
        raise Invalid(_("Say it in at most {most} signs.").format(most=LONGEST_REASON), field="reason")
    with desk.journal.action("explain_breach", desk.who) as act:
        act.get("breach", breach)
        act.set("breach", breach, {"reason": said, "agent_id": act.agent})
