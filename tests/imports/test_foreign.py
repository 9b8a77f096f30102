"""R17, R18: files of other tools are read in bounded memory; what cannot be read is refused with the line."""

import codecs
import csv
import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.store import foreign
from supportdesk.store.foreign import Format, Unreadable, guarded, rows_of, unguarded
from supportdesk.terms.errors import Invalid
from tests.hostile import CORPUS


def _read(tmp_path: Path, data: bytes, form: Format = Format()) -> list[tuple[int, dict[str, Any] | str]]:  # noqa: B008
    (tmp_path / "file").write_bytes(data)
    return [(row.line, row.problem or row.cells) for row in rows_of(tmp_path / "file", form)]


ROWS = [{"a": "1", "b": "é\n« two » \"lines\""}, {"a": "", "b": "\\"}, {"a": "]}", "b": "[{"}]
LIST = json.dumps(ROWS, ensure_ascii=False)
WRITTEN = {
    "csv": 'a,b\n1,"é\n« two » ""lines"""\n,\\\n]},[{\n',
    "csv with CR LF": 'a,b\r\n1,"é\n« two » ""lines"""\r\n,\\\r\n]},[{',
    "json list in one line": LIST,
    "json list over many lines": json.dumps(ROWS, indent=3),
    "json lines": "\n\n".join(json.dumps(row) for row in ROWS),
    "json lines with a comma": ",\n".join(json.dumps(row) for row in ROWS),
}


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("pack", ["plain", "gz"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_way_of_writing_gives_the_same_rows(tmp_path: Path, how: str, pack: str, encoding: str) -> None:
    data = WRITTEN[how].encode(encoding)
    form = Format("csv" if how.startswith("csv") else "json", "utf-8" if encoding == "utf-8-sig" else encoding)
    found = _read(tmp_path, gzip.compress(data) if pack == "gz" else data, form)
    assert [cells for _line, cells in found] == ROWS


@pytest.mark.parametrize("how", WRITTEN)
def test_the_kind_is_seen_from_the_file_and_lines_are_those_of_the_file(tmp_path: Path, how: str) -> None:
    found = _read(tmp_path, WRITTEN[how].encode())
    assert [cells for _line, cells in found] == ROWS
    expected = {"csv": [2, 4, 5], "csv with CR LF": [2, 4, 5], "json list in one line": [1, 1, 1],
                "json list over many lines": [2, 6, 10], "json lines": [1, 3, 5], "json lines with a comma": [1, 2, 3]}
    assert [line for line, _cells in found] == expected[how]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_where_the_pieces_are_cut_does_not_matter(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "_CHUNK", size)
    rows = [{"a": '\\"{[' * n, "b": [{"c": "\\" * n}]} for n in range(4)]
    assert [c for _line, c in _read(tmp_path, json.dumps(rows, indent=1).encode(), Format("json"))] == rows


BAD: dict[str, tuple[bytes, int, str]] = {
    "cp1252": ("a,b\n1,2\n1,M\xfcller\n".encode("cp1252"), 3, "not UTF-8"),
    "cp1252 json": ('[{"a": 1},\n{"a": "M\xfcller"}]'.encode("cp1252"), 2, "not UTF-8"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), 1, "UTF-16"),
    "UTF-16 json": ('[{"a": 1}]'.encode("utf-16"), 1, "UTF-16"),
    "UTF-16 without mark": ("é,b\n".encode("utf-16-be"), 1, "not UTF-8"),
    "a quote never closed": (b'a,b\n1,2\n1,"2\n' + b"x,y\n" * 400_000, 3, "CSV"),
    "text after a quote": (b'a,b\n"1"2,3\n', 2, "CSV"),
    "an endless line": (b"a,b\n1,2\n" + b"x" * 2_000_000, 3, "longer than"),
    "an endless header": (b"x" * 2_000_000, 1, "longer than"),
    "an endless object": (b'[{"a": 1},\n{"a": "' + b"x" * 2_000_000 + b'"}]', 2, "longer than"),
    "an endless object over lines": (b'{"a": [\n' + b"1,\n" * 700_000 + b"1]}", 1, "longer than"),
    "deep nesting": (b'[{"a": 1},\n{"a": ' + b"[" * 1_000_000, 2, "nested deeper"),
    "deep objects": (b'{"a":' * 1_000_000, 1, "nested deeper"),
    "two columns of one name": (b"a,b,a\n1,2,3\n", 1, "twice"),
    "no list of objects": (b"[1, 2]", 1, "expected"),
    "a word": (b'[{"a": 1}, oops]', 1, "expected"),
    "a string": (b'["a"]', 1, "expected"),
    "not a number": (b'[{"a": NaN}]', 1, "JSON"),
    "broken json": (b'[{"a": 1},\n\n{"a" 1}]', 3, "JSON"),
    "cut off": (b'[{"a": 1},\n{"a": "', 2, "ends in the middle"),
    "empty": (b"", 1, "empty"),
    "damaged gz": (gzip.compress(b"a,b\n" + b"1,2\n" * 9)[:-9], 1, "damaged"),
}


@pytest.mark.parametrize("how", BAD)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, how: str) -> None:
    data, line, reason = BAD[how]
    with pytest.raises(Unreadable, match=reason) as refused:
        _read(tmp_path, data)
    if how != "damaged gz":
        assert refused.value.line == line


def test_a_packed_giant_takes_little_memory(tmp_path: Path) -> None:
    giant = tmp_path / "file"
    with gzip.open(giant, "wb", compresslevel=1) as out:
        out.write(b"a,b\n")
        for _n in range(200):
            out.write(b"x" * 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match="longer than"):
            list(rows_of(giant))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_row_of_another_width_is_that_rows_problem_only(tmp_path: Path) -> None:
    assert _read(tmp_path, b"a,b\n1,2,3\n\n4,5\n") == [(2, "3 cells, 2 are expected."), (4, {"a": "4", "b": "5"})]


def test_files_that_are_not_there_or_odd_are_named(tmp_path: Path) -> None:
    for odd in (tmp_path / "missing", tmp_path):
        with pytest.raises(Invalid, match="There is no file"):
            list(rows_of(odd))
    with pytest.raises(Invalid, match="no encoding"):
        _read(tmp_path, b"a\n1\n", Format(encoding="klingon"))


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "'=1", "''", "'+41 79", "=", "-",
            "'@"]


@pytest.mark.parametrize("cell", [*FORMULAS, "", "'", "plain", "a=b", "d'accord", "'quoted'"])
def test_no_cell_is_live_in_a_spreadsheet_and_each_comes_back(cell: str) -> None:
    assert guarded(cell)[:1] not in set("=+-@\t\r")
    assert unguarded(guarded(cell)) == cell


@given(st.text())
def test_guarding_is_undone_for_any_text(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell


def test_hostile_strings_pass_through_a_file_unchanged(tmp_path: Path) -> None:
    texts = [h.text for h in CORPUS if h.storable]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["a"], *([guarded(t)] for t in texts)])
    found = _read(tmp_path, out.getvalue().encode(), Format("csv", guarded=True))
    assert [cells["a"] for _line, cells in found if isinstance(cells, dict)] == texts
    found = _read(tmp_path, codecs.encode(json.dumps([{"a": t} for t in texts]), "utf-8"))
    assert [cells["a"] for _line, cells in found if isinstance(cells, dict)] == texts
