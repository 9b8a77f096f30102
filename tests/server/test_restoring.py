"""What a restored server takes from its consoles, and what it does not; on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from supportdesk.server import putting_back, tables
from supportdesk.server.exchange import Exchange
from supportdesk.server.place import Place
from supportdesk.server.shapes import PullAsk, RecoverAsk, Refused, SurvivorIn, SurvivorsAsk
from supportdesk.store.clock import utc_now
from tests.server.hand import Hand, agent_id, colleague, drawn, first_admin, fixed

TICKET = fixed("ticket")


class Restored:
    """Anna and Ben worked on; the server was put back to before that. ``proof`` is what Ben was told last."""

    def __init__(self, exchange: Exchange, folder: Path) -> None:
        url = exchange.engine.url
        postgresql = exchange.engine.dialect.name == "postgresql"
        place = Place(str(Path(url.database or "").parent) if not postgresql else str(folder),
                      url.render_as_string(hide_password=False) if postgresql else "")
        self.anna = first_admin(exchange)
        self.ben = colleague(exchange, self.anna, "ben")
        self.anna.say("open_ticket", "ticket", TICKET, "create", {"title": [None, "VPN"], "status": [None, "new"]})
        self.shared = exchange.head()
        made = exchange.backup(folder / "backup.sdserver")
        self.anna.say("edit_ticket", "ticket", TICKET, "set", {"title": ["VPN", "VPN Geneva"]}, base=3)
        self.anna.say("note", "note", fixed("note"), "create",
                      {"ticket_id": [None, TICKET], "text": [None, "restarted"], "agent_id": [None, self.anna.me]})
        self.ben.pull()
        self.proof = exchange.status()["head"]["chain"]
        exchange.close()
        putting_back.restore(place, made.path, utc_now())
        self.exchange = Exchange.open(place.database or place.folder)
        self.anna.exchange = self.ben.exchange = self.exchange

    def recover(self, hand: Hand, **other: Any) -> dict[str, Any]:
        ask = {"epoch": hand.epoch, "lease": hand.lease, "schema": 1, "chain": self.proof,
               "seen": [[e["seq"], e["id"]] for e in self.ben.entries]} | other
        told = self.exchange.recover(hand.known(), msgspec.convert(ask, RecoverAsk))
        hand.epoch, hand.lease = told["epoch"], told["lease"]
        return told

    def offer(self, *rows: SurvivorIn) -> int:
        """Rows by Ben's console."""
        ask = SurvivorsAsk(self.ben.epoch, 1, list(rows))
        taken: int = self.exchange.survivors(self.ben.known(), ask)["taken"]
        return taken

    def row(self, id: str) -> SurvivorIn:
        entity, rev, doc = self.ben.rows[id]
        return SurvivorIn(entity, id, rev, doc)

    def doc(self, id: str) -> dict[str, Any]:
        with tables.reading(self.exchange.engine) as conn:
            text = conn.execute(select(tables.doc.c.doc).where(tables.doc.c.id == id)).scalar_one_or_none()
        found: dict[str, Any] = msgspec.json.decode(text) if text else {}
        return found


@pytest.fixture
def restored(exchange: Exchange, tmp_path: Path) -> Iterator[Restored]:
    made = Restored(exchange, tmp_path / "copies")
    yield made
    made.exchange.close()


def test_s14_rows_that_only_a_colleagues_console_has_come_back_as_entries_marked_so(restored: Restored,
                                                                                    tmp_path: Path) -> None:
    told = restored.recover(restored.ben)
    assert (told["shared"], told["whole"], told["survivors"]) == (restored.shared, False, True)
    assert restored.offer(*map(restored.row, restored.ben.rows)) == 2
    assert restored.doc(TICKET)["title"] == "VPN Geneva"
    assert restored.doc(fixed("note"))["text"] == "restarted"
    assert restored.offer(*map(restored.row, restored.ben.rows)) == 0, "offered twice, taken once"
    fresh = Hand(restored.exchange, "ben", device=fixed("new device")).enroll(
        restored.exchange.make_code(agents=["ben"])).pull()
    back = [e for e in fresh.entries if e["seq"] > restored.shared]
    assert [(e["verb"], e.get("agent"), e["author_text"]) for e in back] == [
        ("import_records", None, "desk of ben")] * 2
    assert all("restored from a backup" in e["reason"] for e in back)
    assert restored.exchange.backup(tmp_path / "again.sdserver").entries == restored.shared + 2, "proved as ever"


def test_s14_the_author_who_comes_later_finds_his_work_there_and_nothing_is_doubled(restored: Restored) -> None:
    restored.recover(restored.ben)
    restored.offer(*map(restored.row, restored.ben.rows))
    anna, lost = restored.anna, [e for e in restored.ben.entries if e["seq"] > restored.shared]
    told = restored.recover(anna)
    assert told["last_n"] == lost[0]["n"] - 1
    entries = [{k: v for k, v in e.items() if k not in ("device", "seq")} for e in lost]
    ask = anna.ask(entries)
    answer = restored.exchange.push(anna.known(), msgspec.structs.replace(ask, former=[e["seq"] for e in lost]))
    assert [result["r"] for result in answer["results"]] == ["ok", "ok"]
    fresh = Hand(restored.exchange, "ben", device=fixed("new device")).enroll(
        restored.exchange.make_code(agents=["ben"])).pull()
    assert fresh.of("conflict") == []
    assert [doc["title"] for doc in fresh.of("ticket")] == ["VPN Geneva"]
    assert len(fresh.of("note")) == 1


