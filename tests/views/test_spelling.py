"""What is found as it is typed, however it was spelled: ß, ligatures, soft hyphens (folding is the index's work)."""

from __future__ import annotations

import pytest

from supportdesk.desk import articles
from supportdesk.store.views import articles as view
from supportdesk.store.views import find, queue
from supportdesk.store.views.queue import View
from tests.views.conftest import NOW_US, Bench

SPELLINGS = [
    ("Große Straße", "grosse strasse"),
    ("grosse Strasse", "Große STRAẞE"),
    ("Main-d’œuvre", "main d'oeuvre"),
    ("Smørrebrød", "smorrebrod"),
    ("Ein\u00adwahl", "Einwahl"),
    ("e\u0301cran", "écran"),
    ("ﬁchier", "fichier"),
]


@pytest.mark.parametrize(("written", "typed"), SPELLINGS)
def test_a_ticket_is_found_as_typed(bench: Bench, written: str, typed: str) -> None:
    bench.ticket(written)
    bench.ticket("Something else")
    reader = bench.desk.reader
    shown = queue.snapshot(reader, View.TEAM, bench.desk.agent, NOW_US).pks
    for question in (written, typed):
        assert [line.title for line in queue.page(reader, find.find(reader, question, shown, shown).here)] == [written]


@pytest.mark.parametrize(("written", "typed"), SPELLINGS)
def test_an_article_is_found_as_typed(bench: Bench, written: str, typed: str) -> None:
    articles.write(bench.desk, {"slug": "one", "lang": "de", "title": written, "body": "x"})
    for question in (written, typed):
        assert [line.slug for line in view.search(bench.desk.reader, question, "de")] == ["one"]
