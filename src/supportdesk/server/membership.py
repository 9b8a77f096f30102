"""Keeps membership right: after every push each team's scope holds exactly the rows the rule gives it.

Runs at the end of a push, under the head's lock, and only where a team of another company has a scope. A row that
comes into a scope brings its whole history, placed at the newest seq, so that nothing sits below a cursor; one that
leaves is marked ``gone``. Rows that name a row which came or went are placed anew with it: what is shown of them
follows from what they name.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Connection, func, select, text

from supportdesk.rules.schema import row_now
from supportdesk.rules.sums import row_sum, total
from supportdesk.server import tables
from supportdesk.server.naming import CONFLICT, NUMBER, Named, named_by, rides
from supportdesk.server.parts import RANK, Scopes, World, direct
from supportdesk.server.statements import Bulk, among
from supportdesk.store.types import iso
from supportdesk.terms.tables import View

_AT_ONCE = 500
_AGES = ("ticket", "contact", "identity_check", "article_use", "conflict")
HANGS = ("contact", "note", "attachment", "handoff", "identity_check", "article_use", "breach", "told", "outage")
"""What stirs a ticket it hangs on: by it an old one comes back into a window."""
_HOUSE = "scope"
"""In ``naming``, instead of an entity: a company's scope itself names the row."""
_CARRIES = (tables.naming.c.entity != CONFLICT) | (tables.naming.c.kind == "agent")
"""What two sites disagree about does not keep a row where it is."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Changed(NamedTuple):
    """A row this push wrote: its revision before (0: none), and whether who works for whom may differ."""

    id: str
    entity: str
    before: int
    teams: bool = False


class _Row(NamedTuple):
    entity: str
    rev: int
    values: dict[str, Any]


def team_scopes(conn: Connection) -> dict[str, str]:
    """Team -> scope, of the teams that have one."""
    s = tables.scope_sum
    found = conn.execute(select(s.c.scope).where(s.c.scope.startswith(tables.TEAM))).scalars()
    return {scope.removeprefix(tables.TEAM): scope for scope in found}


def window_scopes(conn: Connection) -> dict[str, int]:
    """The scopes of windows, and the place up to which each looks no more."""
    w = tables.window
    return {row.scope: row.cutoff for row in conn.execute(select(w.c.scope, w.c.cutoff))}


def begin_scope(conn: Connection, scope: str, now: datetime) -> None:
    """Make a team's scope and fill it with what the rule gives it; nothing if it is there already.

    Waits for the head: no push goes on beside it. The first one reads every row there is."""
    conn.execute(select(tables.head.c.seq).with_for_update()).one()
    before = {*team_scopes(conn).values(), *window_scopes(conn)}
    if scope in before:
        return
    if not before:
        _index_entries(conn)
        _index_names(conn)
    conn.execute(tables.scope_sum.insert().values(scope=scope, sum=0, count=0))
    if scope.startswith(tables.WINDOW):
        days = int(scope.removeprefix(tables.WINDOW))
        conn.execute(tables.window.insert().values(scope=scope, days=days, cutoff=place_at(conn, now, days)))
    spread = Spread(conn, 0, only=scope)
    d = tables.doc
    for rank in sorted(set(RANK.values())):
        entities = [name for name, at in RANK.items() if at == rank]
        last = ""
        while ids := list(conn.execute(
            select(d.c.id).where(d.c.entity.in_(entities), d.c.rev > 0, d.c.id > last).order_by(d.c.id).limit(_AT_ONCE)
        ).scalars()):
            last = ids[-1]
            spread.settle(ids)
            spread.rest()
    spread.end(())


def place_at(conn: Connection, now: datetime, days: int) -> int:
    """The last place of the order that was taken so many days ago, or before."""
    e, limit = tables.entry, iso(now - timedelta(days=days))
    low, high = 0, int(conn.execute(select(tables.head.c.seq)).scalar_one())
    while low < high:
        middle = (low + high + 1) // 2
        at = conn.execute(
            select(e.c.received_at).where(e.c.seq <= middle).order_by(e.c.seq.desc()).limit(1)).scalar_one_or_none()
        if at is None or at <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def sweep(conn: Connection, now: datetime) -> bool:
    """Move on what windows look at: tickets that are old by now leave them, at a new place of the order."""
    h, w, m, d = tables.head, tables.window, tables.membership, tables.doc
    if conn.execute(select(w.c.scope)).first() is None:
        return False
    head = conn.execute(select(h).with_for_update()).one()
    moved = {}
    for row in conn.execute(select(w)).all():
        cutoff = place_at(conn, now, row.days)
        if cutoff > row.cutoff:
            conn.execute(w.update().where(w.c.scope == row.scope).values(cutoff=cutoff))
            moved[row.scope] = cutoff
    if not moved:
        return False
    seq = head.seq + 1
    chain = swept(bytes.fromhex(head.chain), seq).hex()
    conn.execute(h.update().values(seq=seq, chain=chain))
    conn.execute(tables.mark.insert().values(chain=chain, seq=seq))
    spread = Spread(conn, seq)
    for scope, cutoff in moved.items():
        spread.age([
            Named(row.id, row.entity) for row in conn.execute(
                select(m.c.id, m.c.entity).join(d, d.c.id == m.c.id).where(
                    m.c.scope == scope, m.c.gone.is_(False), m.c.entity.in_(_AGES), d.c.rev <= cutoff))
        ])
    spread.follow()
    spread.end(())
    return True


def swept(link: bytes, seq: int) -> bytes:
    """The chain after a place of the order at which windows moved on, and no entry stands."""
    return blake2b(link + seq.to_bytes(8, "big"), digest_size=8).digest()


def keep_index(conn: Connection) -> None:
    """Have the index by which the history of a row is found, where a row may come into a scope: a database with no
    other scope than the desk's own does without."""
    if team_scopes(conn) or window_scopes(conn):
        _index_entries(conn)


