"""Databases of any size for measuring, written past the journal's road with every safety off.

The words are invented and follow the curve of natural language (a few said always, most seldom), the rows have the
widths of real ones, one ticket in twenty is open, each has three entries and stands under a contract: seven calendars
with an answer and a solution for each of four priorities make 56 classes of running promises, kept as the journal
derives them (tests/views/test_measured.py). Same arguments, same rows. Nothing here is fit for a desk: what desks get
passes through the journal (``supportdesk demo --tickets N``).
"""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.desk.breach_duty import LOOKED
from supportdesk.desk.setup import init
from supportdesk.rules.calendars import CalendarTime, calendar_time
from supportdesk.rules.numbers import digits, make_number
from supportdesk.rules.order import NEVER, lane, wake_at
from supportdesk.rules.urgency import point
from supportdesk.rules.zones import SECOND_US
from supportdesk.store import database, search
from supportdesk.store.clock import utc_now
from supportdesk.store.drafts import Drafts
from supportdesk.store.types import dumps, instant, iso, micros
from supportdesk.store.views import unsettled
from supportdesk.terms.codes import Audience, Priority, Status
from supportdesk.terms.entries import SCHEMA

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
OPEN_SHARE, OPEN_AT_LEAST = 0.05, 200
TEAMS = 24
AGENTS = 120
OVERDUE = 40
"""Callbacks, and as many other promises, that are overdue, however many tickets there are: a desk that works keeps them
few."""

_COLUMNS = (
    "pk", "id", "number", "type", "caller_id", "caller_name", "caller_number", "organisation_id", "language", "title",
    "description", "impact", "urgency", "priority", "status", "wait_until", "level", "team_id", "assignee_id",
    "owner_id", "callback_at", "callback_number", "callback_to", "chasers", "solution", "created_at", "solved_at",
    "closed_at", "origin", "number_tail", "lane", "wake_at", "due_at", "updated_at", "contract_id", "coverage",
    "promise", "class_id", "due_point", "weight",
)

HOURS = (("07:00", "19:00"), ("08:00", "12:00"), ("08:00", "17:00"), ("06:00", "22:00"), ("09:00", "18:00"),
         ("00:00", "24:00"), ("20:00", "06:00"))
"""Of the calendars, each with its contract; the last goes over midnight."""

ANSWER, SOLUTION = "answer", "solution"
TARGETS_S = {
    Priority.P1: {ANSWER: 900, SOLUTION: 4 * 3600}, Priority.P2: {ANSWER: 1_800, SOLUTION: 8 * 3600},
    Priority.P3: {ANSWER: 2 * 3600, SOLUTION: 16 * 3600}, Priority.P4: {ANSWER: 5 * 3600, SOLUTION: 40 * 3600},
}
"""Seconds of open time; P5 by plan."""


class Words:
    """An invented vocabulary with the frequencies of a natural one."""

    def __init__(self, rng: random.Random, size: int = 20_000) -> None:
        heads = [*"bcdfglmnprstv", "br", "cl", "dr", "fl", "gr", "pr", "tr"]
        tails = [*"aeiou", "ai", "ou", "in", "er", "ant"]
        seen: dict[str, None] = {}
        while len(seen) < size:
            seen["".join(rng.choice(heads) + rng.choice(tails) for _ in range(rng.randint(1, 4)))] = None
        self._words = list(seen)
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(size)))
        self._rng = rng

    def some(self, count: int) -> str:
        return " ".join(self._rng.choices(self._words, cum_weights=self._weights, k=count))


