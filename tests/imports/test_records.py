"""R17: callers, organisations, assets and articles come in from tables; what we export comes back the same."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from supportdesk.desk.desk import Desk
from supportdesk.desk.exports import FORMATS, KINDS, export
from supportdesk.desk.imports import ImportReport
from supportdesk.desk.records import import_articles, import_records
from supportdesk.store import database
from supportdesk.store.journal import Journal
from supportdesk.terms.codes import EntryKind
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Invalid
from tests.fixtures.make import fill
from tests.hostile import CORPUS
from tests.journal import desks


def _put(tmp_path: Path, text: str, name: str = "file.csv") -> Path:
    (tmp_path / name).write_text(text, "utf-8", newline="")
    return tmp_path / name


def _rows(desk: Desk, sql: str) -> list[tuple[object, ...]]:
    return desk.reader.execute(sql).fetchall()


CALLERS = """Full name,organisation,phone,mail,vip
Monique Perret,Alpina,079 123 45 67; 021 555 01 00,m.perret@example.org,yes
Martin Müller,Kern AG,,,no
Martin Müller,Kern AG,044 555 01 02,,
"""


def test_callers_come_in_with_numbers_and_organisations_and_people_of_one_name_stay_two(
    desk: Desk, tmp_path: Path
) -> None:
    report = import_records(desk, "caller", _put(tmp_path, CALLERS), columns={"Full name": "name"})
    assert (report.rows, report.records, report.refused) == (3, 3, [])
    assert _rows(desk, "SELECT name FROM organisation ORDER BY pk") == [("Alpina",), ("Kern AG",)]
    assert _rows(
        desk, "SELECT c.name, o.name, json_extract(numbers, '$[0].e164'), json_array_length(numbers), vip "
              "FROM caller c JOIN organisation o ON o.id = c.organisation_id ORDER BY c.pk"
    ) == [("Monique Perret", "Alpina", "+41791234567", 2, 1), ("Martin Müller", "Kern AG", None, None, 0),
          ("Martin Müller", "Kern AG", "+41445550102", 1, None)]


def test_who_is_known_is_corrected_not_doubled(desk: Desk, tmp_path: Path) -> None:
    import_records(desk, "caller", _put(tmp_path, CALLERS), columns={"Full name": "name"})
    again = _put(tmp_path, "name,mail,language\nMonique Perret-Roch,m.perret@example.org,fr\n", "again.csv")
    assert import_records(desk, "caller", again).records == 1
    assert _rows(desk, "SELECT name, language FROM caller WHERE mail IS NOT NULL") == [("Monique Perret-Roch", "fr")]
    desk.journal.undo(desk.who)
    assert _rows(desk, "SELECT name, language, retired_at FROM caller WHERE mail IS NOT NULL") == [
        ("Monique Perret", None, None)
    ]


REFUSED = {
    "an unknown column": ("name,hobby\nA,golf\n", 2, "no field hobby"),
    "no name": ("name,mail\n,x@example.org\n", 2, "name is needed"),
    "no truth": ("name,vip\nA,perhaps\n", 2, "vip: perhaps"),
    "no id": ("name,id\nA,12\n", 2, "id: 12"),
    "the same mail twice": ("name,mail\nA,x@example.org\nB,x@example.org\n", 3, "twice"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_rows_that_cannot_be_used_are_listed_and_nothing_comes_in(desk: Desk, tmp_path: Path, what: str) -> None:
    text, line, reason = REFUSED[what]
    report = import_records(desk, "caller", _put(tmp_path, text))
    assert [(r.line, reason in r.reason) for r in report.refused] == [(line, True)]
    assert (report.batch, _rows(desk, "SELECT count(*) FROM caller")) == (None, [(0,)])


def test_assets_are_known_by_their_sticker(desk: Desk, tmp_path: Path) -> None:
    import_records(desk, "asset", _put(tmp_path, "inventory,host,room,organisation\nPC-1,pc1,12,Alpina\n"))
    import_records(desk, "asset", _put(tmp_path, "inventory,room\nPC-1,14\nPC-2,15\n", "b.csv"))
    assert _rows(desk, "SELECT inventory, host, room FROM asset ORDER BY inventory") == [
        ("PC-1", "pc1", "14"), ("PC-2", None, "15")
    ]


ARTICLE = '''+++
slug = "{slug}"
lang = "fr"
title = "VPN"
issue = "le vpn coupe"
keywords = ["vpn"]
products = []
components = []
audience = "internal"
identity = ""
+++
## Étapes
1. Redémarrer
'''


def test_a_folder_of_articles_comes_in_and_a_wrong_one_is_named(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "kb" / "fr"
    folder.mkdir(parents=True)
    for slug in ("vpn", "fax"):
        (folder / f"{slug}.md").write_text(ARTICLE.format(slug=slug), "utf-8")
    assert import_articles(desk, folder.parent).records == 2
    assert _rows(desk, "SELECT slug, state, identity FROM article ORDER BY slug") == [
        ("fax", "published", None), ("vpn", "published", None)
    ]
    assert _rows(desk, "SELECT count(*) FROM article_fts WHERE article_fts MATCH 'coupe'") == [(2,)]
    (folder / "fax.md").write_text(ARTICLE.format(slug="Fax!"), "utf-8")
    (refused,) = import_articles(desk, folder.parent).refused
    assert (refused.line, "fax.md" in refused.reason) == (2, True)
    (folder / "fax.md").write_text(ARTICLE.format(slug="fax").replace("Redémarrer", "Attendre"), "utf-8")
    assert import_articles(desk, folder.parent).records == 1
    assert _rows(desk, "SELECT count(*) FROM article") == [(2,)]


def test_what_cannot_be_imported_or_exported_is_said(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no articles"):
        import_articles(desk, tmp_path)
    with pytest.raises(Invalid, match="cannot be imported"):
        import_records(desk, "agent", _put(tmp_path, "login\nx\n"))
    with pytest.raises(Invalid, match="cannot be exported"):
        list(export(desk, "secrets", "csv"))
    with pytest.raises(Invalid, match="csv, json"):
        list(export(desk, "tickets", "xml"))


WRITTEN = [h.text for h in CORPUS if h.storable and 0 < len(h.text) < 20_000]


@pytest.fixture(scope="session")
def prepared_hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tickets as in the fixtures, and every string of the corpus in a title, a name, a note and an article."""
    path = desks.make(tmp_path_factory.mktemp("hostile") / "desk.db")
    journal = Journal(path, clock=desks.Clock())
    for n in range(6):
        fill(journal, n)
    texts = [*WRITTEN, "=1+1", "+41", "-1", "@x", "'=1", "a;b", '["x"]', "true", "1"]
    with journal.bulk():
        for text in texts:
            ticket = desks.ticket(journal, text, caller_name=text, tags=(text, "x;y"))
            with journal.action("note", desks.who()) as act:
                act.create("note", {"ticket_id": ticket, "text": text, "audience": "caller", "at": act.at})
            with journal.action("edit_caller", desks.who()) as act:
                act.create("caller", {"name": text, "numbers": [{"text": text, "e164": None}]})
            with journal.action("write_article", desks.who()) as act:
                act.create("article", {"slug": f"a{ticket.hex}", "lang": "fr", "title": text, "body": text,
                                       "keywords": (text,), "state": "published"})
    journal.close()
    return path


