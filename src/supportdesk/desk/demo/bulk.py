"""The bulk door of the demo: many more tickets than verbs can make in the time, in the same shapes.

What the verbs wrote about a ticket (rows and entries) is a pattern (:mod:`supportdesk.desk.demo.pattern`); a copy of
it has ids, instants, words and people of its own. So copies hold what the verbs would have written, and replaying
their entries gives their rows."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from json.encoder import encode_basestring as quoted
from random import Random
from typing import Any
from uuid import UUID

from supportdesk.desk.demo.pattern import Pattern, patterns
from supportdesk.desk.demo.people import Caller, Device
from supportdesk.desk.demo.stage import Stage
from supportdesk.rules.coverage import Asked
from supportdesk.rules.numbers import digits, make_number
from supportdesk.store import search
from supportdesk.store.types import instant, iso, micros
from supportdesk.store.views.coverage import chosen

_WEEKS = 156
"""Closed copies lie up to three years back, open ones up to _OPEN_WEEKS."""
_OPEN_WEEKS = 3
_WEEK = timedelta(weeks=1) // timedelta(microseconds=1)
_HOUR = timedelta(hours=1) // timedelta(microseconds=1)
_LATER = timedelta(days=3) // timedelta(microseconds=1)
_TAIL = (1 << 62) - 1
_PART = 1_000
"""Copies written in one go."""

Progress = Callable[[int, int], None]
Values = dict[str, Any]


def multiply(stage: Stage, tickets: int, progress: Progress | None = None) -> None:
    """Copy the stage's stories until the desk has ``tickets`` tickets; in one transaction."""
    with stage.setting.first.journal.transaction() as conn:
        prefix, counter, next_n = conn.execute("SELECT number_prefix, ticket_counter, next_n FROM device").fetchone()
        copier = _Copier(stage, prefix, counter, next_n, tickets)
        with _without_indexes(conn):
            done: int = conn.execute("SELECT count(*) FROM ticket").fetchone()[0]
            while done < tickets:
                part = min(_PART, tickets - done)
                for _copy in range(part):
                    copier.copy()
                copier.write()
                done += part
                if progress is not None:
                    progress(done, tickets)
        conn.execute("UPDATE device SET ticket_counter = ?, next_n = ?", (copier.counter, copier.next_n))


@contextmanager
def _without_indexes(conn: Any) -> Iterator[None]:
    """Plain indexes are dropped and made anew at the end: sorting once is quicker than inserting in the middle."""
    found = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND name <> 'note_ticket' "
        "AND tbl_name IN ('ticket', 'entry', 'contact', 'note', 'handoff', 'article_use', 'identity_check')"
    ).fetchall()
    for name, _sql in found:
        conn.execute(f"DROP INDEX {name}")
    yield
    for _name, sql in found:
        conn.execute(sql)


