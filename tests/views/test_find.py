"""The filter of the queue: open tickets first, closed ones from the second letter on, numbers by their end."""

from __future__ import annotations

from array import array

from supportdesk.store.views import find, queue
from supportdesk.store.views.find import Found
from supportdesk.store.views.queue import View
from supportdesk.terms.codes import Status
from tests.views.conftest import NOW_US, Bench, minutes


def found(bench: Bench, text: str, view: View = View.TEAM) -> Found:
    reader, me = bench.desk.reader, bench.desk.agent
    shown = queue.snapshot(reader, view, me, NOW_US).pks
    return find.find(reader, text, shown, queue.snapshot(reader, View.ALL, me, NOW_US).pks)


def titles(bench: Bench, pks: array[int]) -> list[str]:
    return [line.title for line in queue.page(bench.desk.reader, pks)]


def number(bench: Bench, title: str) -> str:
    return str(bench.desk.reader.execute("SELECT number FROM ticket WHERE title = ?", (title,)).fetchone()[0])


def test_the_shown_view_comes_first_then_other_open_tickets_then_closed_ones(bench: Bench) -> None:
    bench.ticket("VPN closed", status=Status.SOLVED)
    bench.ticket("VPN elsewhere", team_id=bench.network)
    bench.ticket("VPN younger", created_at=minutes(-1))
    bench.ticket("VPN older", created_at=minutes(-2))
    bench.ticket("Printer")
    result = found(bench, "vpn")
    assert titles(bench, result.here) == ["VPN older", "VPN younger"]
    assert titles(bench, result.elsewhere) == ["VPN elsewhere"]
    assert titles(bench, result.closed) == ["VPN closed"]
    assert not result.more


def test_one_letter_asks_the_open_tickets_only(bench: Bench) -> None:
    bench.ticket("VPN closed", status=Status.SOLVED)
    bench.ticket("VPN open")
    result = found(bench, "v")
    assert titles(bench, result.here) == ["VPN open"]
    assert not result.closed
    assert titles(bench, found(bench, "vp").closed) == ["VPN closed"]


def test_the_beginnings_of_a_name_and_a_word_find_a_ticket(bench: Bench) -> None:
    bench.ticket("VPN coupé", caller_name="Monique Perret")
    bench.ticket("VPN lent", caller_name="Hans Kern")
    assert titles(bench, found(bench, "per vpn").here) == ["VPN coupé"]


def test_accents_and_case_do_not_matter(bench: Bench) -> None:
    bench.ticket("Réseau coupé")
    assert titles(bench, found(bench, "RESEAU coupe").here) == ["Réseau coupé"]


def test_the_last_digits_of_a_number_find_it_with_or_without_hyphens(bench: Bench) -> None:
    bench.ticket("open")
    bench.ticket("closed", status=Status.CLOSED)
    bench.ticket("theirs", team_id=bench.network)
    for title, place in (("open", "here"), ("closed", "closed"), ("theirs", "elsewhere")):
        whole = number(bench, title)
        for typed in (whole, whole.replace("-", ""), whole[-4:], whole.replace("-", "")[-2:]):
            assert titles(bench, getattr(found(bench, typed), place)) == [title], typed


def test_a_number_in_the_text_is_found_as_well(bench: Bench) -> None:
    bench.ticket("Error 4711 on start")
    assert titles(bench, found(bench, "4711").here) == ["Error 4711 on start"]


def test_when_many_open_tickets_hold_the_words_closed_ones_wait_for_another_letter(bench: Bench) -> None:
    for n in range(find.OPEN_ENOUGH + 1):
        bench.ticket(f"printer {n:03}")
    bench.ticket("printer closed", status=Status.SOLVED)
    crowd, few = found(bench, "printer"), found(bench, "printer clo")
    assert crowd.more
    assert not crowd.closed
    assert titles(bench, few.closed) == ["printer closed"]


def test_only_the_newest_closed_ones_are_given_and_that_is_said(bench: Bench) -> None:
    for n in range(find.CLOSED_AT_MOST + 3):
        bench.ticket(f"toner {n:02}", status=Status.SOLVED)
    result = found(bench, "toner")
    assert result.more
    assert len(result.closed) == find.CLOSED_AT_MOST
    assert titles(bench, result.closed)[0] == f"toner {find.CLOSED_AT_MOST + 2}"


def test_closed_ones_that_only_speak_of_the_words_come_after_those_whose_line_shows_them(bench: Bench) -> None:
    for title, description in (("Phone is dead", ""), ("Screen", "told by phone"), ("Cable", "to his phone")):
        bench.ticket(title, description=description, status=Status.SOLVED)
    assert titles(bench, found(bench, "phone").closed) == ["Phone is dead", "Cable", "Screen"]


def test_a_priority_is_asked_for_by_its_name(bench: Bench) -> None:
    bench.ticket("VPN alarm", priority="P1")
    bench.ticket("VPN soon", priority="P2")
    bench.ticket("Printer alarm", priority="P1", created_at=minutes(-1))
    bench.ticket("VPN closed", priority="P1", status=Status.SOLVED)
    assert titles(bench, found(bench, "p1").here) == ["VPN alarm", "Printer alarm"]
    assert titles(bench, found(bench, "vpn P1").here) == ["VPN alarm"]
    assert not found(bench, "vpn P1").closed


def test_no_words_find_nothing(bench: Bench) -> None:
    bench.ticket("something")
    for text in ("", "  ", "-", '"', "*"):
        result = found(bench, text)
        assert [*result.here, *result.elsewhere, *result.closed] == [], text
        assert not result.more, text


def test_the_count_of_an_own_view_is_what_its_words_find(bench: Bench) -> None:
    bench.ticket("VPN one")
    bench.ticket("VPN two", team_id=bench.network)
    bench.ticket("Printer")
    reader = bench.desk.reader
    team = queue.snapshot(reader, View.TEAM, bench.desk.agent, NOW_US).pks
    assert find.count_open(reader, "vpn", team) == 1
    assert find.count_open(reader, "", team) == 2
    assert find.count_open(reader, "P3", team) == 2
    assert find.count_open(reader, "vpn p1", team) == 0
