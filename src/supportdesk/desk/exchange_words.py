"""How the exchange with the server stands, in the few words that line 1 has room for; nothing when all is well."""

from datetime import tzinfo

from supportdesk.desk.clock_words import clock
from supportdesk.i18n import _, ngettext
from supportdesk.store.views.sync import ExchangeLine, LostClaim

OFFLINE = frozenset({"unreachable", "busy"})
"""What goes by itself; any other failure waits for an admin."""


def exchange_words(line: ExchangeLine, now_us: int, zone: tzinfo) -> tuple[str, ...]:
    """Each a short word, the one to see first before the others."""
    parts = []
    since = clock(line.failing_us, now_us, zone)
    if line.paused:
        parts.append(_("exchange paused"))
    elif line.failure in OFFLINE:
        parts.append(_("offline since {when}").format(when=since))
    elif line.failure == "update":
        parts.append(_("update needed"))
    elif line.failure is not None:
        parts.append(_("exchange stopped {when}").format(when=since))
    if line.conflicts:
        parts.append(ngettext("{n} conflict", "{n} conflicts", line.conflicts).format(n=line.conflicts))
    if line.refused:
        parts.append(ngettext("{n} refused", "{n} refused", line.refused).format(n=line.refused))
    if line.held:
        parts.append(ngettext("server is older: {n} waits", "server is older: {n} wait", line.held).format(n=line.held))
    if line.waiting:
        parts.append(ngettext("{n} not sent", "{n} not sent", line.waiting).format(n=line.waiting))
    return tuple(parts)


def lost_claim_words(claim: LostClaim, key: str, now_us: int, zone: tzinfo) -> str:
    """Told at once to whom somebody was ahead of; ``key`` leads to what was done meanwhile."""
    return _("{number}: {who} had it first, at {when}. {key} shows what was done meanwhile.").format(
        number=claim.number, who=claim.by, when=clock(claim.at_us, now_us, zone), key=key)
