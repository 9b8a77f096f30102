"""A server that was put back to an older state is noticed, and its consoles bring it up to date (field/sync.md 2.8).

Every head a console is told is signed with a key of the database, so that a console can show later that this server
was further once. The first to show it begins a new epoch: a number nobody can guess, so that two servers restored from
one backup are two. The epochs a server's state has come through are kept; a console of any other one belongs to
another server and is refused.
"""

import secrets
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, func, select

from supportdesk.i18n import N_
from supportdesk.server import codes, granting, tables
from supportdesk.server.shapes import Device, RecoverAsk, Refused
from supportdesk.store.types import iso

EPOCH = N_("The server was restored from a backup. Exchange again.")
OTHER = N_("This is another server than the one this desk exchanges with, though both come from one backup.")
UNPROVEN = N_("This server does not hold what this desk has from it, and did not sign it.")
FORK = N_("This desk was copied: another console exchanges in its name.")
SEEN = 500
"""Most entries a console names to find where the orders part."""


class Behind(Refused):
    """A console has shown that this server held more once."""

    def __init__(self, epoch: int) -> None:
        super().__init__(409, "epoch", EPOCH, epoch=epoch)


def signed(head: Any, seq: int, chain: str) -> str:
    """A head as consoles are told it: its chain, its seq, and the server's signature over both."""
    return f"{chain}.{seq}.{_signature(head, head.epoch, chain, seq)}"


def _signature(head: Any, epoch: int, chain: str, seq: int) -> str:
    told = f"{head.server} {epoch} {chain} {seq}".encode()
    return blake2b(told, key=bytes.fromhex(head.key), digest_size=12).hexdigest()


def genuine(head: Any, epoch: int, told: str | None) -> int:
    """The seq of a head this server has signed in that epoch; 0 if it has not."""
    chain, _, rest = (told or "").partition(".")
    seq, _, signature = rest.partition(".")
    if not (seq.isascii() and seq.isdigit()) or len(seq) > 19:
        return 0
    return int(seq) if codes.same(signature, _signature(head, epoch, chain, int(seq))) else 0


def known(conn: Connection, told: str | None) -> bool:
    """Whether the head a console saw last is one of this server's order; a console that has seen none fits."""
    chain = (told or "").partition(".")[0]
    m = tables.mark
    return not told or conn.execute(select(m.c.seq).where(m.c.chain == chain)).first() is not None


def admit(conn: Connection, head: Any, epoch: int, told: str | None, *, is_known: bool) -> None:
    """Raise Refused 409 unless the console goes on from this server's present order; ``is_known``: the head it saw
    last is one of it."""
    if epoch != head.epoch:
        _of_this_server(conn, head, epoch)
        raise Refused(409, "epoch", EPOCH, epoch=head.epoch)
    if not is_known:
        if genuine(head, epoch, told):
            raise Behind(head.epoch)
        raise Refused(409, "unproven", UNPROVEN)


def _of_this_server(conn: Connection, head: Any, epoch: int) -> None:
    e = tables.epoch
    if not head.takes_all and conn.execute(select(e.c.epoch).where(e.c.epoch == epoch)).first() is None:
        raise Refused(409, "other_server", OTHER)


def begin_epoch(conn: Connection, now: datetime, shown: int | None = None) -> int:
    """Begin a new epoch; ``shown``: only if that one is still the present one. Returns the present one."""
    h, e = tables.head, tables.epoch
    head = conn.execute(select(h).with_for_update()).one()
    if shown is not None and head.epoch != shown:
        return int(head.epoch)
    past = set(conn.execute(select(e.c.epoch)).scalars())
    new = head.epoch
    while new in past:
        new = secrets.randbelow((1 << 31) - 2) + 1
    conn.execute(e.insert().values(epoch=new, seq=head.seq, began_at=iso(now)))
    conn.execute(h.update().values(epoch=new))
    return int(new)


def recover(conn: Connection, device: Device, ask: RecoverAsk) -> dict[str, Any]:
    """Take a console over into the present epoch: what it has to send again, and a lease. Raises Refused."""
    d = tables.device
    row = conn.execute(select(d).where(d.c.id == device.id).with_for_update()).one()
    head = conn.execute(select(tables.head)).one()
    if ask.epoch != head.epoch:
        _of_this_server(conn, head, ask.epoch)
    whole, proved = known(conn, ask.chain), genuine(head, ask.epoch, ask.chain) or None
    if ask.epoch == head.epoch and not whole:
        raise Behind(head.epoch) if proved else Refused(409, "unproven", UNPROVEN)
    again = row.epoch == head.epoch
    if (again or ask.epoch == head.epoch) and ask.lease not in (row.lease, row.lease_prev):
        raise Refused(409, "fork", FORK)  # a copy of it was here first
    if again and row.shared_seq is not None:
        shared, proved = row.shared_seq, row.proved_seq
    elif whole:
        shared, proved = head.seq, None
    else:
        shared = _shared(conn, ask)
    offers = not whole and proved is not None and granting.is_whole(granting.scopes_of(conn, device.id))
    lease = secrets.token_hex(16)
    conn.execute(d.update().where(d.c.id == device.id).values(
        lease=lease, lease_prev=ask.lease, epoch=head.epoch, shared_seq=shared,
        proved_seq=proved, schema=ask.schema,
    ))
    return {
        "server": head.server, "epoch": head.epoch, "lease": lease, "last_n": row.last_n, "whole": whole,
        "shared": shared, "survivors": offers,
        "chain": _told_anew(conn, head, ask.chain) if whole else None,
    }


def _told_anew(conn: Connection, head: Any, told: str | None) -> str | None:
    """A head of this server's order as it is told in the present epoch."""
    m = tables.mark
    row = conn.execute(select(m).where(m.c.chain == (told or "").partition(".")[0])).one_or_none()
    return None if row is None else signed(head, row.seq, row.chain)


def _shared(conn: Connection, ask: RecoverAsk) -> int:
    """Up to where the order here is the one the console knows: what came after the epoch it knew is none of it, even
    where an entry that was sent again has its old place by chance."""
    e, p = tables.entry, tables.epoch
    epochs = conn.execute(select(p.c.epoch, p.c.seq).order_by(p.c.seq, func.coalesce(p.c.began_at, ""))).all()
    after = [row.seq for at, row in enumerate(epochs) if at and epochs[at - 1].epoch == ask.epoch]
    bound = after[0] if after else epochs[-1].seq
    seen = {seq: id for seq, id in ask.seen[:SEEN] if seq <= bound}
    here = {row.seq: row.id for row in conn.execute(select(e.c.seq, e.c.id).where(e.c.seq.in_(list(seen))))}
    shared = 0
    for seq in sorted(seen):
        if here.get(seq) != seen[seq]:
            break
        shared = seq
    return shared
