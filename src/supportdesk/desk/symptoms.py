"""The question "major incident?" in words, and the no that keeps it silent until the next caller.

It is derived (store/views/symptoms), never stored. A no is remembered beside the database, for all consoles of the
file: it was given of the reports there were, so the next one asks again.
"""

import sqlite3
from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.desk.clock_words import clock
from supportdesk.i18n import _, ngettext
from supportdesk.rules.major import WINDOW_US
from supportdesk.rules.text import safe
from supportdesk.store.views.symptoms import Suspicion, suspicions
from supportdesk.store.views.symptoms import suspicion as of_component

if TYPE_CHECKING:
    from supportdesk.store.drafts import Drafts

SAID_NO = "major.no"


def asked(conn: sqlite3.Connection, drafts: "Drafts", now_us: int) -> tuple[Suspicion, ...]:
    """The questions that stand at ``now_us``: those nobody said no to since the last report."""
    found = suspicions(conn, now_us)
    return tuple(_unanswered(found, drafts)) if found else ()


def asked_of(conn: sqlite3.Connection, drafts: "Drafts", component: UUID | None, now_us: int) -> Suspicion | None:
    """The same of one component, as a call about it is saved."""
    found = None if component is None else of_component(conn, component, now_us)
    return next(iter(_unanswered([found], drafts)), None) if found is not None else None


def say_no(drafts: "Drafts", of: Suspicion, now_us: int) -> None:
    """It is no major incident: silent until somebody else reports it."""
    said = {component: latest for component, latest in _said(drafts).items() if latest > now_us - WINDOW_US}
    drafts.remember(None, SAID_NO, {**said, of.component_id.hex: of.symptom.latest})


def question_said(of: Suspicion, now_us: int, zone: tzinfo) -> str:
    """The question with its reason, in one sentence."""
    callers, sites = of.symptom.callers, of.symptom.sites
    reason = ngettext("{n} caller", "{n} callers", callers).format(n=callers)
    if sites > 1:
        reason = _("{callers} from {sites} organisations").format(callers=reason, sites=sites)
    return _("{callers} since {when}: {component}. Is it a major incident?").format(
        callers=reason, when=clock(of.symptom.since, now_us, zone), component=safe(of.component))


def _unanswered(found: Sequence[Suspicion], drafts: "Drafts") -> list[Suspicion]:
    said = _said(drafts)
    return [each for each in found if each.symptom.latest > said.get(each.component_id.hex, 0)]


def _said(drafts: "Drafts") -> dict[str, int]:
    kept = drafts.recall(None, SAID_NO)
    return {str(component): int(latest) for component, latest in kept.items()} if isinstance(kept, dict) else {}
