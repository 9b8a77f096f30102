"""What covers the call that runs, from what has been said so far: the words that stand beside it, the longest that has
room. Read beside the keys, as often as caller, component or priority change."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from supportdesk.desk.coverage_words import clock_date, coverage_line, coverage_parts, coverage_reasons
from supportdesk.i18n import _
from supportdesk.rules.coverage import Asked
from supportdesk.store.views.coverage import outlook
from supportdesk.store.views.lookup import of_component
from supportdesk.terms.codes import Channel, Coverage, Priority


@dataclass(frozen=True, slots=True)
class Said:
    """What a call has said so far that decides what covers it; None for what is not known. ``since`` is when it came,
    in microseconds UTC."""

    since: int
    organisation: UUID | None
    component: UUID | None
    product: UUID | None
    language: str | None
    priority: Priority


@dataclass(frozen=True, slots=True)
class CallCoverage:
    """``forms`` say the same in fewer and fewer cells; ``reasons`` are sentences. ``is_entitled``: something may be
    promised."""

    is_entitled: bool
    forms: Sequence[str]
    reasons: Sequence[str]


def call_coverage(conn: sqlite3.Connection, said: Said, now_us: int, zone: tzinfo) -> CallCoverage | None:
    """None at a desk that has agreed nothing with anybody."""
    product = said.product
    if product is None and said.component is not None:
        product = of_component(conn, said.component).get("product_id")
    found = outlook(conn, said.organisation, Asked(now_us, product, Channel.PHONE, said.language, said.priority),
                    said.since)
    if found is None:
        return None
    line = coverage_line(found, now_us, zone)
    if found.coverage is not Coverage.NOT_ENTITLED:
        parts = coverage_parts(found, now_us, zone)
        shorter = [parts, parts[:2], parts[1:2] or parts]
        forms = [line, *(", ".join(some) for some in shorter if some)]
        if found.coverage is Coverage.DEFAULT:
            forms[1:] = [_("no contract: {promises}").format(promises=form) for form in forms[1:]]
        return CallCoverage(True, forms, coverage_reasons(found))
    told = [line]
    if found.ended_at is not None:
        told.append(_("not entitled since {date}").format(date=clock_date(found.ended_at, now_us, zone)))
    return CallCoverage(False, (*told, _("not entitled")), [line, *coverage_reasons(found)])
