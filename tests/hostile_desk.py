"""One desk that holds the whole corpus: every storable text in every kind of record (field/trust.md R1, R2, R4).

:func:`through_the_desk` writes it by the desk's verbs, as calls, mails and imports bring it; :func:`past_the_desk`
writes it into the file itself, as a faulty program or another site might.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import tomli_w

from supportdesk.desk import (
    admin,
    agreeing,
    articles,
    breaches,
    calls,
    entitlement,
    handoffs,
    major,
    outages,
    people,
    setup,
    tickets,
    views,
)
from supportdesk.desk.attach import attach
from supportdesk.desk.calls import Call, Check
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.store.types import uuid7
from supportdesk.terms.codes import Audience, CheckResult
from tests.hostile import CORPUS

TEXTS = [each.text for each in CORPUS if each.storable and each.text.strip()]
LINE = 400
"""Signs of a hostile text that fit a field of one line."""
FILE_NAME = 240
"""Bytes of the name of a file."""

SHELF = 40
"""Notes on one ticket, so that few pages show all of them."""


def through_the_desk(path: Path) -> None:
    """Make the desk at ``path`` and say every text to its verbs."""
    setup.init(path, login=os_login(), zone="Europe/Zurich", region="CH", lang="en")
    desk = Desk(path)
    desk.journal.conn.execute("PRAGMA synchronous = OFF")
    evidence = path.with_name("evidence")
    evidence.mkdir()
    with desk.journal.bulk():
        network = admin.save(desk, "team", {"slug": "network", "name": "Network", "level": 2})
        shelf = calls.open_ticket(desk, {"title": "notes"}).id
        for number, text in enumerate(TEXTS):
            if number % SHELF == 0:
                shelf = calls.open_ticket(desk, {"title": "notes"}).id
            tickets.note(desk, shelf, text, Audience.CALLER if number % 2 else Audience.INTERNAL)
            if name := _file_name(text):
                (evidence / name).write_text("evidence")
                attach(desk, shelf, evidence / name)
            _records(desk, number, text, network)
        _agreements(desk)
        _promises(desk)
        _outages(desk)
        _majors(desk)
    desk.close()


def _agreements(desk: Desk) -> None:
    """A calendar and a contract for every text, in every part that is said in words."""
    lines = [(number, text[:LINE]) for number, text in enumerate(TEXTS) if number % 4 == 0 and "\x00" not in text]
    organisation = str(people.save_organisation(desk, {"name": "Hostile"}))
    done = agreeing.bring_in(desk, tomli_w.dumps({
        "calendar": [{"slug": f"c-{number}", "name": line, "version": [{
            "zone": "UTC", "weekly": {"mon": [["08:00", "12:00"]]}, "holidays": [{"on": "12-24", "name": line}]}],
        } for number, line in lines if line.strip()],
        "contract": [{"slug": f"k-{number}", "name": line, "organisation": organisation, "text": line, "version": [{
            "calendar": "office", "joint": {"vendors": [line]}, "supplier": {"name": line, "promise": line},
            "availability": [{"service": line, "percent": 99.5, "maintenance": line}],
            "responsibilities": [{"duty": line, "does": line, "decides": line, "told": line, "customer": line}]}],
        } for number, line in lines if line.strip()],
    }))
    assert not done.problems, done.problems[0]


def _outages(desk: Desk) -> None:
    """An outage of a service of such a name, on a ticket and without one, for such a reason."""
    products = [UUID(bytes=raw) for (raw,) in desk.journal.conn.execute("SELECT id FROM product")]
    open_ones = [UUID(bytes=raw) for (raw,) in desk.journal.conn.execute("SELECT id FROM ticket WHERE lane < 3")]
    for number, (product, ticket, text) in enumerate(zip(products, cycle(open_ones), cycle(TEXTS), strict=False)):
        outages.note_outage(desk, ticket if number % 2 else None, desk.clock() - timedelta(hours=2),
                            product_id=product, reason=text[:LINE])


def _promises(desk: Desk) -> None:
    """Open tickets under these contracts, others done as goodwill for such a reason, with a promise that was broken."""
    open_ones = [UUID(bytes=raw) for (raw,) in desk.journal.conn.execute("SELECT id FROM ticket WHERE lane < 3")]
    contracts = [UUID(bytes=raw) for (raw,) in desk.journal.conn.execute(
        "SELECT id FROM contract WHERE ifnull(kind, 'customer') = 'customer'")]
    for ticket, contract, text in zip(open_ones, cycle(contracts), cycle(TEXTS), strict=False):
        if "\x00" in text or contract.bytes[-1] % 2:
            entitlement.choose_contract(desk, ticket, contract)
        else:
            entitlement.choose_contract(desk, ticket, None, goodwill=text[:LINE])
        breach = uuid7()
        with desk.journal.action("breach", None) as act:
            act.create("breach", {"ticket_id": ticket, "kind": text[:LINE], "due_at": act.at, "at": act.at}, breach)
        if ticket.bytes[-1] % 2:
            breaches.explain_breach(desk, breach, text[:LINE])


def _majors(desk: Desk) -> None:
    """Major incidents of every text, with a case whose caller was told; a few of them run, of the others that is
    over."""
    open_ones = [UUID(bytes=raw) for (raw,) in desk.journal.conn.execute(
        "SELECT id FROM ticket WHERE lane < 3 AND title != 'notes'")]
    now = datetime.now(UTC)
    product = UUID(bytes=desk.journal.conn.execute("SELECT id FROM product").fetchone()[0])
    said = (text[:LINE] for text in TEXTS if text.strip())
    for number, (ticket, case, line) in enumerate(zip(open_ones[::2], open_ones[1::2], said, strict=False)):
        if not line.split():
            continue
        id = major.declare_major(desk, ticket, title=line[:major.LONGEST_TITLE], began_at=now,
                                 texts={"en": line, "fr": line[:40]}, valid_until=now + timedelta(days=1))
        major.hang_on(desk, case, id, how="phone", who=line[:major.LONGEST_WHO])
        outages.note_outage(desk, ticket, now - timedelta(hours=2), now, product_id=product, reason=line)
        if number % 20:
            tickets.solve(desk, [ticket], line, told=True)


def _records(desk: Desk, number: int, text: str, network: UUID) -> None:
    line = text[:LINE]
    asset = people.save_asset(desk, {"inventory": f"A-{number}", "host": line, "room": line, "name": line,
                                     "serial": line})
    call = calls.take_call(desk, Call(
        ticket={"title": line, "description": text, "component_name": line, "wish": line, "affected_name": line,
                "approver_name": line, "tags": (line,), "asset_id": asset},
        contact={"number_given": line, "note": line, "behalf_name": line}, note=line,
        new_caller={"name": line, "numbers": (line,), "mail": line, "remarks": line, "employee_number": line},
        new_organisation=line,
        checks=[Check("password", None, CheckResult.SKIPPED, line)],
    ))
    match number % 6:
        case 0:
            handoffs.offer(desk, call.id, network, {"request": line, "tried": text[:5_000], "impact": line,
                                                    "reproduce": line, "evidence": line})
        case 1:
            tickets.solve(desk, [call.id], line)
        case 2:
            at = datetime.now(UTC) + timedelta(hours=1 + number)
            tickets.promise_callback(desk, call.id, at, number=line, to=line)
        case 3:
            tickets.prioritise(desk, call.id, impact=1, reason=line, needed_by=datetime.now(UTC) + timedelta(hours=3),
                               needed_for=line)
    if "\x00" not in line:
        for entity in ("team", "product", "component"):
            more = {"level": 2, "remarks": line} if entity == "team" else {}
            admin.save(desk, entity, {"slug": f"{entity}-{number}", "name": line, **more})
        if number % 4 == 0:
            site = admin.save(desk, "site", {"slug": f"site-{number}", "name": line, "language": "en", "region": "CH",
                                             "zone": "Europe/Zurich"})
            admin.save(desk, "role", {"slug": f"role-{number}", "name": line, "verbs": ("note",)})
            admin.add_agent(desk, f"agent{number}", {"name": line, "site_id": site, "roles": (f"role-{number}",),
                                                     "skills": (line,)})
        if number % 40 == 0:
            views.save_view(desk, line, {"view": "all", "words": line})
    if number % 3 == 0:
        articles.write(desk, {"slug": f"hostile-{number}", "lang": "en", "title": line, "issue": f"hostile {line}",
                              "keywords": line, "body": f"{text}\n\n## Steps\n\n1. {line}\n2. `{line}`\n\n> {line}\n"})


def _file_name(text: str) -> str:
    """As much of a text as a file can be called."""
    name = re.sub("[/\0]", "", text).encode()[:FILE_NAME].decode(errors="ignore")
    return "" if name in (".", "..") else name


_CODES = {
    "id", "extra", "pk", "rev", "slug", "status", "type", "priority", "kind", "state", "lang", "audience", "direction",
    "channel", "outcome", "matter", "method", "result", "entity", "login", "employer", "number_tail", "digest", "zone",
    "weekly", "cells", "terms", "level", "verb", "how",
}  # fmt: skip
"""Columns that hold no text of people but codes and forms the program reads by."""

_LISTS = {
    "keywords", "numbers", "tags", "holds", "tickets", "teams", "roles", "languages", "skills", "verbs", "steps",
    "products", "components", "filter", "packet", "fields", "staging", "versions", "texts",
}  # fmt: skip
"""Columns that hold JSON."""


def past_the_desk(path: Path) -> None:
    """Put the corpus into every text column of every row, without asking the program."""
    with closing(sqlite3.connect(path)) as conn, conn:
        texts = cycle(TEXTS)
        for table, column in _text_columns(conn):
            rows = conn.execute(f"SELECT rowid FROM {table} WHERE {column} IS NOT NULL").fetchall()
            conn.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?",
                             [(next(texts)[:5_000], pk) for (pk,) in rows])
        for pk, fields in conn.execute("SELECT pk, fields FROM entry").fetchall():
            conn.execute("UPDATE entry SET fields = ? WHERE pk = ?", (_poisoned(fields, texts), pk))
        for pk, packet in conn.execute("SELECT pk, packet FROM handoff").fetchall():
            poisoned = {part: next(texts)[:5_000] for part in json.loads(packet)}
            conn.execute("UPDATE handoff SET packet = ? WHERE pk = ?", (json.dumps(poisoned), pk))
        for (pk,) in conn.execute("SELECT pk FROM statement").fetchall():
            said = {"en": next(texts)[:5_000], next(texts)[:LINE]: next(texts)[:LINE]}
            conn.execute("UPDATE statement SET texts = ? WHERE pk = ?", (json.dumps(said), pk))
        for (pk,) in conn.execute("SELECT pk FROM article").fetchall():
            conn.execute("UPDATE article SET keywords = ? WHERE pk = ?", (json.dumps([next(texts)[:LINE]]), pk))
        for (pk,) in conn.execute("SELECT pk FROM caller").fetchall():
            numbers = [{"text": next(texts)[:LINE], "e164": next(texts)[:LINE]}]
            conn.execute("UPDATE caller SET numbers = ? WHERE pk = ?", (json.dumps(numbers), pk))


def _text_columns(conn: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    own = {"device", "image", "reference", "caller_key", "batch", "ticket_text", "article_text", "people_text"}
    tables = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
    for (table,) in tables.fetchall():
        if table not in own and "_fts" not in table and not table.startswith("sqlite_"):
            for _cid, column, kind, *_rest in conn.execute(f"PRAGMA table_info({table})"):
                if kind == "TEXT" and column not in _CODES | _LISTS:
                    yield table, column


def _poisoned(fields: str, texts: Iterator[str]) -> str:
    """Fields of an entry, every free text in them another one."""
    read: dict[str, Any] = json.loads(fields)
    for name, change in read.items():
        if name not in _CODES | _LISTS and not name.endswith("_id") and isinstance(change, list):
            read[name] = [next(texts)[:LINE] if _is_text(value) else value for value in change]
    return json.dumps(read)


def _is_text(value: object) -> bool:
    """Words, and not an instant written in JSON."""
    return isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value)
