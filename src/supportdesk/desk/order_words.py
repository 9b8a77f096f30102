"""Why a ticket stands where it stands, in a sentence (``x`` on the screen, ``order_reason`` in the shell)."""

from datetime import tzinfo

from supportdesk.desk.clock_words import clock
from supportdesk.desk.labels import label
from supportdesk.desk.promise_words import KIND, span_words
from supportdesk.i18n import _
from supportdesk.rules.order import OrderCode, OrderReason
from supportdesk.rules.text import safe
from supportdesk.rules.urgency import NEEDED
from supportdesk.rules.window import HOUR_US, LOOMS_US


def order_words(reason: OrderReason, now_us: int, zone: tzinfo) -> str:
    """The sentence for a reason; instants as a reader in ``zone`` reads them at ``now_us``."""
    when = clock(reason.at_us, now_us, zone)
    match reason.code:
        case OrderCode.P1_UNOWNED if reason.promised is not None and reason.promised.kind != NEEDED:
            return _("P1 that nobody works on: always first. {promised}").format(
                promised=promised_words(reason, now_us))
        case OrderCode.P1_UNOWNED:
            return _("P1 that nobody works on: always first.")
        case OrderCode.P1_BY_WINDOW:
            return _("P1 by its time window ({left} until it is needed), and nobody works on it: always first.").format(
                left=_left(reason.at_us, now_us))
        case OrderCode.NEEDED:
            return _("Needed by {when}: that comes before anything promised. Least left of the last {hours} h first, "
                     "then contract weight, then age.").format(when=when, hours=LOOMS_US // HOUR_US)
        case OrderCode.CALLBACK_OVERDUE:
            return _("The callback was promised for {when}: overdue promises come before what is due.").format(
                when=when
            )
        case OrderCode.WAIT_OVER:
            return _("It waited until {when}: it calls for somebody again.").format(when=when)
        case OrderCode.DUE if reason.promised is not None:
            return _("{promised} Least left of what was promised first, then contract weight, then age.").format(
                promised=promised_words(reason, now_us))
        case OrderCode.DUE:
            return _("By the time it is due: {when}; then the older first.").format(when=when)
        case OrderCode.AGE:
            return _("Nothing is due: by age, since {when}.").format(when=when)
        case OrderCode.WAITING if reason.at_us is not None:
            return _("It waits, until {when}: after what runs.").format(when=when)
        case OrderCode.WAITING:
            return _("It waits: after what runs, by what is due.")
        case _:
            return _("Closed: last, the newest change first.")


def _left(at_us: int | None, now_us: int) -> str:
    left = (at_us or now_us) - now_us
    return span_words(left) if left >= 0 else f"-{span_words(-left)}"


def promised_words(reason: OrderReason, now_us: int) -> str:
    """The promise that counts, by which contract, and how much is left of what: ``Solution (Alpina Gold): 1 h 10 min of
    4 h left.``"""
    promised = reason.promised
    assert promised is not None
    kind = label(KIND, promised.kind)
    left = promised.left(now_us)
    form = _("{promise} ({contract}): {left} of {target} left.") if left >= 0 else _(
        "{promise} ({contract}): {left} over the promised {target}.")
    return form.format(
        promise=kind[:1].upper() + kind[1:], contract=safe(reason.contract) if reason.contract else _("standard terms"),
        left=span_words(abs(left)), target=span_words(promised.of.target))
