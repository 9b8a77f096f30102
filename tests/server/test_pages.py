"""What many consoles ask for at once is put together once, and never longer than it is so."""

from typing import Any

import msgspec
import pytest

from supportdesk.server import pulling
from supportdesk.server.exchange import Exchange
from supportdesk.server.pages import FOR, KEPT, ROWS, Page, Pages
from supportdesk.server.shapes import PullAsk
from tests.server.hand import Hand
from tests.server.test_exchange import anna, bruno, opened

__all__ = ["anna", "bruno"]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The cursors of the pages that were read from the database."""
    cursors: list[int] = []
    inner = pulling._own_page

    def reading(conn, cursor, *rest):  # type: ignore[no-untyped-def]
        cursors.append(cursor)
        return inner(conn, cursor, *rest)

    monkeypatch.setattr(pulling, "_own_page", reading)
    return cursors


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
