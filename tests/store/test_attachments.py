"""Attachments: content under its digest beside the database, whatever its name; never a path, never a program."""

import io
import os
import stat
from pathlib import Path

import pytest

from supportdesk.store import attachments, database
from supportdesk.terms.errors import Invalid, NotFound


@pytest.fixture
def db(tmp_path: Path) -> Path:
    database.create(tmp_path / "desk" / "desk.db")
    return tmp_path / "desk" / "desk.db"


def test_content_comes_back_exactly_and_the_same_content_is_stored_once(db: Path) -> None:
    stored = attachments.add(db, io.BytesIO(b"vpn.log\x00\xff" * 1000))
    assert attachments.add(db, io.BytesIO(b"vpn.log\x00\xff" * 1000)) == stored
    assert list(attachments.digests(db)) == [stored.digest]
    with attachments.opened(db, stored.digest) as stream:
        assert stream.read() == b"vpn.log\x00\xff" * 1000
    assert attachments.verify(db, stored.digest)


def test_content_that_was_altered_or_taken_away_is_noticed(db: Path) -> None:
    stored = attachments.add(db, io.BytesIO(b"proof"))
    place = attachments.file_of(db, stored.digest)
    place.write_bytes(b"Proof")
    assert not attachments.verify(db, stored.digest)
    place.unlink()
    assert not attachments.verify(db, stored.digest)
    with pytest.raises(NotFound), attachments.opened(db, stored.digest):
        pass


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 62 + "/.", "\x00" * 64, "a" * 65])
def test_nothing_but_a_digest_becomes_a_path(db: Path, digest: str) -> None:
    with pytest.raises(NotFound):
        attachments.file_of(db, digest)


def test_too_large_a_file_is_refused_and_leaves_nothing(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_SIZE", 10)
    with pytest.raises(Invalid, match="too large"):
        attachments.add(db, io.BytesIO(b"x" * 11))
    assert [p for p in attachments.files_folder(db).rglob("*") if p.is_file()] == []


def test_only_ordinary_files_are_attached(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for odd, error in ((pipe, Invalid), (tmp_path, Invalid), (tmp_path / "missing", NotFound)):
        with pytest.raises(error):
            attachments.open_file(odd)


@pytest.mark.parametrize("umask", [0o000, 0o022])
@pytest.mark.parametrize(("db_mode", "file", "folder"), [(0o600, 0o600, 0o700), (0o660, 0o660, 0o2770)])
def test_content_is_as_private_as_the_desk_and_never_executable(
    db: Path, umask: int, db_mode: int, file: int, folder: int
) -> None:
    db.chmod(db_mode)
    before = os.umask(umask)
    try:
        stored = attachments.add(db, io.BytesIO(b"#!/bin/sh\n"))
    finally:
        os.umask(before)
    place = attachments.file_of(db, stored.digest)
    assert stat.S_IMODE(place.stat().st_mode) == file
    assert {stat.S_IMODE(p.stat().st_mode) for p in (place.parent, place.parent.parent)} == {folder}
