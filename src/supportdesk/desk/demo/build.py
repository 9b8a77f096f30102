"""Building a demo file: the desk, the people, six weeks of stories up to now."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from supportdesk.desk.demo import curve, extras, majors
from supportdesk.desk.demo.bulk import multiply
from supportdesk.desk.demo.plots import plot_of
from supportdesk.desk.demo.seat import Clock
from supportdesk.desk.demo.setting import set_up
from supportdesk.desk.demo.stage import Stage, Story
from supportdesk.desk.demo.today import open_now
from supportdesk.desk.demo.unkept import BEFORE_NOW, unkept
from supportdesk.desk.demo.words import content
from supportdesk.desk.setup import load_starter
from supportdesk.i18n import language
from supportdesk.store import database
from supportdesk.store.journal import Journal
from supportdesk.store.types import seeded_ids

PREFIX = 214
"""Number prefix of the demo: its tickets read 214-…"""

TICKETS = 2_000
"""Made by verbs; what is wanted beyond comes through the bulk door."""

HISTORY = timedelta(days=42)
_FRESHEST = timedelta(minutes=16)
_WITHOUT_TICKET = 0.13
_TALK = (110, 130, 150, 170, 190, 210, 240, 260, 300, 340, 420, 560, 700)
"""Seconds from the ring to the wrapped-up call."""

Progress = Callable[[int, int], None]
"""Told tickets made so far and wanted."""


def build(path: Path, *, seed: int = 1, tickets: int = TICKETS, now: datetime,
          progress: Progress | None = None) -> None:
    """Make a demo desk at ``path`` as of ``now`` (aware). The same seed at the same instant makes the same rows.

    Raises NotReady when the file exists already. A build that breaks off leaves an unfinished file: build
    beside and rename (:func:`supportdesk.desk.demo.open_demo`)."""
    now = now.replace(microsecond=0)
    clock = Clock(now - HISTORY - timedelta(days=2))
    random = Random(seed)
    with seeded_ids(Random(f"ids {seed}"), clock):
        database.create(path, kind="demo", prefix=PREFIX, now=now, sync=False)
        with closing(Journal(path, clock=clock)) as journal:
            _hurry(journal)
            zone = content("desk")["site"][0]["zone"]
            load_starter(journal, language(), zone, clock.now)
            with journal.bulk():
                setting = set_up(path, journal, clock, random)
                stage = Stage(setting, clock, random, now, _articles(journal))
                _engage(stage, min(tickets, TICKETS))
                stage.play(_teller(stage, min(tickets, TICKETS), tickets, progress))
            if tickets > TICKETS:
                multiply(stage, tickets, progress)
            with journal.bulk():
                stage.enter(now - BEFORE_NOW, unkept(stage))
                stage.play()
            _settle(journal)


def _hurry(journal: Journal) -> None:
    """Nobody else has the file yet and a broken build is thrown away: no need to wait for the disk."""
    journal.conn.execute("PRAGMA journal_mode = MEMORY")
    journal.conn.execute("PRAGMA synchronous = OFF")
    journal.conn.execute("PRAGMA cache_size = -262144")


def _settle(journal: Journal) -> None:
    journal.conn.execute("UPDATE device SET touched = 0")
    journal.conn.execute("PRAGMA journal_mode = WAL")


def _articles(journal: Journal) -> dict[UUID, int]:
    """Articles of the desk with the number of their steps."""
    found = journal.conn.execute("SELECT id, body FROM article WHERE state = 'published'").fetchall()
    return {UUID(bytes=id): max(4, sum(line[:1].isdigit() for line in body.splitlines())) for id, body in found}


def _engage(stage: Stage, tickets: int) -> None:
    """Let every story begin at its hour; together they open ``tickets`` tickets."""
    random, now = stage.random, stage.now
    today = list(open_now(stage))[: tickets // 4]
    rounds = tickets // 500 if tickets >= 500 else int(tickets >= 100)
    opened = rounds * sum(count for _story, count in extras.EXTRAS)
    if rounds:
        opened += majors.OVER_TICKETS
        stage.enter(majors.over_since(stage), majors.over(stage))
    since = now - HISTORY
    for at in curve.arrivals(random, tickets - len(today) - opened, since, now - _FRESHEST, stage.zone):
        stage.enter(at + timedelta(seconds=random.choice(_TALK)), _one(stage, at))
    for at in curve.arrivals(random, round(tickets * _WITHOUT_TICKET), since, now - _FRESHEST, stage.zone):
        stage.enter(at + timedelta(seconds=random.choice(_TALK[:5])), extras.call_without_ticket(stage, at))
    for extra, _count in extras.EXTRAS:
        for at in curve.arrivals(random, rounds, since, now - timedelta(days=8), stage.zone):
            at = curve.at_work(at, random, stage.zone)
            stage.enter(at + timedelta(minutes=4), _extra(stage, at, extra))
    for at, story in today:
        stage.enter(at, story)
    stage.enter(since, extras.own_views(stage))
    stage.enter(now - timedelta(hours=6), extras.day_of_shifts(stage))
    stage.enter(_evening(since, stage.zone), extras.evenings(stage))


def _one(stage: Stage, started: datetime) -> Story:
    yield from plot_of(stage, stage.case(stage.caller(), started))


def _extra(stage: Stage, started: datetime, story: extras.Extra) -> Story:
    caller = stage.caller("fr", key_account=False)
    agent = stage.setting.seats[stage.random.choice(("ana", "luc", "sofia", "mehdi"))]
    yield from story(stage, stage.case(caller, started, agent=agent))


def _evening(since: datetime, zone: ZoneInfo) -> datetime:
    return since.astimezone(zone).replace(hour=18, minute=40, second=0).astimezone(since.tzinfo)


def _teller(stage: Stage, by_verbs: int, total: int, progress: Progress | None) -> Callable[[], None] | None:
    """Tells how far the stories are, by the time that has passed in them."""
    if progress is None:
        return None
    begun, steps = stage.now - HISTORY, 0

    def tell() -> None:
        nonlocal steps
        steps += 1
        if steps % 250 == 0:
            progress(max(0, int(by_verbs * ((stage.clock.now - begun) / HISTORY))), total)

    return tell