@pytest.fixture
def hostile(prepared_hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: "ana")
    (tmp_path / "hostile").mkdir()
    desk = Desk(desks.copy(prepared_hostile, tmp_path / "hostile" / "desk.db"), clock=desks.Clock())
    yield desk
    desk.close()


def _exported(desk: Desk, kind: str, form: str) -> str:
    return "".join(export(desk, kind, form))


@pytest.mark.parametrize("form", FORMATS)
def test_our_own_export_comes_back_the_same_into_an_empty_desk(hostile: Desk, tmp_path: Path, form: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    empty = Desk(desks.make(other / "desk.db"))
    for kind in ("organisations", "callers", "assets", "articles", "tickets", "contacts", "notes"):
        entity = kind.removesuffix("s")
        file = _put(tmp_path, _exported(hostile, kind, form), f"{kind}.{form}")
        report = import_records(empty, entity, file)
        assert report.refused == []
        fields = ", ".join(("id", *(f.name for f in ENTITIES[entity].fields)))
        sql = f"SELECT {fields} FROM {entity} ORDER BY id"
        assert _rows(empty, sql) == _rows(hostile, sql)
    empty.close()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_our_own_export_changes_nothing_where_it_came_from(hostile: Desk, tmp_path: Path, kind: str, form: str) -> None:
    before = _rows(hostile, "SELECT max(pk) FROM entry")
    file = _put(tmp_path, _exported(hostile, kind, form), f"x.{form}")
    report = import_records(hostile, kind.removesuffix("s"), file)
    assert (report.refused, report.steps, report.batch) == ([], 0, None)
    assert _rows(hostile, "SELECT max(pk) FROM entry") == before


@pytest.mark.parametrize("kind", KINDS)
def test_no_exported_cell_is_a_formula_and_names_stand_beside_ids(hostile: Desk, kind: str) -> None:
    rows = list(csv.DictReader(io.StringIO(_exported(hostile, kind, "csv"), newline="")))
    assert len(rows) == _rows(hostile, f"SELECT count(*) FROM {kind.removesuffix('s')}")[0][0]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t\r")]
    if kind == "tickets":
        assert {(row["team"], row["contact_owner"]) for row in rows} == {("hotline", "ana")}


def test_an_export_is_a_bare_array_and_hostile_text_is_exact(hostile: Desk) -> None:
    assert _exported(hostile, "assets", "json")[:2] == "[\n"
    titles = {row["title"] for row in json.loads(_exported(hostile, "tickets", "json"))}
    assert set(WRITTEN) <= titles


def test_an_export_of_nothing_is_an_empty_array(desk: Desk) -> None:
    assert _exported(desk, "tickets", "json") == "[]\n"


def test_records_brought_in_are_entries_of_nobodys_work(desk: Desk, tmp_path: Path) -> None:
    report: ImportReport = import_records(desk, "organisation", _put(tmp_path, "name\nAlpina\n"))
    assert report.batch is not None
    assert _rows(desk, "SELECT verb, agent, author_text, kind, batch FROM entry ORDER BY pk DESC LIMIT 1") == [
        ("import_records", None, "ana", EntryKind.CREATE, report.batch.bytes)
    ]
    assert database.version(desk.reader) == database.VERSION
