"""The matrix of impact and urgency of a file put beside the one that stands: what would be written, and what cannot be.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supportdesk.desk.agreement_dates import begin_us, today
from supportdesk.desk.agreement_file import MatrixDraft, begin_once
from supportdesk.desk.written import Problems
from supportdesk.i18n import _
from supportdesk.rules.agreed import before, begins, compact
from supportdesk.store.views.agreed import KeptMatrix

UTC = "UTC"


def plan_matrix(draft: MatrixDraft, stands: KeptMatrix | None, used: bool, now: datetime, problems: Problems
                ) -> list[dict[str, Any]] | None:
    """The versions of the matrix as they would be: those of the file, and what stands from before the first of them.
    ``used``: there are tickets that were judged by it, so that its past stays. None with a problem."""
    if not begin_once(problems, draft.versions, lambda version: str(version.said.get("zone", UTC))):
        return None
    kept = stands.versions if stands else ()
    said: list[Mapping[str, Any]] = [{"since": begin_us(version.since, version.said.get("zone", UTC)), **version.said}
                                     for version in draft.versions]
    if not said:
        return None
    first = min(begins(version["since"]) for version in said)
    whole = compact([*before(kept, first), *said])
    if used and not _past_stays(draft, kept, whole, now, problems):
        return None
    return whole


def values(slug: str, versions: list[dict[str, Any]]) -> dict[str, Any]:
    """The fields of its row. The cells it has from ever stand in their own."""
    first = versions[0]
    plain = first["since"] is None
    return {"slug": slug, "cells": first["cells"] if plain else None,
            "versions": (versions[1:] if plain else versions) or None}


def _past_stays(draft: MatrixDraft, kept: Any, whole: list[dict[str, Any]], now: datetime, problems: Problems) -> bool:
    zone = str(draft.versions[-1].said.get("zone", UTC))
    on = today(now, zone)
    at = begins(begin_us(on, zone))
    if compact(before(kept, at)) == compact(before(whole, at)):
        return True
    past = [version.path for version in draft.versions
            if begins(begin_us(version.since, str(version.said.get("zone", UTC)))) < at]
    problems.add(past[-1] if past else draft.path, _(
        "Tickets were judged by the matrix, and what is past stays as it was. Leave what holds before today as it "
        "stands, and write the change as a [[matrix.version]] of its own with from = {today} or later.").format(
            today=on))
    return False
