"""What many consoles ask for at once is put together once, and never longer than it is so."""

from typing import Any

import msgspec
import pytest

from supportdesk.server import newest, pulling, rows
from supportdesk.server.exchange import Exchange
from supportdesk.server.pages import FOR, KEPT, ROWS, Page, Pages
from supportdesk.server.shapes import PullAsk
from supportdesk.terms.entries import SCHEMA
from tests.server.hand import AT, Hand, fixed
from tests.server.test_exchange import anna, bruno, opened

__all__ = ["anna", "bruno"]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The places after which rows were read from the database."""
    cursors: list[int] = []

    def reading(conn, cursor, *rest):  # type: ignore[no-untyped-def]
        cursors.append(cursor)
        return rows.own_page(conn, cursor, *rest)

    for module in (pulling, newest):
        monkeypatch.setattr(module, "own_page", reading)
    return cursors


def _told(hand: Hand, exchange: Exchange, place: int, *, limit: int = 500) -> dict[str, Any]:
    ask = PullAsk(hand.epoch, {"own": place}, SCHEMA, None, limit, None, exchange.forgotten())
    return exchange.pull(hand.known(), ask)


def test_consoles_that_stand_at_the_same_place_get_a_page_that_was_read_once(
        exchange: Exchange, anna: Hand, bruno: Hand, made: list[int]) -> None:
    anna.push(opened(anna))
    place = exchange.head()
    anna.push(opened(anna, title="second"))

    def told(hand: Hand) -> dict[str, Any]:
        return exchange.pull(hand.known(), PullAsk(hand.epoch, {"own": place}, 1, None, 500))

    first = told(anna)
    assert told(bruno) == first == told(anna)
    assert made == [place]
    anna.push(opened(anna, title="third"))
    assert [msgspec.json.decode(row["doc"])["title"] for row in told(bruno)["rows"]] == ["third"]


def test_a_page_is_kept_for_a_moment_and_large_ones_are_not() -> None:
    now = 0.0
    pages = Pages(lambda: now)
    made: list[int] = []

    def page(rows: int) -> Page:
        made.append(rows)
        return Page({"rows": [None] * rows})

    pages.get("small", lambda: page(ROWS))
    pages.get("small", lambda: page(ROWS))
    assert made == [ROWS]
    now = FOR
    pages.get("small", lambda: page(ROWS))
    assert made == [ROWS] * 2
    for _time in range(2):
        pages.get("large", lambda: page(ROWS + 1))
    assert made[2:] == [ROWS + 1] * 2
    for each in range(KEPT + 1):
        pages.get(each, lambda: page(1))
    assert len(pages._pages) == KEPT


def _call(hand: Hand, name: str) -> None:
    assert hand.say("open_ticket", "ticket", fixed(name), "create", {"title": [None, name]})["r"] == "ok"


def test_what_is_new_is_read_once_for_consoles_at_whatever_places(
        exchange: Exchange, anna: Hand, bruno: Hand, made: list[int]) -> None:
    first = exchange.head()
    _told(anna, exchange, first)
    _call(anna, "one")
    second = exchange.head()
    _told(anna, exchange, first)
    _call(anna, "two")
    made.clear()
    behind = _told(bruno, exchange, first)
    assert made == [second]  # what came since somebody looked last
    near = _told(anna, exchange, second)
    assert made == [second]
    assert [row["id"] for row in behind["rows"]] == [fixed("one"), fixed("two")]
    assert (near["rows"], near["entries"]) == (behind["rows"][1:], behind["entries"][1:])


def test_the_newest_changes_are_those_the_database_tells(exchange: Exchange, anna: Hand, bruno: Hand) -> None:
    """A row that is written again stands once, at its newest place; another process reads what this one has at hand."""
    start = exchange.head()
    for name in ("one", "two"):
        _told(anna, exchange, start)
        _call(anna, name)
    _told(anna, exchange, start)
    anna.say("edit_ticket", "ticket", fixed("one"), "set", {"title": ["one", "again"]})
    other = Exchange(exchange.engine)
    for place in range(start, exchange.head() + 1):
        assert _told(bruno, exchange, place) == _told(bruno, other, place)
    assert [row["id"] for row in _told(bruno, exchange, start)["rows"]] == [fixed("two"), fixed("one")]


def test_who_was_erased_is_in_no_change_that_is_kept(exchange: Exchange, anna: Hand, bruno: Hand) -> None:
    person = fixed("person")
    start = exchange.head()
    _told(bruno, exchange, start)
    anna.say("edit_caller", "caller", person, "create", {"name": [None, "Anna Blatter"]})
    assert b"Blatter" in msgspec.json.encode(_told(bruno, exchange, start))
    assert anna.say("erase", "caller", person, "set", {"erased_at": [None, AT], "retired_at": [None, AT]})["r"] == "ok"
    assert b"Blatter" not in msgspec.json.encode(_told(bruno, exchange, start))
    assert b"Blatter" not in b"".join(bytes(raw) for _place, raw in exchange._newest._entries)


def test_no_more_is_kept_than_a_process_has_room_for(exchange: Exchange, anna: Hand,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    start = exchange.head()
    _told(anna, exchange, start)
    monkeypatch.setattr(newest, "KEPT", 3)
    for number in range(5):
        _call(anna, f"call {number}")
        _told(anna, exchange, exchange.head())
    kept = exchange._newest
    assert [place for place, _raw in kept._entries] == [exchange.head() - 2, exchange.head() - 1, exchange.head()]
    assert [row["seq"] for row in kept._rows.values()] == [place for place, _raw in kept._entries]
    assert kept._bytes == sum(len(memoryview(raw)) for _place, raw in kept._entries) + sum(
        len(memoryview(row["doc"])) for row in kept._rows.values())
    assert len(_told(anna, exchange, start)["rows"]) == 5  # from the database
