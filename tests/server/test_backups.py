"""``server backup`` beside the running server and ``server restore``, from and to either database."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from supportdesk.server import backups, putting_back, standing, tables
from supportdesk.server.exchange import Exchange
from supportdesk.server.place import Place
from supportdesk.server.shapes import Refused
from supportdesk.store.clock import utc_now
from supportdesk.terms.errors import Invalid, NotReady
from tests.server.hand import Hand, colleague, dump, first_admin, fixed
from tests.server.running import console, new_code, run, serving

KEPT = ("doc", "membership", "scope_sum", "entry", "device", "device_agent", "mark", "code", "device_scope",
        "code_scope", "window", "naming", "scope_entry")


def _worked(exchange: Exchange) -> tuple[Hand, Hand]:
    anna = first_admin(exchange)
    ben = colleague(exchange, anna, "ben")
    for hand in (anna, ben):
        hand.say("open_ticket", "ticket", fixed(f"ticket of {hand.login}"), "create", {"title": [None, "VPN"]})
    return anna, ben


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    folder = str(tmp_path / "restored")
    if request.param == "sqlite":
        return Place(folder)
    new_database: Callable[[], str] = request.getfixturevalue("new_database")
    return Place(folder, new_database())


def _open(place: Place) -> Exchange:
    return Exchange.open(place.database or place.folder)


def test_a_backup_of_either_database_restores_into_either_with_equal_rows(exchange: Exchange, empty: Place,
                                                                         tmp_path: Path) -> None:
    anna, _ben = _worked(exchange)
    made = exchange.backup(tmp_path / "backup.sdserver")
    assert (made.seq, made.entries, made.devices) == (4, 4, 2)
    assert exchange.status()["backup"] == {"seq": 4, "at": made.made_at}
    assert made.path.stat().st_mode & 0o777 == 0o600
    done = putting_back.restore(empty, made.path, utc_now())
    assert done.former is None
    restored = _open(empty)
    leave = ("epoch", "shared_seq", "proved_seq", "lease", "lease_prev")
    assert dump(restored, *KEPT, without=leave) == dump(exchange, *KEPT, without=leave)
    assert restored.status()["head"]["epoch"] == done.epoch != exchange.status()["head"]["epoch"]
    with pytest.raises(Refused) as refused:
        Hand(restored, anna.login, anna.device, anna.n, anna.lease, anna.epoch, anna.secret).pull()
    assert (refused.value.code, refused.value.more["epoch"]) == ("epoch", done.epoch)
    restored.close()


def test_what_was_there_is_kept_and_its_epochs_stay_known(empty: Place, tmp_path: Path) -> None:
    exchange = _open(empty)
    anna, _ben = _worked(exchange)
    made = exchange.backup(tmp_path / "backup.sdserver")
    exchange.close()
    epochs, former = {anna.epoch}, set()
    for _ in range(2):  # the same backup twice: consoles that met the first restored server belong to the second
        done = putting_back.restore(empty, made.path, utc_now())
        assert done.former is not None
        assert done.former.stat().st_mode & 0o777 == 0o600
        epochs.add(done.epoch)
        former.add(done.former)
    assert len(epochs) == 3
    assert len(former) == 2
    exchange = _open(empty)
    assert {epoch for epoch, _seq, _at in dump(exchange, "epoch")["epoch"]} == epochs
    exchange.close()


@pytest.mark.parametrize("spoil", [
    "DELETE FROM entry WHERE seq = 2", "UPDATE doc SET rev = rev + 1 WHERE rev > 0",
    "UPDATE head SET chain = '0000000000000000'", "DELETE FROM device", "DROP TABLE scope_sum",
])
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_changed(exchange: Exchange, tmp_path: Path,
                                                                      spoil: str) -> None:
    _worked(exchange)
    made = exchange.backup(tmp_path / "backup.sdserver")
    with closing(sqlite3.connect(made.path)) as conn, conn:
        conn.execute(spoil)
    with pytest.raises(Invalid, match="damaged"):
        putting_back.restore(Place(str(tmp_path / "other")), made.path, utc_now())
    assert not (tmp_path / "other" / "exchange.db").exists()


def test_a_backup_replaces_a_backup_and_nothing_else(exchange: Exchange, tmp_path: Path) -> None:
    target = tmp_path / "backup.sdserver"
    assert exchange.backup(target).digest == backups.prove(target).digest
    exchange.backup(target)
    target.write_text("somebody's letter")
    with pytest.raises(Invalid, match="left alone"):
        exchange.backup(target)
    assert target.read_text() == "somebody's letter"


def test_nothing_is_restored_under_a_running_server(empty: Place, tmp_path: Path) -> None:
    exchange = _open(empty)
    made = exchange.backup(tmp_path / "backup.sdserver")
    with standing.serving(empty), standing.serving(empty), pytest.raises(NotReady, match="Stop it"):
        putting_back.restore(empty, made.path, utc_now())
    exchange.close()


def _told(*arguments: str) -> dict[str, Any]:
    done = run("server", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_commands_beside_and_after_a_real_server(tmp_path: Path) -> None:
    data, file = tmp_path / "server", tmp_path / "backup.sdserver"
    with serving(data) as running, console(running.url, running.code) as ana:
        ana.push("Kern AG")
        made = _told("backup", str(file), "--data", str(data))
        ana.push("Zeller SA")
        assert _told("status", "--data", str(data))["backup"] == {"seq": made["seq"], "at": made["made_at"]}
        refused = run("server", "restore", str(file), "--data", str(data))
        assert refused.returncode == 3
        assert "Stop it" in refused.stderr
        assert running.end() == 0
    assert _told("migrate", "--data", str(data))["before"] == tables.VERSION
    done = _told("restore", str(file), "--data", str(data))
    assert Path(done["former"]).exists()
    with serving(data) as running, console(running.url, new_code(data), "ben") as ben:
        assert ben.organisations() == ["Kern AG"]


def test_an_old_servers_backup_is_brought_up_to_date_when_it_is_put_back(exchange: Exchange, tmp_path: Path) -> None:
    """As version 1 would have written it: without what later ones added."""
    _worked(exchange)
    made = exchange.backup(tmp_path / "new.sdserver")
    old = tmp_path / "old.sdserver"
    shutil.copy(made.path, old)
    with closing(sqlite3.connect(old)) as conn, conn:
        conn.execute("DROP INDEX doc_offered")
        conn.executescript("".join(f"DROP TABLE {table};" for table in (
            "epoch", "quarantine", "device_scope", "code_scope", "window", "naming", "scope_entry", "duty",
            "duty_lease", "erasure", "erased", "alembic_version")))
        for table, column in (("head", "key"), ("head", "backup_seq"), ("head", "backup_at"), ("head", "takes_all"),
                              ("device", "epoch"), ("device", "shared_seq"), ("device", "proved_seq"),
                              ("device", "wipe"), ("device", "origin"), ("device", "duty"),
                              ("head", "erasures"), ("device", "erased")):
            conn.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    place = Place(str(tmp_path / "restored"))
    putting_back.restore(place, old, utc_now())
    restored = _open(place)
    assert restored.head() == 4
    assert [restored.scopes(device.id) for device in restored.devices()] == [["own"], ["own"]]
    restored.close()