def fill(path: Path, tickets: int, login: str, seed: int = 1, *, history: bool = True) -> None:
    """Make the database ``path`` with ``tickets`` tickets; ``login`` works in two of its teams.

    Without ``history`` the tickets have no entries: for what reads none.
    """
    rng = random.Random(seed)
    words = Words(rng)
    now_us = micros(utc_now())
    init(path, login=login, zone="Europe/Zurich", region="CH", lang="en")
    with closing(database.connect(path)) as conn:
        for pragma in ("synchronous = OFF", "journal_mode = OFF", "cache_size = -200000", "locking_mode = EXCLUSIVE"):
            conn.execute(f"PRAGMA {pragma}")
        indexes = conn.execute(
            "SELECT name, sql FROM sqlite_master "
            "WHERE type = 'index' AND tbl_name IN ('ticket', 'entry') AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            conn.execute(f"DROP INDEX {name}")
        conn.execute("BEGIN")
        people = _people(conn, rng, words, tickets)
        _tickets(conn, rng, words, tickets, people, now_us, history)
        for _, statement in indexes:
            conn.execute(statement)
        _text(conn)
        conn.execute("COMMIT")
        conn.execute("PRAGMA locking_mode = NORMAL")
        conn.execute("PRAGMA journal_mode = WAL")


class _People:
    teams: list[bytes]
    agents: list[bytes]
    callers: list[tuple[bytes, str, bytes]]
    contracts: list["_Contract"]


class _Contract(NamedTuple):
    id: bytes
    weight: int
    time: CalendarTime
    classes: dict[int, int]
    """By seconds promised."""


def _people(conn: sqlite3.Connection, rng: random.Random, words: Words, tickets: int) -> _People:
    made = _People()
    (own_team,) = conn.execute("SELECT id FROM team").fetchone()
    (me,) = conn.execute("SELECT id FROM agent").fetchone()
    made.teams = [own_team, *(rng.randbytes(16) for _ in range(max(2, min(TEAMS, tickets // 1_000)) - 1))]
    conn.executemany(
        "INSERT INTO team (id, slug, name, level, employer) VALUES (?, ?, ?, ?, 'own')",
        [(id, f"team-{n}", f"Team {n}", 1 + n % 3) for n, id in enumerate(made.teams[1:], 1)],
    )
    made.agents = [me, *(rng.randbytes(16) for _ in range(AGENTS - 1))]
    conn.executemany(
        "INSERT INTO agent (id, login, name, teams, roles) VALUES (?, ?, ?, '[]', '[\"agent\"]')",
        [(id, f"agent{n}", words.some(2).title()) for n, id in enumerate(made.agents[1:], 1)],
    )
    organisations = [(rng.randbytes(16), words.some(2).title(), int(rng.random() < 0.05))
                     for _ in range(max(60, min(5_000, tickets // 100)))]
    conn.executemany("INSERT INTO organisation (id, name, key_account) VALUES (?, ?, ?)", organisations)
    made.callers = [(rng.randbytes(16), words.some(2).title(), rng.choice(organisations)[0])
                    for _ in range(max(400, min(50_000, tickets // 15)))]
    conn.executemany("INSERT INTO caller (id, name, organisation_id) VALUES (?, ?, ?)", made.callers)
    made.contracts = [_contract(conn, rng, n, *hours) for n, hours in enumerate(HOURS)]
    return made


def _contract(conn: sqlite3.Connection, rng: random.Random, n: int, opens: str, closes: str) -> _Contract:
    """A contract with hours of its own, and the classes of its promises; the first holds for everybody without one."""
    calendar, contract = UUID(bytes=rng.randbytes(16)), rng.randbytes(16)
    hours = {"zone": "Europe/Zurich", "weekly": {day: [[opens, closes]] for day in ("mon", "tue", "wed", "thu", "fri")}}
    conn.execute("INSERT INTO calendar (id, slug, name, versions) VALUES (?, ?, ?, ?)",
                 (calendar.bytes, f"hours-{n}", f"{opens}-{closes}", dumps([hours])))
    targets = {priority.value: seconds for priority, seconds in TARGETS_S.items()}
    conn.execute("INSERT INTO contract (id, slug, name, kind, versions) VALUES (?, ?, ?, ?, ?)",
                 (contract, f"contract-{n}" if n else "default", f"Contract {n}", "customer" if n else "standard",
                  dumps([{"calendar": str(calendar), "targets": targets, "weight": n}])))
    classes = {
        seconds: conn.execute("INSERT INTO promise_class (calendar, target) VALUES (?, ?)",
                              (calendar.bytes, seconds * SECOND_US)).lastrowid or 0
        for target in TARGETS_S.values() for seconds in target.values()
    }
    return _Contract(contract, n, calendar_time([(None, hours)]), classes)


def _tickets(
    conn: sqlite3.Connection, rng: random.Random, words: Words, tickets: int, people: _People, now_us: int,
    history: bool,
) -> None:
    device, prefix = conn.execute("SELECT id, number_prefix FROM device").fetchone()
    entries = conn.execute("SELECT coalesce(max(n), 0) FROM entry").fetchone()[0]
    insert = f"INSERT INTO ticket ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
    statement = (
        "INSERT INTO entry (id, action, n, verb, agent, device, session, entity, entity_id, subject, kind, base, "
        "schema, fields, at, recorded_at, state) "
        f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, {SCHEMA}, ?, ?, ?, 'local')"
    )
    for start in range(1, tickets + 1, 10_000):
        rows = [_ticket(rng, words, pk, tickets, prefix, people, now_us)
                for pk in range(start, min(tickets + 1, start + 10_000))]
        conn.executemany(insert, rows)
        if history:
            notes = _notes(rng, rows)
            conn.executemany("INSERT INTO note (ticket_id, id, agent_id, audience, text, at) VALUES (?, ?, ?, ?, ?, ?)",
                             notes.values())
            conn.executemany(statement, _entries(rng, rows, notes, device, entries + 3 * start))
    conn.execute("UPDATE device SET ticket_counter = ?, next_n = ?", (tickets, entries + 3 * tickets + 4))


def _ticket(
    rng: random.Random, words: Words, pk: int, tickets: int, prefix: int, people: _People, now_us: int
) -> tuple[object, ...]:
    open_share = max(OPEN_SHARE, OPEN_AT_LEAST / tickets)
    is_open = rng.random() < open_share
    status = Status.CLOSED
    if is_open:
        status = rng.choices(
            [Status.NEW, Status.IN_PROGRESS, Status.WAITING_CALLER, Status.WAITING_VENDOR, Status.WAITING_UNTIL],
            [2, 5, 1, 1, 1],
        )[0]
    impact, urgency = rng.randint(1, 4), rng.randint(1, 4)
    priority = rng.choices(list(Priority), [1, 6, 40, 40, 13])[0]
    target = TARGETS_S.get(priority, {})
    age = int((tickets - pk) / max(1, tickets) * 700 * DAY) + rng.randrange(60 * MINUTE)
    if is_open:
        age = rng.randrange(target.get(ANSWER if status is Status.NEW else SOLUTION, 30 * 86_400) * SECOND_US)
        age *= 50 if rng.random() < OVERDUE / max(OVERDUE, tickets * open_share) else 1
    created = now_us - age
    assignee = None if status is Status.NEW else rng.choice(people.agents)
    if priority is Priority.P1 and is_open:
        assignee = rng.choice(people.agents) if rng.random() > 3 / max(3, tickets * open_share * 0.01) else None
    ahead = now_us + rng.randrange(2 * DAY)
    callback = until = None
    if is_open and rng.random() < 0.08:
        late = rng.random() < OVERDUE / max(OVERDUE, tickets * open_share * 0.08)
        callback = now_us - rng.randrange(120 * MINUTE) if late else ahead
    if status is Status.WAITING_UNTIL:
        until = ahead
    caller, name, organisation = rng.choice(people.callers)
    closed = None if is_open else created + rng.randrange(5 * DAY)
    number = make_number(prefix, pk)
    contract = people.contracts[pk % len(people.contracts)]
    promised: tuple[object, ...] = (None, None, None, 0)
    due = NEVER
    if is_open and status is not Status.WAITING_CALLER and target:
        kind = ANSWER if status is Status.NEW else SOLUTION
        due = contract.time.add(created, target[kind] * SECOND_US)
        promised = kind, contract.classes[target[kind]], point(contract.time, due), contract.weight
    number_text = f"+41 {rng.randrange(20, 80)} 555 {rng.randrange(100):02} {rng.randrange(100):02}"
    return (
        pk, rng.randbytes(16), number, "incident", caller, name, number_text, organisation, rng.choice(("fr", "de")),
        words.some(rng.randint(4, 9)), words.some(rng.randint(12, 45)), impact, urgency, priority.value, status.value,
        until, rng.randint(1, 3), rng.choice(people.teams), assignee, rng.choice(people.agents), callback,
        callback and number_text, callback and name, rng.choices((0, 1, 3), (20, 2, 1))[0],
        None if is_open else words.some(rng.randint(4, 15)), created, closed, closed, "desk", digits(number)[::-1],
        int(lane(status, priority, assignee is not None)), wake_at(status, callback, until),
        due, closed or created + rng.randrange(DAY), contract.id, "contract", *promised,
    )


_AT = {name: place for place, name in enumerate(_COLUMNS)}
_Row = tuple[Any, ...]


def _notes(rng: random.Random, rows: list[_Row]) -> dict[bytes, _Row]:
    """By ticket what was written to the callers of those somebody works on, as soon as they were made."""
    return {row[_AT["id"]]: (row[_AT["id"]], rng.randbytes(16), row[_AT["owner_id"]], Audience.CALLER,
                             "We are on it.", row[_AT["created_at"]])
            for row in rows if row[_AT["closed_at"]] is None and row[_AT["status"]] != Status.NEW}


def _entries(rng: random.Random, rows: list[_Row], notes: dict[bytes, _Row], device: bytes, first: int
             ) -> Iterator[_Row]:
    """What happened to each ticket, in three entries."""
    session = rng.randbytes(16)
    n = first
    for row in rows:
        id, agent, created, closed = (row[_AT[name]] for name in ("id", "owner_id", "created_at", "closed_at"))
        born = {name: [None, row[_AT[name]]] for name in ("number", "title", "description", "priority", "coverage")}
        born |= {"status": [None, "new"], "contract_id": [None, str(UUID(bytes=row[_AT["contract_id"]]))]}
        until = row[_AT["wait_until"]]
        taken = {"status": ["new", "in_progress" if closed else row[_AT["status"]]],
                 "chasers": [0, row[_AT["chasers"]]], "wait_until": [None, until and iso(instant(until))]}
        third: tuple[str, str, bytes, str, dict[str, Any], int] = ("log_contact", "ticket", id, "set", {}, created)
        if closed is not None:
            ended = iso(instant(closed))
            third = ("close", "ticket", id, "set", {
                "status": ["in_progress", "closed"], "solution": [None, row[_AT["solution"]]],
                "solved_at": [None, ended], "closed_at": [None, ended]}, closed)
        elif id in notes:
            _ticket, note, _agent, audience, text, at = notes[id]
            third = ("note", "note", note, "create", {"audience": [None, audience], "text": [None, text]}, at)
        for verb, entity, entity_id, kind, fields, at in (
            ("open_ticket", "ticket", id, "create", born, created),
            ("take", "ticket", id, "set", taken, created), third,
        ):
            n += 1
            yield (rng.randbytes(16), rng.randbytes(16), n, verb, agent, device, session, entity, entity_id, id, kind,
                   dumps(fields), at, at)


def _text(conn: sqlite3.Connection) -> None:
    conn.execute(
        "INSERT INTO ticket_text (pk, digits, title, people, body, is_open) "
        "SELECT t.pk, replace(t.number, '-', ''), t.title, t.caller_name || char(10) || coalesce(o.name, ''), "
        "t.description || char(10) || coalesce(t.solution, ''), t.lane < 3 "
        "FROM ticket t LEFT JOIN organisation o ON o.id = t.organisation_id"
    )
    search.rebuild(conn)


def database_of(folder: Path, tickets: int, login: str) -> Path:
    """The database with so many tickets in ``folder``, made if it is not there; its consoles have looked at all of
    them, as those of a desk that works."""
    path = folder / f"{tickets}.db"
    if not path.exists():
        making = folder / f"{tickets}.making.db"
        for left in folder.glob(f"{tickets}.making.db*"):
            left.unlink()
        fill(making, tickets, login)
        making.rename(path)
    with closing(database.connect(path, reading=True)) as conn, closing(Drafts(path)) as drafts:
        newest = unsettled.newest_entry(conn)
        drafts.remember(None, LOOKED, [newest, unsettled.id_of_entry(conn, newest)])
    return path
