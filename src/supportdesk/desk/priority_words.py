"""Why the priority is what it is, in sentences (DESIGN.md law 6)."""

from supportdesk.desk.labels import IMPACT, URGENCY, label
from supportdesk.i18n import _
from supportdesk.rules.priority import PriorityCode, PriorityReason


def priority_words(reason: PriorityReason, why: str | None = None, version: str = "") -> list[str]:
    """Why the priority is what it is; ``why`` is what was written when it was set by hand, ``version`` names that of
    the matrix it was judged by, "" where there is only one."""
    said = [
        _("Impact {impact} ({what}) and urgency {urgency} ({how}) give {priority} by the desk's matrix.").format(
            impact=reason.impact, what=label(IMPACT, reason.impact), urgency=reason.urgency,
            how=label(URGENCY, reason.urgency), priority=reason.by_matrix)
    ]
    if version:
        said.append(_("Judged by the matrix that was in force when it was set: {version}.").format(version=version))
    if reason.code is not PriorityCode.MATRIX:
        form = _("Raised to {priority} by hand: {why}") if reason.code is PriorityCode.RAISED else _(
            "Lowered to {priority} by hand: {why}")
        said.append(form.format(priority=reason.priority, why=why or _("no reason was written")))
    if reason.wish:
        said.append(_("The caller's wish: “{wish}”.").format(wish=reason.wish))
    if reason.may_rise_to is not None:
        said.append(_("A key account: it may rise to {priority}.").format(priority=reason.may_rise_to))
    return said
