"""What an entry keeps is written by pydantic's encoder; it has to be the text the storage forms define."""

from datetime import UTC
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from supportdesk.store import rows
from supportdesk.store.types import dumps, to_wire
from supportdesk.terms.tables import Form

VALUES: dict[Form, st.SearchStrategy[Any]] = {
    Form.REF: st.uuids(),
    Form.INSTANT: st.datetimes(timezones=st.just(UTC)),
    Form.TEXT: st.text(st.characters(exclude_categories=("Cs",))),
    Form.REFS: st.lists(st.uuids(), unique=True).map(tuple),
}
ENTITY = "contact"
FIELDS = {Form.REF: "caller_id", Form.INSTANT: "started_at", Form.TEXT: "caller_name", Form.REFS: "tickets"}


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda form: st.tuples(st.just(form), VALUES[form])))
def test_an_entry_keeps_the_text_that_the_storage_forms_define(drawn: tuple[Form, Any]) -> None:
    form, value = drawn
    written = rows.wire_text(rows.wired(ENTITY, {FIELDS[form]: value}))
    assert written == dumps({FIELDS[form]: to_wire(form, value)})
