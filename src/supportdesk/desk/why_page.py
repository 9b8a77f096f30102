"""Why a ticket stands where it stands, has its priority and is due when it is due: all that ``x`` tells.

The promises are told in the words of ``promise explain`` (desk/promise_words)."""

import sqlite3
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from supportdesk.desk.account import Told
from supportdesk.desk.contract_words import facts
from supportdesk.desk.order_words import order_words
from supportdesk.desk.priority_words import priority_words
from supportdesk.desk.promise_words import explanation_words
from supportdesk.desk.promises import Explanation, explained
from supportdesk.i18n import _
from supportdesk.rules.priority import IMPACTS, URGENCIES, explain
from supportdesk.store.views.contracts import ContractPage, contract_page
from supportdesk.store.views.queue import one_moment
from supportdesk.store.views.ticket import TicketView, ticket
from supportdesk.terms.codes import Priority


@dataclass(frozen=True, slots=True)
class WhyPage:
    """A ticket, the account of its promises and the contract they are by, all of one moment."""

    view: TicketView
    explanation: Explanation
    contract: ContractPage | None


def why_page(conn: sqlite3.Connection, id: UUID, now_us: int) -> WhyPage | None:
    """As it stands at ``now_us``; None when there is no such ticket (any more)."""
    with one_moment(conn):
        view = ticket(conn, id)
        if view is None:
            return None
        explanation = explained(conn, id, now_us)
        by = _contract(explanation)
        return WhyPage(view, explanation, None if by is None else contract_page(conn, by, now_us))


def why_words(page: WhyPage, zone: tzinfo) -> list[Told]:
    """The whole explanation, instants as read in ``zone``."""
    view, now_us = page.view, page.explanation.now
    told = [Told(_("Order"), [order_words(view.reason(now_us), now_us, zone)])]
    if view.impact in IMPACTS and view.urgency in URGENCIES:
        given = Priority.read(view.priority)
        reason = explain(view.impact, view.urgency, given=given, wish=view.wish, key_account=view.key_account)
        told.append(Told(_("Priority"), priority_words(reason, view.priority_reason)))
    told.append(Told(_("Promises"), explanation_words(page.explanation, zone)))
    if page.contract is not None:
        told.append(Told(_("What the contract says"), facts=facts(page.contract)))
    return told


def _contract(explanation: Explanation) -> UUID | None:
    """The contract or the standard terms by which the customer's promises are judged."""
    return next((basis.contract.id for account in explanation.accounts if account.promise.handoff is None
                 and (basis := account.promise.basis) is not None and basis.contract is not None), None)
