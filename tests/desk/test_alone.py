"""Duties of a desk that works alone: whichever console is open does them, once, and a server is left to do its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from supportdesk.desk import handoffs
from supportdesk.desk.alone import tend_alone
from supportdesk.desk.demo.build import build
from supportdesk.desk.desk import Desk
from supportdesk.store import enrolment
from supportdesk.store.types import micros
from supportdesk.sync.role import Role
from tests.desk.conftest import Clock, Small

CONSOLES = 4


@pytest.fixture
def consoles(small: Small) -> Iterator[list[Desk]]:
    """Several open on the file of a small desk on which a handoff waits."""
    ticket = small.call().id
    assert ticket is not None
    handoffs.offer(small.desk, ticket, small.network, {}, incomplete_reason="urgent")
    with ExitStack() as opened:
        made = [Desk(small.desk.path, clock=small.clock) for _each in range(CONSOLES)]
        for desk in made:
            opened.callback(desk.close)
        yield made


def at_once(consoles: list[Desk]) -> list[int]:
    """All look in the same moment."""
    together, done = threading.Barrier(len(consoles)), [0] * len(consoles)

    def look(number: int) -> None:
        together.wait(60)
        done[number] = tend_alone(consoles[number])

    threads = [threading.Thread(target=look, args=(number,)) for number in range(len(consoles))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return done


def said(small: Small) -> list[str]:
    return [verb for (verb,) in small.desk.reader.execute(
        "SELECT verb FROM entry WHERE agent IS NULL AND verb IN ('remind_handoff', 'bring_back') "
        "GROUP BY action ORDER BY min(pk)")]


def test_of_several_consoles_one_reminds_and_one_brings_back(small: Small, consoles: list[Desk]) -> None:
    assert at_once(consoles) == [0] * CONSOLES
    assert not small.desk.path.with_name("desk.db.exchange").exists(), "nothing is due, nothing is touched"
    for hours, verbs in ((4, ["remind_handoff"]), (1, ["remind_handoff"]), (4, ["remind_handoff", "bring_back"]),
                         (24, ["remind_handoff", "bring_back"])):
        small.clock.now += timedelta(hours=hours)
        at_once(consoles)
        assert tend_alone(consoles[0]) == 0, "all that was due is done by whoever came first"
        assert said(small) == verbs
    assert small.desk.reader.execute("SELECT state FROM handoff").fetchone() == ("returned",)
    assert small.desk.reader.execute("SELECT status_reason FROM ticket").fetchone() == ("returned",)
    assert small.count("note") == 1


def test_who_has_the_part_of_acting_for_all_is_left_to_act(small: Small, consoles: list[Desk]) -> None:
    small.clock.now += timedelta(hours=5)
    elsewhere = Role(small.desk.path)
    assert elsewhere.take()
    assert tend_alone(consoles[0]) == 0
    elsewhere.give_up()
    assert tend_alone(consoles[0]) == 1


@pytest.mark.parametrize("left", [False, True])
def test_a_desk_with_a_server_leaves_its_duties_to_it_also_after_it_left(small: Small, consoles: list[Desk],
                                                                        left: bool) -> None:
    with small.desk.journal.transaction() as conn:
        enrolment.enrol(conn, "https://desk.example.org", "server", "secret", 1, "lease", 100, micros(small.clock()))
        if left:
            enrolment.leave(conn)
    small.clock.now += timedelta(hours=9)
    assert tend_alone(consoles[0]) == 0
    assert said(small) == []


def test_nothing_comes_back_by_itself_in_the_demo(tmp_path: Path) -> None:
    clock = Clock()
    build(tmp_path / "demo.db", seed=7, tickets=120, now=clock.now)
    demo = Desk(tmp_path / "demo.db", clock=clock)
    try:
        offered = demo.reader.execute("SELECT count(*) FROM handoff WHERE state = 'offered'").fetchone()
        assert offered > (0,)
        clock.now += timedelta(days=30)
        assert tend_alone(demo) == 0
        assert demo.reader.execute("SELECT count(*) FROM handoff WHERE state = 'offered'").fetchone() == offered
    finally:
        demo.close()


def test_a_look_at_a_desk_with_nothing_due_loads_no_writing_side(small: Small, consoles: list[Desk]) -> None:
    look = ("import sys; from pathlib import Path; from supportdesk.desk.alone import tend_alone; "
            "from supportdesk.desk.desk import Desk; from supportdesk.store.types import instant; "
            "assert tend_alone(Desk(Path(sys.argv[1]), clock=lambda: instant(int(sys.argv[2])))) == 0; "
            "print({'sqlmodel', 'sqlalchemy', 'pydantic', 'httpx'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", look, str(small.desk.path), str(micros(small.clock()))],
                          capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