def _index_entries(conn: Connection) -> None:
    conn.execute(text("CREATE INDEX IF NOT EXISTS entry_entity ON entry (entity_id)"))


def _index_names(conn: Connection) -> None:
    """Write down who names whom, for the rows that were there before."""
    d = tables.doc
    last = ""
    while rows := conn.execute(
        select(d.c.id, d.c.entity, d.c.doc).where(d.c.id > last).order_by(d.c.id).limit(_AT_ONCE)
    ).all():
        last = rows[-1].id
        _add_names(conn, [(row.id, row.entity, named) for row in rows
                          for named in named_by(row.entity, row_now(row.entity, _decode(row.doc)))])


def _add_names(conn: Connection, names: Sequence[tuple[str, str, Named]]) -> None:
    Bulk(conn).insert(tables.naming, ("target", "id", "entity", "kind"),
                      [(named.id, id, entity, named.entity) for id, entity, named in names])


def house_keeps(conn: Connection, scopes: Iterable[str], ids: Iterable[str], kind: Mapping[str, str]) -> None:
    """Callers, organisations and assets a company's console made stay with it, whatever names them later: its scope
    itself names them."""
    scopes = list(scopes)
    _add_names(conn, [(scope, _HOUSE, Named(id, kind[id])) for id in ids for scope in scopes])


