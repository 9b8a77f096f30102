"""Files other tools wrote: CSV, JSON lists and JSON lines, plain or .gz, read row by row in bounded memory.

Nothing in a file decides how much memory is taken: a line, a cell and an object have a longest size, nesting
has a depth, a packed file is read as a stream (field/trust.md R18). What cannot be read is refused with the line.
"""

import codecs
import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.terms.errors import Invalid

LONGEST = 1024 * 1024
"""Bytes of one line and of one JSON object, characters of one cell."""

DEEPEST = 50
"""JSON inside JSON."""

MOST_COLUMNS = 1_000
FORMATS = ("csv", "json")
_GZIP = b"\x1f\x8b"
_WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF8_MARK = codecs.BOM_UTF8
_CHUNK = 64 * 1024
_LIVE = "'=+-@\t\r"
"""A cell that begins so is a formula to a spreadsheet (or our own mark against it)."""


class Unreadable(Invalid):
    """The file, from ``line`` on (1 is the first), cannot be read at all."""

    code = "unreadable"

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(_("Line {line}: {reason}").format(line=line, reason=reason), field="file")
        self.line = line


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row: the line it begins on, and its cells by column. ``problem`` is set instead when it cannot be used."""

    line: int
    cells: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written. ``kind`` csv, json or "" (seen from the file); ``guarded``: cells carry our own mark
    against formulas (see :func:`guarded`)."""

    kind: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    guarded: bool = False


def guarded(cell: str) -> str:
    """A CSV cell that no spreadsheet takes for a formula; :func:`unguarded` gives back what it was (R17)."""
    return f"'{cell}" if cell[:1] in _LIVE and cell else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _LIVE and len(cell) > 1 else cell


def rows_of(path: Path, form: Format = Format()) -> Iterator[FileRow]:
    """The rows of a file. Raises Unreadable with the line, Invalid when there is no such file."""
    with _opened(path) as stream:
        kind = form.kind or _kind_of(stream)
        yield from (_csv_rows(stream, form) if kind == "csv" else _json_rows(stream, form))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        if not path.is_file():
            raise Invalid(_("There is no file {path}.").format(path=safe(str(path))), field="file", code="missing")
        with path.open("rb") as plain:
            packed = plain.peek(2)[:2] == _GZIP
            if not packed:
                yield plain
                return
            with gzip.GzipFile(fileobj=plain) as stream:
                yield stream  # type: ignore[misc]
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise Unreadable(1, _("the packed file is damaged.")) from None
        raise Invalid(
            _("{path} cannot be read: {reason}.").format(path=safe(str(path)), reason=error.strerror), field="file"
        ) from None


def _kind_of(stream: Any) -> str:
    """csv or json, by the first sign that is not a space."""
    try:
        start = stream.peek(64)[:64]
    except (EOFError, zlib.error):
        return "csv"  # reading it says what is wrong
    return "json" if start.removeprefix(_UTF8_MARK).lstrip()[:1] in (b"[", b"{") else "csv"


