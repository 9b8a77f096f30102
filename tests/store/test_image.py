"""A row as it came on the wire goes to SQLite in one step; it has to be what the steps through Python make of it."""

from datetime import UTC
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from supportdesk.store import adopt, rows
from supportdesk.store.types import to_wire
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
VALUES: dict[Form, st.SearchStrategy[Any]] = {
    Form.REF: st.uuids(),
    Form.INSTANT: st.datetimes(timezones=st.just(UTC)),
    Form.BOOL: st.booleans(),
    Form.INT: st.integers(-(2**62), 2**62),
    Form.TEXT: TEXT,
    Form.JSON: st.lists(st.dictionaries(TEXT, TEXT | st.integers() | st.none(), max_size=2), max_size=2),
    Form.SET: st.lists(TEXT, max_size=3),
    Form.REFS: st.lists(st.uuids(), max_size=3),
}


@st.composite
def images(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    entity = ENTITIES[draw(st.sampled_from(sorted(ENTITIES)))]
    fields = draw(st.lists(st.sampled_from(entity.fields), unique=True))
    doc = {f.name: draw(st.none() | VALUES[f.form].map(lambda v, f=f: to_wire(f.form, v))) for f in fields}
    return entity.name, doc | draw(st.sampled_from([{}, {"of_a_newer_version": 7}]))


@given(images())
def test_an_image_is_stored_as_through_its_python_forms(drawn: tuple[str, dict[str, Any]]) -> None:
    entity, doc = drawn
    values, extra = adopt.read_values(entity, doc)
    shape = rows.shaped(entity, values)
    image = rows.Image(entity, doc)
    assert (image.stored, image.extra) == (shape.stored, extra)
    assert dict(image) == shape.row
    reading = rows._reading(entity, ())
    kept = [shape.stored.get(name) for name in reading.names]
    assert image.differing(rows.Present(reading, tuple(kept))) == []
    kept[-1] = "another"
    assert image.differing(rows.Present(reading, tuple(kept))) == [list(reading.names)[-1]]