class Spread:
    """The scopes of rows that changed, and of all that follow from them. ``place`` is the newest seq: where what moves
    is put; 0 while a scope is made, when each row keeps its own."""

    def __init__(self, conn: Connection, place: int, only: str | None = None) -> None:
        self._conn = conn
        self._world = World(team_scopes(conn), window_scopes(conn))
        self._place = place
        self._only = only
        self._changed: dict[str, Changed] = {}
        self._queue: dict[int, set[str]] = defaultdict(set)
        self._anew: set[str] = set()
        self._enter: dict[str, set[str]] = defaultdict(set)
        self._leave: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, tuple[set[Named], set[Named]]] = {}
        self._sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._came: set[tuple[str, str]] = set()

    def run(self, changed: Sequence[Changed], entries: Sequence[tuple[str, int]]) -> None:
        """``entries`` are (row, seq) of every entry that was taken."""
        self._changed = {each.id: each for each in changed}
        rows = dict(self._rows(self._changed))
        self._rename(rows)
        for each in changed:
            self._queue[RANK[each.entity]].add(each.id)
            if each.entity == "handoff" or (self._world.windows and each.entity in HANGS):
                self._push({named for named in self._both(each.id) if named.entity == "ticket"}, anew=False)
        followed = [each.id for each in changed if each.teams or not each.before]
        self._push(self._namers(followed), anew=False)
        self.follow()
        self.end(entries)

    def age(self, rows: Iterable[Named]) -> None:
        """Look at rows again that may be too old by now."""
        self._push(rows, anew=False)

    def follow(self) -> None:
        """Decide what is in the queue, and what follows from it."""
        for rank in sorted(set(RANK.values())):
            ids = sorted(self._queue.pop(rank, ()))
            for at in range(0, len(ids), _AT_ONCE):
                self.settle(ids[at : at + _AT_ONCE])

    def _both(self, id: str) -> set[Named]:
        before, after = self._names.get(id, (set(), set()))
        return before | after

    def _push(self, rows: Iterable[Named], *, anew: bool) -> None:
        for id, entity in rows:
            self._queue[RANK[entity]].add(id)
            if anew:
                self._anew.add(id)

    # what is read

    def _rows(self, ids: Iterable[str]) -> Iterator[tuple[str, _Row]]:
        d = tables.doc
        for row in among(self._conn, select(d.c.id, d.c.entity, d.c.rev, d.c.doc).where(d.c.rev > 0), d.c.id, ids):
            yield row.id, _Row(row.entity, row.rev, row_now(row.entity, _decode(row.doc)))

    def _namers(self, ids: Iterable[str]) -> set[Named]:
        n = tables.naming
        query = select(n.c.id, n.c.entity).where(n.c.entity != _HOUSE)
        return {Named(row.id, row.entity) for row in among(self._conn, query, n.c.target, ids)}

    def _rename(self, rows: Mapping[str, _Row]) -> None:
        """Write down what the changed rows name now."""
        n = tables.naming
        before: dict[str, set[Named]] = defaultdict(set)
        for row in among(self._conn, select(n.c.id, n.c.target, n.c.kind), n.c.id, rows):
            before[row.id].add(Named(row.target, row.kind))
        new = []
        for id, row in rows.items():
            old, now = before[id], named_by(row.entity, row.values)
            self._names[id] = (old, now)
            new += [(id, row.entity, named) for named in now - old]
            for named in old - now:
                self._conn.execute(n.delete().where(n.c.target == named.id, n.c.id == id))
        _add_names(self._conn, new)

    def _names_of(self, ids: Iterable[str]) -> None:
        """What rows name that this push did not write."""
        n = tables.naming
        missing = [id for id in ids if id not in self._names]
        found: dict[str, set[Named]] = {id: set() for id in missing}
        for row in among(self._conn, select(n.c.id, n.c.target, n.c.kind), n.c.id, missing):
            found[row.id].add(Named(row.target, row.kind))
        self._names |= {id: (names, names) for id, names in found.items()}

    def _look(self, rows: Mapping[str, _Row]) -> dict[str, Scopes]:
        """Learn what the rule needs of other rows; where each row itself is now, and was (gone)."""
        m, n, d = tables.membership, tables.naming, tables.doc
        world = self._world
        tickets = [id for id, row in rows.items() if row.entity == "ticket"]
        offers = [row.id for row in among(
            self._conn, select(n.c.id).where(n.c.entity == "handoff"), n.c.target, tickets)]
        world.offers |= {id: [] for id in tickets}
        for _id, offer in self._rows(offers):
            ticket = offer.values.get("ticket_id")
            if ticket in world.offers:
                world.offers[ticket].append(offer.values)
        if world.windows:
            stirring = (
                select(n.c.target, func.max(d.c.rev).label("rev")).join(d, d.c.id == n.c.id)
                .where(n.c.entity.in_(HANGS)).group_by(n.c.target)
            )
            world.stirred = {row.target: row.rev for row in among(self._conn, stirring, n.c.target, tickets)}
        wanted = {named.id for id in rows for named in self._names[id][1]}
        agents = {named.id for id in rows for named in self._names[id][1] if named.entity == "agent"}
        for row in among(self._conn, select(d.c.id, d.c.doc), d.c.id, agents - world.agents.keys()):
            world.agents[row.id] = tuple(_decode(row.doc).get("teams") or ())
        query = select(m.c.id, m.c.scope, m.c.view).where(m.c.scope != tables.OWN, m.c.gone.is_(False))
        mine: dict[str, Scopes] = {id: {} for id in rows}
        unknown = (wanted - world.live.keys()) | rows.keys()
        world.live |= {id: {} for id in unknown}
        for row in among(self._conn, query, m.c.id, unknown):
            world.live[row.id][row.scope] = View(row.view)
            if row.id in mine:
                mine[row.id][row.scope] = View(row.view)
        return mine

    # what is decided

    def settle(self, ids: Sequence[str]) -> None:
        """Decide rows of one rank; what follows from them is put into the queue."""
        rows = dict(self._rows(ids))
        self._names_of(rows)
        before = self._look(rows)
        named = self._named_in([id for id, row in rows.items() if rides(row.entity) and self._is_new(id)])
        after = {id: self._decide(id, row, before[id], named.get(id, set())) for id, row in rows.items()}
        if self._only is not None:
            after = {id: before[id] | {s: v for s, v in scopes.items() if s == self._only}
                     for id, scopes in after.items()}
        self._write(rows, before, after)
        came_or_went = [id for id in rows if before[id].keys() != after[id].keys()]
        for id in rows:
            self._world.live[id] = after[id]
        if self._place:
            plain = [id for id in came_or_went if not rides(rows[id].entity)]
            self._push(self._namers(plain), anew=True)
            others = [id for id in came_or_went if rides(rows[id].entity)]
            self._push({named for named in self._namers(others) if named.entity == CONFLICT}, anew=True)

    def rest(self) -> None:
        """While a scope is made: what was decided is written, and need not be remembered."""
        self._histories()
        for known in (self._came, self._queue, self._enter, self._leave, self._names, self._world.live):
            known.clear()

    def _is_new(self, id: str) -> bool:
        changed = self._changed.get(id)
        return self._only is not None or (changed is not None and not changed.before)

    def _decide(self, id: str, row: _Row, before: Scopes, named: set[str]) -> Scopes:
        scopes = direct(self._world, row.entity, id, row.rev, row.values)
        if rides(row.entity):
            for scope in (named if self._is_new(id) else self._riding(id, before)) - scopes.keys():
                scopes[scope] = View.PART
        self._carry(id, row, before, scopes)
        return scopes

    def _riding(self, id: str, before: Scopes) -> set[str]:
        """Where the row is because something there names it; looked for again only where that may have gone."""
        changed = self._changed.get(id)
        came = self._enter.get(id, set())
        doubtful = before.keys() if changed is not None and changed.teams else self._leave.get(id, set())
        return {scope for scope in before.keys() | came if scope in came or scope not in doubtful
                or self._is_named_in(id, scope)}

    def _named_in(self, ids: Sequence[str]) -> dict[str, set[str]]:
        """Row -> the scopes in which something names it."""
        n, m = tables.naming, tables.membership
        found: dict[str, set[str]] = defaultdict(set)
        live = (
            select(n.c.target, m.c.scope).join(m, m.c.id == n.c.id)
            .where(_CARRIES, m.c.scope != tables.OWN, m.c.gone.is_(False)).distinct()
        )
        house = select(n.c.target, n.c.id.label("scope")).where(n.c.entity == _HOUSE)
        for query in (live, house):
            for row in among(self._conn, query, n.c.target, ids):
                found[row.target].add(row.scope)
        return found

    def _is_named_in(self, id: str, scope: str) -> bool:
        n, m = tables.naming, tables.membership
        house = select(n.c.id).where(n.c.target == id, n.c.id == scope)
        live = (
            select(n.c.id).join(m, m.c.id == n.c.id)
            .where(n.c.target == id, _CARRIES, m.c.scope == scope, m.c.gone.is_(False)).limit(1)
        )
        return any(self._conn.execute(query).first() is not None for query in (house, live))

    def _carry(self, id: str, row: _Row, before: Scopes, after: Scopes) -> None:
        """What the row names comes with it, or perhaps goes with it."""
        old, now = self._names[id]
        for names, scopes, others, held, into in (
            (now, after.keys(), old, before, self._enter), (old, before.keys(), now, after, self._leave),
        ):
            for named in names:
                if row.entity == CONFLICT and named.entity != "agent":
                    continue
                if named.entity == NUMBER or not rides(named.entity):
                    continue
                moved = {scope for scope in scopes - self._world.windows.keys()
                         if named not in others or scope not in held}
                if moved:
                    into[named.id] |= moved
                    self._queue[RANK[named.entity]].add(named.id)

    # what is written

    def _write(self, rows: Mapping[str, _Row], before: Mapping[str, Scopes], after: Mapping[str, Scopes]) -> None:
        m = tables.membership
        there = {
            (row.id, row.scope) for row in among(
                self._conn, select(m.c.id, m.c.scope).where(m.c.scope != tables.OWN), m.c.id, rows)
        }
        new, put, gone = [], [], []
        for id, row in rows.items():
            was, now, changed = before[id], after[id], self._changed.get(id)
            anew = id in self._anew or was.keys() != now.keys()
            place = row.rev if changed is not None and not anew else self._place
            for scope in {*was, *now}:
                old_rev = row.rev if changed is None else changed.before
                sums = self._sums[scope]
                if scope in was:
                    sums[0] -= row_sum(UUID(id), old_rev)
                    sums[1] -= 1
                if scope not in now:
                    gone.append((place, True, id, scope))
                    continue
                sums[0] += row_sum(UUID(id), row.rev)
                sums[1] += 1
                if was.get(scope) is not now[scope]:
                    self._came.add((id, scope))
                elif changed is None and not anew:
                    continue
                at = place if self._place else row.rev
                if (id, scope) in there:
                    put.append((now[scope].value, at, False, id, scope))
                else:
                    new.append((id, scope, row.entity, now[scope].value, at, False))
        bulk = Bulk(self._conn)
        bulk.insert(m, ("id", "scope", "entity", "view", "seq", "gone"), new)
        bulk.update(m, ("view", "seq", "gone"), ("id", "scope"), put)
        bulk.update(m, ("seq", "gone"), ("id", "scope"), gone)
        self._forget_entries([(id, scope) for _at, _gone, id, scope in gone])

    def _forget_entries(self, left: Iterable[tuple[str, str]]) -> None:
        e, s = tables.entry, tables.scope_entry
        for id, scope in left:
            self._conn.execute(s.delete().where(
                s.c.scope == scope, s.c.seq.in_(select(e.c.seq).where(e.c.entity_id == id, e.c.seq.is_not(None)))))

    def end(self, entries: Sequence[tuple[str, int]]) -> None:
        """Place the entries behind the rows, and add up what each scope holds."""
        self._histories()
        rest = {id for id, _seq in entries} - self._world.live.keys()
        m = tables.membership
        query = select(m.c.id, m.c.scope, m.c.view).where(m.c.scope != tables.OWN, m.c.gone.is_(False))
        for row in among(self._conn, query, m.c.id, rest):
            self._world.live.setdefault(row.id, {})[row.scope] = View(row.view)
        Bulk(self._conn).insert(tables.scope_entry, ("scope", "seq", "place"), [
            (scope, seq, seq) for id, seq in entries for scope in self._world.live.get(id, ())
            if (id, scope) not in self._came
        ])
        s = tables.scope_sum
        for scope, (summed, count) in sorted(self._sums.items()):
            held, rows = self._conn.execute(select(s.c.sum, s.columns["count"]).where(s.c.scope == scope)).one()
            self._conn.execute(s.update().where(s.c.scope == scope).values(
                sum=tables.signed(total(held, summed)), count=rows + count))

    def _histories(self) -> None:
        """A row that came brings all that was ever done to it."""
        e, s = tables.entry, tables.scope_entry
        scopes: dict[str, list[str]] = defaultdict(list)
        for id, scope in self._came:
            scopes[id].append(scope)
        self._forget_entries(self._came)
        m = tables.membership
        places = {
            (row.id, row.scope): row.seq for row in among(
                self._conn, select(m.c.id, m.c.scope, m.c.seq).where(m.c.scope != tables.OWN), m.c.id, scopes)
        }
        query = select(e.c.entity_id, e.c.seq).where(e.c.seq.is_not(None))
        Bulk(self._conn).insert(s, ("scope", "seq", "place"), [
            (scope, row.seq, places[row.entity_id, scope])
            for row in among(self._conn, query, e.c.entity_id, scopes) for scope in scopes[row.entity_id]
        ])


def newest(conn: Connection, scopes: Iterable[str]) -> dict[str, int]:
    """Scope -> the newest place in it."""
    m = tables.membership
    return {
        scope: conn.execute(select(func.coalesce(func.max(m.c.seq), 0)).where(m.c.scope == scope)).scalar_one()
        for scope in sorted(scopes)
    }
