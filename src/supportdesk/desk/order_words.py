"""Why a ticket stands where it stands, in a sentence (``x`` on the screen, ``order_reason`` in the shell)."""

from datetime import tzinfo

from supportdesk.desk.clock_words import clock
from supportdesk.i18n import _
from supportdesk.rules.order import OrderCode, OrderReason


def order_words(reason: OrderReason, now_us: int, zone: tzinfo) -> str:
    """The sentence for a reason; instants as a reader in ``zone`` reads them at ``now_us``."""
    when = clock(reason.at_us, now_us, zone)
    match reason.code:
        case OrderCode.P1_UNOWNED:
            return _("P1 that nobody works on: always first.")
        case OrderCode.CALLBACK_OVERDUE:
            return _("The callback was promised for {when}: overdue promises come before what is due.").format(
                when=when
            )
        case OrderCode.WAIT_OVER:
            return _("It waited until {when}: it calls for somebody again.").format(when=when)
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
