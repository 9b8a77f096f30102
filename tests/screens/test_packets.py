"""What a ticket tells of a handoff's packet by itself."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from supportdesk.desk import articles, tickets
from supportdesk.desk.packets import Filled, Source, prefill, size_said, source_of, steps_said
from supportdesk.rules.packet import PARTS
from supportdesk.store.types import micros
from supportdesk.store.views.ticket import TicketView, ticket
from supportdesk.store.views.timeline import TimelineItem, timeline
from supportdesk.terms.codes import Audience
from tests.screens.stand import NOW, Bench, minutes

ZURICH = ZoneInfo("Europe/Zurich")
ARTICLE = UUID("019cc000-0000-7000-8000-000000000001")


def told(bench: Bench, id: UUID) -> dict[str, Filled]:
    desk = bench.open()
    try:
        view: TicketView | None = ticket(desk.reader, id)
        history: Sequence[TimelineItem] = timeline(desk.reader, id)
    finally:
        desk.close()
    assert view is not None
    return prefill(view, history, micros(NOW), ZURICH, "CH")


def article(bench: Bench) -> None:
    bench.say(articles.write, {"slug": "vpn-drops", "lang": "en", "title": "VPN drops", "body": "## Steps\n\n1. a"},
              ARTICLE)


def test_ticked_steps_and_internal_notes_are_what_was_tried(bench: Bench) -> None:
    id = bench.ticket()
    article(bench)
    bench.say(articles.use, ARTICLE, ticket_id=id, steps=(3, 1, 2), at=minutes(-10))
    bench.say(tickets.note, id, "router\nlights are green", at=minutes(-9))
    bench.say(tickets.note, id, "we are on it", Audience.CALLER, at=minutes(-8))
    tried = told(bench, id)["tried"]
    assert tried == Filled("steps 1 to 3 of “VPN drops” without effect; router lights are green", Source.ARTICLES)


def test_an_article_that_helped_was_not_tried_in_vain(bench: Bench) -> None:
    id = bench.ticket()
    article(bench)
    bench.say(articles.use, ARTICLE, ticket_id=id, steps=(1,), helped=True)
    assert "tried" not in told(bench, id)


def test_a_withdrawn_note_says_nothing(bench: Bench) -> None:
    id = bench.ticket()
    note = bench.say(tickets.note, id, "wrong ticket")
    bench.say(tickets.withdraw_note, note)
    assert "tried" not in told(bench, id)


def test_only_the_last_three_notes_are_told_each_cut(bench: Bench) -> None:
    id = bench.ticket()
    for n in range(5):
        bench.say(tickets.note, id, f"note {n} " + "x" * 500, at=minutes(-10 + n))
    tried = told(bench, id)["tried"]
    assert tried.source is Source.NOTES
    assert [part[:6] for part in tried.text.split("; ")] == ["note 2", "note 3", "note 4"]
    assert len(tried.text) < 700


def test_impact_environment_reach_and_promise_come_from_the_ticket(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(28))
    packet = told(bench, id)
    assert packet["impact"].text == "a whole site or service team, work stopped, no way round"
    assert packet["environment"].text == "VPN, Windows client"
    assert packet["availability"].text == "Monique Perret, 079 123 45 67, fr"
    assert packet["promised"].text == "callback by Ana Roch at 14:30"


def test_what_nobody_wrote_down_is_left_to_the_sender(bench: Bench) -> None:
    packet = told(bench, bench.ticket())
    assert set(packet) == {"environment", "impact", "availability"}
    assert [part for part in PARTS if part in packet] == list(packet)


def test_a_part_is_the_senders_own_once_it_is_changed() -> None:
    prefilled = {"impact": Filled("40 people", Source.TICKET)}
    assert source_of("impact", "40 people", prefilled) is Source.TICKET
    assert source_of("impact", "50 people", prefilled) is Source.OWN
    assert source_of("impact", " ", prefilled) is Source.LACKING
    assert source_of("since", "", prefilled) is None


@pytest.mark.parametrize(
    ("steps", "said"),
    [((), ""), ((2,), "step 2"), ((1, 2), "steps 1, 2"), ((3, 1, 2), "steps 1 to 3"), ((1, 3, 3), "steps 1, 3")],
)
def test_steps_are_said_as_people_say_them(steps: tuple[int, ...], said: str) -> None:
    assert steps_said(steps) == said


@pytest.mark.parametrize(("size", "said"), [(0, "1 kB"), (18_000, "18 kB"), (3_200_000, "3.2 MB")])
def test_sizes_are_said_in_round_figures(size: int, said: str) -> None:
    assert size_said(size) == said
