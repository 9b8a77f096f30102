"""Every entity, field and verb stands in the tables of record and in the database; a new one cannot be forgotten."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from supportdesk.desk.fields import verb_name
from supportdesk.models import load_tables
from supportdesk.store import database
from supportdesk.store.types import from_db, from_wire, normal, to_db, to_wire
from supportdesk.terms.codes import Merge
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form, Scope
from supportdesk.terms.verbs import SAYABLE, STARTER_ROLES, VERBS

load_tables()

SHARED = {"pk", "id", "rev", "extra"}
DERIVED = {"ticket": {"number_tail", "lane", "wake_at", "due_at", "updated_at", "promise", "class_id", "due_point",
                      "weight"}}
PRIVATE = {"device", "promise_class", "unsettled", "entry", "image", "reference", "caller_key", "batch", "ticket_text",
           "article_text", "people_text", "sync_state", "sync_cursor", "image_scope", "refused", "erasure"}
"""Tables of one file, shared with nobody."""

NAMES_ANY_ROW = {("conflict", "row_id"), ("conflict", "entry_id")}
"""Ids as text: what they name is a row of whatever entity, or an entry."""

STORED_AS = {Form.TEXT: "TEXT", Form.INT: "INTEGER", Form.BOOL: "BOOLEAN", Form.REF: "BLOB", Form.INSTANT: "INTEGER",
             Form.JSON: "TEXT", Form.SET: "TEXT", Form.REFS: "TEXT"}
NAMES_OF_PEOPLE = ("name", "mail", "number", "login", "description", "text", "note", "remarks", "solution", "title")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Tables of a new file: column -> declared type."""
    path: Path = tmp_path_factory.mktemp("tables") / "new.db"
    database.create(path)
    with closing(sqlite3.connect(path)) as conn:
        return {
            table: {row[1]: row[2] for row in conn.execute(f"PRAGMA table_info({table})").fetchall()}
            for (table,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            if "_fts" not in table and not table.startswith("sqlite_")
        }


def test_every_table_is_an_entity_or_known_to_be_private(stored: dict[str, dict[str, str]]) -> None:
    assert set(stored) == set(ENTITIES) | PRIVATE
    assert set(SQLModel.metadata.tables) == set(stored)


@pytest.mark.parametrize("name", ENTITIES)
def test_every_field_is_a_column_of_the_right_type_and_every_column_a_field(
    stored: dict[str, dict[str, str]], name: str
) -> None:
    fields = {f.name: STORED_AS[f.form] for f in ENTITIES[name].fields}
    assert {c: t for c, t in stored[name].items() if c not in SHARED | DERIVED.get(name, set())} == fields
    assert set(stored[name]) >= SHARED
    assert set(SQLModel.metadata.tables[name].columns.keys()) == set(stored[name])


@pytest.mark.parametrize("name", ENTITIES)
def test_every_field_says_how_it_merges_who_has_it_and_whom_it_names(name: str) -> None:
    entity = ENTITIES[name]
    assert isinstance(entity.scope, Scope)
    assert len({f.name for f in entity.fields}) == len(entity.fields)
    for field in entity.fields:
        assert isinstance(field.merge, Merge)
        assert (field.merge is Merge.SET) is (field.form in (Form.SET, Form.REFS))
        assert (field.ref in ENTITIES) is (field.form in (Form.REF, Form.REFS))
        assert field.name.endswith("_id") is (field.form is Form.REF or (name, field.name) in NAMES_ANY_ROW)
    withdrawn, value = entity.withdrawn
    assert entity.field(withdrawn).form is (Form.INSTANT if value == "now" else Form.TEXT)


def test_what_may_name_or_quote_a_person_is_flagged_personal() -> None:
    people = {"caller", "contact", "ticket", "note"}
    unflagged = {
        f"{name}.{field.name}" for name in people for field in ENTITIES[name].fields
        if field.form is Form.TEXT and not field.personal
        and any(field.name == word or field.name.endswith(f"_{word}") for word in NAMES_OF_PEOPLE)
    }
    assert unflagged == {"ticket.number", "ticket.organisation_name", "ticket.component_name", "ticket.asset_name",
                         "contact.called_number"}


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_says_what_it_writes_who_may_say_it_and_whether_it_is_undone(name: str) -> None:
    verb = VERBS[name]
    assert verb.name == name
    assert verb.writes
    for entity, fields in verb.writes.items():
        assert set(fields) <= set(ENTITIES[entity].by_name)
    assert any(name in verbs for verbs in STARTER_ROLES.values()) is not verb.duty
    assert verb.undoable is (verb.why_not == "")
    assert verb.label
    assert verb_name(name)


def test_roles_are_sets_of_verbs_that_exist_and_an_admin_has_all_that_a_person_may_say() -> None:
    assert set().union(*STARTER_ROLES.values()) == set(SAYABLE) == set(STARTER_ROLES["admin"])


@pytest.mark.parametrize("form", Form)
def test_every_form_goes_to_the_database_and_the_wire_and_back(form: Form) -> None:
    from datetime import UTC, datetime
    from uuid import UUID

    value = {
        Form.TEXT: "é\x1b", Form.INT: 7, Form.BOOL: True, Form.REF: UUID(int=7), Form.JSON: {"a": [1]},
        Form.INSTANT: datetime(2026, 3, 29, 1, 30, 0, 5, tzinfo=UTC), Form.SET: ("a", "b"),
        Form.REFS: (UUID(int=1), UUID(int=2)),
    }[form]
    assert normal(form, value) == value
    for to, back in ((to_db, from_db), (to_wire, from_wire)):
        assert back(form, to(form, value)) == value
        assert to(form, None) is None
        assert back(form, None) is None