class _Copier:
    """Makes copies and keeps them until they are written."""

    def __init__(self, stage: Stage, prefix: int, counter: int, next_n: int, wanted: int) -> None:
        self.counter = counter
        self.next_n = next_n
        self._stage = stage
        self._random: Random = stage.random
        self._prefix = prefix
        self._now = micros(stage.now)
        self._contracts = _contracts(stage)
        self._people = _by_device(stage, self._contracts)
        self._patterns = [pattern for pattern in patterns(stage) if self._people[_like(pattern)]]
        self._rows: dict[str, list[list[Any]]] = defaultdict(list)
        self._made: list[UUID] = []
        self._noise = Random(stage.random.random()).getrandbits
        self._base = (self._now // 1000 - wanted << 80) | (0x7 << 76) | (0b10 << 62)
        """A UUIDv7 (store/types) without its noise; a millisecond more for every copy, so that indexes of ids
        grow at their end, which is quick."""

    def copy(self) -> None:
        """One more ticket after one of the patterns."""
        pattern = self._random.choice(self._patterns)
        self._base += 1 << 80
        values: Values = {}
        for key in pattern.ids:
            noise = self._noise(74)
            values[key] = (self._base | (noise >> 62 << 64) | (noise & _TAIL)).to_bytes(16)
        for key in pattern.spelled_ids:
            values[key.upper()] = str(UUID(bytes=values[key]))
        self._made.append(UUID(bytes=values[pattern.ids[0]]))
        self._times(pattern, values)
        self._people_and_words(pattern, values)
        for key, text, keys in pattern.texts:
            values[key] = text % tuple([values[k] for k in keys])
        for insert, base, slots in pattern.rows:
            row = base.copy()
            for column, key in slots:
                row[column] = values[key]
            self._rows[insert].append(row)
        for insert, base, slots in pattern.entries:
            row = base.copy()
            for column, key in slots:
                row[column] = values[key]
            row[0] = self.next_n
            self.next_n += 1
            self._rows[insert].append(row)

    def write(self) -> None:
        """Write what was copied, search text last."""
        conn = self._stage.conn
        for insert, rows in self._rows.items():
            conn.executemany(insert, rows)
        search.refresh_tickets(conn, self._made)
        self._rows.clear()
        self._made.clear()

    def _times(self, pattern: Pattern, values: Values) -> None:
        random = self._random
        if not pattern.is_open:
            weeks = random.randint(1, _WEEKS)
        else:
            weeks = 0 if pattern.calls_back else random.randint(0, _OPEN_WEEKS)
        back = weeks * _WEEK + random.randrange(0, _HOUR, 1_000_000)
        later = random.randrange(0, _LATER, 60_000_000)
        for us, key in pattern.instants:
            values[key] = us - back if us <= self._now else us + later
        for key in pattern.spelled_instants:
            values[key.upper()] = iso(instant(values[key]))
        values["due"] = None if pattern.due_after is None else values[pattern.created] + pattern.due_after

    def _people_and_words(self, pattern: Pattern, values: Values) -> None:
        stage, case = self._stage, pattern.case
        lang, slug = case.caller.lang, case.subject.slug
        caller, device = self._random.choice(self._people[_like(pattern)])
        self.counter += 1
        number = make_number(self._prefix, self.counter)
        slots = stage.words.slots(lang, name=caller.name, org=caller.customer.name)
        slots["room"] = device.room if device else stage.words.drawn("room", lang)
        if device is not None:
            slots["host"] = device.host
            values["asset_id"], values["ASSET_ID"] = device.id.bytes, quoted(str(device.id))
        contract = self._contracts[caller.customer.id]
        if contract is not None:
            values["contract_id"], values["CONTRACT_ID"] = contract.bytes, quoted(str(contract))
        matter = stage.words.matter(lang, slug)
        title = stage.words.title(lang, slug, slots, case.impact, matter)
        words = stage.words.note(lang, slug, slots, matter, urgency=case.urgency)
        values |= {
            "ticket_number": number, "tail": digits(number)[::-1], "title": title, "description": words,
            "name": caller.name, "phone": caller.number, "e164": caller.number.replace(" ", ""),
            "caller_id": caller.id.bytes, "organisation_id": caller.customer.id.bytes,
            "CALLER_ID": quoted(str(caller.id)), "ORGANISATION_ID": quoted(str(caller.customer.id)),
        }
        for key in ("ticket_number", "title", "description", "name", "phone", "e164"):
            values[key.upper()] = quoted(values[key])


_Like = tuple[str, str, bool]
"""Language, kind of device at hand ("" for none), under a contract."""


def _like(pattern: Pattern) -> _Like:
    """Who can be the caller of a copy."""
    case = pattern.case
    return case.caller.lang, case.device.kind if case.device else "", pattern.covered


def _contracts(stage: Stage) -> dict[UUID, UUID | None]:
    """The contract of each customer, whatever he calls about."""
    found = {}
    for customer in stage.setting.customers:
        covers = chosen(stage.conn, customer.id, Asked(micros(stage.now)))
        found[customer.id] = covers.contract.id if covers and covers.contract else None
    return found


def _by_device(stage: Stage, contracts: dict[UUID, UUID | None]) -> dict[_Like, list[tuple[Caller, Device | None]]]:
    """Callers with what a copy needs; without a device any caller will do."""
    found: dict[_Like, list[tuple[Caller, Device | None]]] = defaultdict(list)
    for caller in stage.callers:
        covered = contracts[caller.customer.id] is not None
        found[caller.lang, "", covered].append((caller, None))
        for device in caller.customer.devices:
            if device.kind != "pc" or device is caller.pc:
                found[caller.lang, device.kind, covered].append((caller, device))
    return found
