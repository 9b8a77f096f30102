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
from supportdesk.desk.promise_words import explanation_words, version_words
from supportdesk.desk.promises import Explanation, explained
from supportdesk.desk.window_words import window_words
from supportdesk.i18n import _
from supportdesk.rules.matrices import Matrices
from supportdesk.rules.priority import IMPACTS, URGENCIES, explain
from supportdesk.store.views.contracts import ContractPage, contract_page
from supportdesk.store.views.queue import one_moment
from supportdesk.store.views.ticket import TicketView, ticket
from supportdesk.store.views.windows import matrix_of, ranked_at
from supportdesk.terms.codes import Priority


@dataclass(frozen=True, slots=True)
class WhyPage:
    """A ticket, the account of its promises, the contract they are by, the desk's matrix and when the ticket's rank was
    set, all of one moment."""

    view: TicketView
    explanation: Explanation
    contract: ContractPage | None
    matrices: Matrices
    ranked: int | None


def why_page(conn: sqlite3.Connection, id: UUID, now_us: int) -> WhyPage | None:
    """As it stands at ``now_us``; None when there is no such ticket (any more)."""
    with one_moment(conn):
        view = ticket(conn, id)
        if view is None:
            return None
        explanation = explained(conn, id, now_us)
        by = _contract(explanation)
        return WhyPage(view, explanation, None if by is None else contract_page(conn, by, now_us), matrix_of(conn),
                       ranked_at(conn, id))


def why_words(page: WhyPage, zone: tzinfo) -> list[Told]:
    """The whole explanation, instants as read in ``zone``."""
    view, now_us = page.view, page.explanation.now
    told = [Told(_("Order"), [order_words(view.reason(now_us), now_us, zone)])]
    if view.impact in IMPACTS and view.urgency in URGENCIES:
        given = Priority.read(view.priority)
        version = page.matrices.version_at(page.ranked if page.ranked is not None else view.created_us)
        reason = explain(view.impact, view.urgency, version.cells, given=given, wish=view.wish,
                         key_account=view.key_account)
        name = version_words(version.since, zone) if len(page.matrices.versions) > 1 else ""
        words = priority_words(reason, view.priority_reason, name)
        if view.window is not None:
            words.append(window_words(view.window, view.rank(now_us), now_us, zone))
        told.append(Told(_("Priority"), words))
    told.append(Told(_("Promises"), explanation_words(page.explanation, zone)))
    if page.contract is not None:
        told.append(Told(_("What the contract says"), facts=facts(page.contract)))
    return told


def _contract(explanation: Explanation) -> UUID | None:
    """The contract or the standard terms by which the customer's promises are judged."""
    return next((basis.contract.id for account in explanation.accounts if account.promise.handoff is None
                 and (basis := account.promise.basis) is not None and basis.contract is not None), None)