def test_what_somebody_wrote_since_is_not_overwritten_by_a_row_of_before(restored: Restored) -> None:
    anna = restored.anna
    anna.n = restored.recover(anna)["last_n"] + 1
    anna.say("edit_ticket", "ticket", TICKET, "set", {"title": ["VPN", "since then"]}, base=3,
             id=drawn("since then"), action=fixed("since then"))
    restored.recover(restored.ben)
    restored.offer(restored.row(TICKET))
    assert restored.doc(TICKET)["title"] == "since then"


def test_rights_never_come_back_from_a_console(restored: Restored) -> None:
    restored.recover(restored.ben)
    rev = restored.shared + 1
    restored.offer(
        SurvivorIn("agent", agent_id("ben"), rev, {"login": "ben", "roles": ["admin"]}),
        SurvivorIn("agent", agent_id("eve"), rev, {"login": "eve", "roles": ["admin"]}),
        SurvivorIn("role", fixed("role"), rev, {"slug": "agent", "verbs": ["administer"]}),
    )
    assert restored.doc(agent_id("ben"))["roles"] == ["agent"]
    assert restored.doc(agent_id("eve"))["roles"] == ["agent"]
    assert not restored.doc(fixed("role")).get("verbs")


@pytest.mark.parametrize("chain", [None, "ffffffffffffffff", "ffffffffffffffff.99.ffffffffffffffffffffffff"])
def test_who_shows_no_head_of_this_server_brings_no_rows(restored: Restored, chain: str | None) -> None:
    assert not restored.recover(restored.ben, chain=chain)["survivors"]
    with pytest.raises(Refused) as refused:
        restored.offer(restored.row(TICKET))
    assert (refused.value.status, refused.value.code) == (403, "proof")


@pytest.mark.parametrize("chain", ["ffffffffffffffff", None, ""])
def test_nobody_brings_rows_to_a_server_that_was_not_restored(exchange: Exchange, chain: str | None) -> None:
    anna = first_admin(exchange)
    ask = RecoverAsk(anna.epoch, anna.lease, 1, [], chain)
    if chain:
        with pytest.raises(Refused) as refused:
            exchange.recover(anna.known(), ask)
        assert refused.value.code == "unproven"
    else:
        exchange.recover(anna.known(), ask)
    with pytest.raises(Refused):
        exchange.survivors(anna.known(), SurvivorsAsk(
            anna.epoch, 1, [SurvivorIn("ticket", TICKET, 1, {"title": "made up"})]))


def test_rows_beyond_what_was_shown_and_rows_before_the_parting_are_left_alone(restored: Restored) -> None:
    restored.recover(restored.ben)
    made_up = {"title": "made up"}
    assert restored.offer(SurvivorIn("ticket", TICKET, 99, made_up), SurvivorIn("ticket", TICKET, 2, made_up),
                          SurvivorIn("ticket", "no id", 4, made_up), SurvivorIn("nothing", TICKET, 4, made_up)) == 0
    assert restored.doc(TICKET)["title"] == "VPN"


def test_before_it_is_taken_over_a_console_neither_pulls_nor_brings_rows(restored: Restored) -> None:
    with pytest.raises(Refused, match="restored"):
        restored.exchange.pull(restored.ben.known(), PullAsk(restored.ben.epoch, {"own": 0}, 1, restored.proof))
    with pytest.raises(Refused) as refused:
        restored.offer(restored.row(TICKET))
    assert refused.value.code == "epoch"


@pytest.mark.parametrize("recover", [False, True])
def test_s16_two_servers_restored_from_one_backup_are_two_until_an_admin_says_which(restored: Restored, tmp_path: Path,
                                                                                    recover: bool) -> None:
    ben = restored.ben
    restored.recover(ben)
    ben.say("open_ticket", "ticket", fixed("at the first"), "create", {"title": [None, "x"]})
    other = Place(str(tmp_path / "other"))
    putting_back.restore(other, tmp_path / "copies" / "backup.sdserver", utc_now(), recover=recover)
    twin = Exchange.open(other.folder)
    ask = PullAsk(ben.epoch, {"own": 0}, 1)
    with pytest.raises(Refused) as refused:
        twin.pull(twin.authenticate(ben.secret), ask)
    assert refused.value.code == ("epoch" if recover else "other_server")
    if recover:
        told = twin.recover(twin.authenticate(ben.secret), RecoverAsk(ben.epoch, ben.lease, 1, [], "0123456789abcdef"))
        assert (told["whole"], told["last_n"], told["survivors"]) == (False, 0, False)
    twin.close()


def test_a_proof_counts_once_and_no_console_makes_the_server_begin_again_with_it(restored: Restored) -> None:
    ben = restored.ben
    restored.recover(ben)
    with pytest.raises(Refused) as refused:
        restored.exchange.pull(ben.known(), PullAsk(ben.epoch, {"own": 0}, 1, restored.proof))
    assert refused.value.code == "unproven"
    assert restored.exchange.status()["head"]["epoch"] == ben.epoch


def test_s18_a_copy_that_comes_to_a_restored_server_second_is_known_for_one(restored: Restored) -> None:
    lease, epoch = restored.ben.lease, restored.ben.epoch
    restored.recover(restored.ben)
    with pytest.raises(Refused) as refused:
        restored.recover(restored.ben, lease="another", epoch=epoch)
    assert refused.value.code == "fork"
    restored.recover(restored.ben, lease=lease, epoch=epoch)  # its own answer was lost: it asks as before
