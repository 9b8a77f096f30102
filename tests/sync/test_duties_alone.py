"""What a desk that worked alone did by its duties is part of the past it brings to a server."""

import threading
from datetime import timedelta

from supportdesk.desk import admin, handoffs
from supportdesk.desk.alone import tend_alone
from supportdesk.desk.duties import tend_handoffs
from supportdesk.sync.role import Role
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, equal, settled


def _reminded_and_brought_back(site: stand.Site) -> None:
    network = admin.save(site.desk, "team", {"slug": "network", "name": "Network", "level": 2, "employer": "own"})
    handoffs.offer(site.desk, call(site), network, {}, "urgent")
    for _reminded_then_back in range(2):
        site.clock.now += timedelta(days=1)
        assert tend_alone(site.desk) == 1


def test_a_handoff_that_came_back_at_a_desk_alone_has_come_back_for_everybody(
    server: stand.Server, sites: Opened
) -> None:
    geneva, lausanne = sites("geneva", "lausanne", enrolled=False)
    _reminded_and_brought_back(geneva)
    for site in (geneva, lausanne):
        stand.enrol(server, site)
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)
    status = geneva.client.status()
    assert status is not None
    assert (status.waiting, status.refused) == (0, 0)
    ((ticket,),) = lausanne.desk.reader.execute("SELECT ticket_id FROM handoff WHERE state = 'returned'").fetchall()
    (note,) = lausanne.desk.reader.execute("SELECT text FROM note WHERE ticket_id = ?", (ticket,)).fetchall()
    assert "Network" in note[0]


def test_a_duty_after_that_is_the_servers(server: stand.Server, sites: Opened) -> None:
    """A console that says it in its own name is refused, as before."""
    (geneva,) = sites("geneva")
    network = admin.save(geneva.desk, "team", {"slug": "network", "name": "Network", "level": 2, "employer": "own"})
    handoffs.offer(geneva.desk, call(geneva), network, {}, "urgent")
    geneva.exchange()
    geneva.clock.now += timedelta(days=1)
    assert tend_alone(geneva.desk) == 0
    assert tend_handoffs(geneva.desk).done == 1
    assert geneva.exchange().refused > 0
    assert "note" not in server.documents()


def test_the_first_enrolment_waits_for_a_duty_at_hand(server: stand.Server, sites: Opened) -> None:
    """The server is told how far the past of the desk goes; what it does by itself meanwhile would lie beyond."""
    (geneva,) = sites("geneva", enrolled=False)
    at_work, done = Role(geneva.path), threading.Event()
    assert at_work.take()

    def enrol() -> None:
        stand.enrol(server, geneva)
        geneva.client.close()
        done.set()

    enrolling = threading.Thread(target=enrol, daemon=True)
    enrolling.start()
    assert not done.wait(0.3)
    assert geneva.client.status() is None
    at_work.give_up()
    assert done.wait(stand.PATIENCE)
    enrolling.join(stand.PATIENCE)
    assert geneva.client.status() is not None