class _Text:
    """The text of a stream, decoded strictly; ``line`` is the one being read."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.line = 1
        self._stream = stream
        try:
            self._name = codecs.lookup(encoding).name
        except LookupError:
            raise Invalid(_("There is no encoding {name}.").format(name=safe(encoding)), field="encoding") from None
        self._decoder = codecs.getincrementaldecoder(self._name)("strict")
        self._begun = False

    def lines(self) -> Iterator[str]:
        """Line by line with their ends, none longer than LONGEST."""
        if self._name.startswith(("utf-16", "utf-32")):
            yield from self._lines_of_chunks()
            return
        while raw := self._read(lambda: self._stream.readline(LONGEST + 1)):
            if len(raw) > LONGEST:
                raise self._too_long()
            yield self._decoded(raw)
            self.line += 1

    def chunks(self) -> Iterator[str]:
        """Piece by piece, of no certain length; whoever reads them counts ``line``."""
        while raw := self._read(lambda: self._stream.read(_CHUNK)):
            yield self._decoded(raw)
        yield self._decoded(b"", final=True)

    def _lines_of_chunks(self) -> Iterator[str]:
        rest = ""
        for chunk in self.chunks():
            *lines, rest = (rest + chunk).split("\n")
            for line in lines:
                yield f"{line}\n"
                self.line += 1
            if len(rest) > LONGEST:
                raise self._too_long()
        if rest:
            yield rest

    def _read(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise Unreadable(self.line, _("the packed file is damaged.")) from None

    def _decoded(self, raw: bytes, final: bool = False) -> str:
        first, self._begun = not self._begun, True
        if first and self._name == "utf-8" and raw.startswith(_WIDE_MARKS):
            raise Unreadable(1, _("the file is UTF-16 or UTF-32. Save it as UTF-8, or name its encoding in the "
                                  "mapping."))
        try:
            text = self._decoder.decode(raw, final)
        except UnicodeDecodeError as error:
            raise Unreadable(
                self.line + error.object[: error.start].count(b"\n"),
                _("this is not {encoding} text (byte {byte}). Save it as UTF-8, or name its encoding in the mapping.")
                .format(encoding=self._name.upper(), byte=f"0x{error.object[error.start]:02x}"),
            ) from None
        return text.removeprefix("\ufeff") if first else text

    def _too_long(self) -> Unreadable:
        return Unreadable(self.line, _("the line is longer than {limit} kB.").format(limit=LONGEST // 1024))


# CSV


def _csv_rows(stream: BinaryIO, form: Format) -> Iterator[FileRow]:
    text = _Text(stream, form.encoding)
    csv.field_size_limit(LONGEST)
    reader = csv.reader(text.lines(), delimiter=form.delimiter, strict=True)
    columns: list[str] = []
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise Unreadable(begins, _("this is no sound CSV ({reason}).").format(reason=safe(str(error)))) from None
        if form.guarded:
            cells = [unguarded(cell) for cell in cells]
        if not columns:
            columns = _header(cells, begins)
        elif not cells:
            continue
        elif len(cells) != len(columns):
            yield FileRow(begins, {}, _("{found} cells, {expected} are expected.").format(
                found=len(cells), expected=len(columns)))
        else:
            yield FileRow(begins, dict(zip(columns, cells, strict=True)))
    if not columns:
        raise Unreadable(1, _("the file is empty."))


def _header(cells: list[str], line: int) -> list[str]:
    names = [cell.strip() for cell in cells]
    if len(names) > MOST_COLUMNS:
        raise Unreadable(line, _("more than {limit} columns.").format(limit=MOST_COLUMNS))
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise Unreadable(line, _("column {name} stands there twice.").format(name=safe(doubled[0])))
    return names


# JSON

_SIGNS = re.compile(r'["\\{}\[\]]')
_BETWEEN = " \t\r\n,"


def _json_rows(stream: BinaryIO, form: Format) -> Iterator[FileRow]:
    for line, text in _objects(_Text(stream, form.encoding)):
        try:
            value = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", None) or _("it cannot be read")
            raise Unreadable(line, _("this is no sound JSON ({reason}).").format(reason=safe(str(reason)))) from None
        yield FileRow(line, value)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _objects(text: _Text) -> Iterator[tuple[int, str]]:
    """Each object's text and first line: of one list, however it is laid out, or one after the other."""
    depth, line, begins = 0, 1, 1
    quoted = listed = False
    skip = -1  # place of a sign that a backslash before it takes the meaning from
    parts: list[str] = []
    size = 0
    for chunk in text.chunks():
        start = counted = 0
        for sign in _SIGNS.finditer(chunk):
            at, what = sign.start(), sign.group()
            if at == skip:
                continue
            if quoted:
                skip = at + 1 if what == "\\" else -1
                quoted = what != '"'
                continue
            if depth == 0:
                line, counted = line + chunk.count("\n", counted, at), at
                _only_between(chunk[start:at], line)
                start = at
                if what == "[" and not listed:
                    listed, start = True, at + 1
                    continue
                if what == "]" and listed:
                    start = at + 1
                    continue
                if what != "{":
                    raise _expected(line)
                begins = line
            if what == '"':
                quoted = True
            elif what in "{[":
                depth += 1
                if depth > DEEPEST:
                    raise Unreadable(line + chunk.count("\n", counted, at),
                                     _("JSON nested deeper than {limit}.").format(limit=DEEPEST))
            elif what in "}]":
                depth -= 1
                if depth == 0:
                    parts.append(chunk[start : at + 1])
                    _short_enough(size + at + 1 - start, begins)
                    yield begins, "".join(parts)
                    parts, size, start = [], 0, at + 1
        if depth:
            parts.append(chunk[start:])
            size += len(chunk) - start
            _short_enough(size, begins)
        else:
            _only_between(chunk[start:], line)
        line += chunk.count("\n", counted)
        text.line = line
        skip = skip - len(chunk) if skip >= len(chunk) else -1
    if depth or quoted:
        raise Unreadable(begins, _("the file ends in the middle."))


def _only_between(text: str, line: int) -> None:
    if text.strip(_BETWEEN):
        raise _expected(line)


def _short_enough(size: int, line: int) -> None:
    if size > LONGEST:
        raise Unreadable(line, _("the object is longer than {limit} kB.").format(limit=LONGEST // 1024))


def _expected(line: int) -> Unreadable:
    return Unreadable(line, _("a list of objects, or an object a line, is expected."))
