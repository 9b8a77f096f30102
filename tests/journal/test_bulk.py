"""Many actions in one transaction: what building the demo and undoing a bulk act stand on."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from supportdesk.store import database
from supportdesk.store.journal import Journal
from supportdesk.store.types import seeded_ids, uuid7
from supportdesk.terms.errors import NotFound

from . import desks
from .desks import NOW, Clock, who


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(desks.make(tmp_path / "desk.db"), clock=Clock())) as opened:
        yield opened


def _titles(path: Path) -> list[str]:
    """As another connection sees them."""
    with closing(database.connect(path, reading=True)) as conn:
        return [title for (title,) in conn.execute("SELECT title FROM ticket ORDER BY pk")]


def _found(journal: Journal, word: str, table: str = "ticket_fts") -> int:
    return int(journal.conn.execute(f"SELECT count(*) FROM {table} WHERE {table} MATCH ?", (word,)).fetchone()[0])


def test_nobody_sees_a_bulk_before_it_is_whole(journal):
    with journal.bulk():
        desks.ticket(journal, "one")
        desks.ticket(journal, "two")
        assert _titles(journal.path) == []
    assert _titles(journal.path) == ["one", "two"]


def test_a_bulk_that_breaks_leaves_nothing(journal):
    def breaks() -> None:
        with journal.bulk():
            desks.ticket(journal, "one")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaks()
    assert _titles(journal.path) == []
    desks.ticket(journal, "afterwards")
    assert _titles(journal.path) == ["afterwards"]


def test_an_action_refused_inside_takes_back_only_itself(journal):
    def refused() -> None:
        with journal.action("open_ticket", who()) as act:
            act.create("ticket", {"title": "half"})
            act.get("ticket", uuid7())

    with journal.bulk():
        desks.ticket(journal, "before")
        with pytest.raises(NotFound):
            refused()
        desks.ticket(journal, "after")
    assert _titles(journal.path) == ["before", "after"]


def test_a_bulk_inside_another_is_part_of_it(journal):
    def breaks() -> None:
        with journal.bulk():
            with journal.bulk():
                desks.ticket(journal, "inner")
            desks.ticket(journal, "outer")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaks()
    assert _titles(journal.path) == []


def test_what_a_bulk_wrote_is_found_by_its_last_words(journal):
    with journal.bulk():
        id = desks.ticket(journal, "printer")
        with journal.action("edit_ticket", who()) as act:
            act.set("ticket", id, {"title": "fibre", "description": "cut"})
    assert (_found(journal, "fibre"), _found(journal, "fibre", "open_fts")) == (1, 1)
    assert _found(journal, "printer") == 0


def test_the_same_seed_gives_the_same_ids_and_without_it_never_twice():
    def drawn(seed: int) -> list[UUID]:
        with seeded_ids(Random(seed), lambda: NOW):
            return [uuid7() for _each in range(50)]

    assert drawn(1) == drawn(1)
    assert not set(drawn(1)) & set(drawn(2))
    assert {(id.version, id.variant) for id in drawn(1)} == {(7, "specified in RFC 4122")}
    assert uuid7() not in drawn(1)
