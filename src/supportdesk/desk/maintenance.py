"""Maintenance that was announced and runs now, in the words that stand beside the component a call is about."""

import sqlite3
from datetime import tzinfo
from uuid import UUID

from supportdesk.desk.clock_words import clock
from supportdesk.i18n import _
from supportdesk.store.views.lookup import of_component
from supportdesk.store.views.outages import Service, maintenance_now


def maintenance_said(conn: sqlite3.Connection, component: UUID | None, product: UUID | None,
                     organisation: UUID | None, now_us: int, zone: tzinfo) -> str:
    """``maintenance until 18:00 (VPN > Gateway)``; "" where none runs at ``now_us`` (microseconds UTC)."""
    if product is None and component is not None:
        product = of_component(conn, component).get("product_id")
    found = maintenance_now(conn, Service(product, component), organisation, now_us)
    if found is None:
        return ""
    return _("maintenance until {time} ({service})").format(time=clock(found.ended_us, now_us, zone),
                                                            service=found.service)
