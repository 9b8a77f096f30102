"""What happens to servers, files and companies while the random sites work (machine.py): a server is put back to an
older state or meets its twin, a desk's file is copied, a laptop is shut out or wiped, cases and consoles move between
companies, consoles are of another version, persons are erased (forgetting.py)."""

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import select

from supportdesk.desk import admin, tickets
from supportdesk.rules.mentions import MARK
from supportdesk.server import putting_back, reading, tables
from supportdesk.server.place import Place
from supportdesk.store.clock import utc_now
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.errors import DeskError, NotReady
from supportdesk.terms.verbs import VERBS
from tests.sync import stand, work
from tests.sync.conftest import LOGINS
from tests.sync.forgetting import Forgetting
from tests.sync.machine import MOST, NAMES, PICK, SITE

COMPANIES = {"cleo": "alpha", "dina": "beta"}
"""Who works for another company, and its team."""
UNKNOWN = "prioritise"
"""What an older server does not know: it is said often, about what others change, too."""


class Backup(NamedTuple):
    """Of the server: as its command makes it, and as somebody copied the file."""

    made: Path
    copied: Path
    epoch: int


class World(Forgetting):
    """The same sites, some of them other companies', in a world in which disks die and laptops are stolen."""

    @initialize(many=st.integers(2, len(NAMES)), apart=st.booleans(), older=st.booleans())
    def open(self, many: int, apart: bool, older: bool = False) -> None:
        """``apart``: Cleo and Dina work for other companies. ``older``: the server is, and does not know a verb that
        all consoles say; it is brought up to date in the end."""
        self.older = older
        if older:
            reading.VERBS = {name: verb for name, verb in VERBS.items() if name != UNKNOWN}
        self.companies = COMPANIES if apart else {}
        self.backup: Backup | None = None
        self.twin: stand.Server | None = None
        self.newcomer: stand.Site | None = None
        self.shut_out: set[Path] = set()
        self.made = 0
        self.moods: dict[bytes, str] = {}  # what only another version knows, by entry
        self.begin(many)
        if apart:
            self.say(0, self._found_companies)
            self.exchange(0, 0, "request")

    def _found_companies(self, desk: object) -> None:
        for login, slug in self.companies.items():
            team = admin.save(desk, "team", {  # type: ignore[arg-type]
                "slug": slug, "name": slug, "employer": "outsourcer", "company": f"{slug} SA", "level": 2})
            admin.add_agent(desk, login, {  # type: ignore[arg-type]
                "teams": (team,), "employer": "outsourcer", "roles": ("agent", "lead", "specialist")})

    def is_whole(self, site: stand.Site) -> bool:
        return site.login not in self.companies

    def enrol(self, here: stand.Site) -> None:
        """Each by a code of its own, also files of one name."""
        if self.is_whole(here):
            stand.enrol(self.server, here)
            return
        code = self.server.exchange.make_code(agents=[here.login], scopes=[self.companies[here.login]])
        here.client.enroll(stand.URL, code)

    def is_enrolled(self, here: stand.Site) -> bool:
        return here.client.status() is not None

    # versions

    def acknowledge(self, here: stand.Site) -> None:
        if self.older:
            here.desk.journal.conn.execute("UPDATE entry SET schema = ? WHERE verb = ? AND state = 'local'",
                                           (SCHEMA + 1, UNKNOWN))
        super().acknowledge(here)

    def the_server_is_updated(self) -> None:
        """And the consoles start anew."""
        reading.VERBS = VERBS
        self.older = False
        for site in self.sites:
            site.start_anew()

    @rule(site=SITE, at=PICK)
    def a_console_of_another_version_writes(self, site: int, at: int) -> None:
        """What neither the server nor the others know. (Of another company's it waits for the server's update.)"""
        here, ticket = self.at(site), self.pick(site, "ticket", at)
        if ticket is None or not self.is_whole(here):
            return
        before = set(self.acknowledged)
        self.say(site, lambda desk: tickets.note(desk, ticket, self.text()))
        for id in self.acknowledged.keys() - before:
            self.moods[id] = f"mood {self.typed}"
            here.desk.journal.conn.execute(
                "UPDATE entry SET schema = ?, fields = json_set(fields, '$.mood', json_array(NULL, ?)) WHERE id = ?",
                (SCHEMA + 1, self.moods[id], id))

    def what_nobody_knows_is_kept(self) -> None:
        """At the server, whatever the others did with the row; that all have it is seen with the rows."""
        e = tables.entry
        with tables.reading(self.server.exchange.engine) as conn:
            taken = {UUID(row.id).bytes: row.entity_id for row in conn.execute(
                select(e.c.id, e.c.entity_id).where(e.c.entity == "note", e.c.seq.is_not(None)))}
        notes = self.server.documents().get("note", {})
        for id in self.moods.keys() & taken.keys():
            _rev, values = notes[taken[id]]
            assert values.get("mood") == self.moods[id] or values["text"] == MARK, values

    def check(self) -> None:
        super().check()
        self.what_nobody_knows_is_kept()

    # companies

    @rule(site=SITE, at=PICK, to=PICK)
    def a_case_moves(self, site: int, at: int, to: int) -> None:
        team = self.pick(site, "team", to)
        if team is not None:
            self.on_ticket(site, at, lambda desk, t: tickets.assign(desk, [t], team=team))

    @rule(site=SITE, slug=st.sampled_from(sorted(COMPANIES.values())), grant=st.booleans())
    def a_console_gets_another_part(self, site: int, slug: str, grant: bool) -> None:
        here = self.at(site)
        if not self.is_whole(here) and self.is_enrolled(here):
            with suppress(DeskError):  # a server put back may know neither the console nor the team
                if grant:
                    self.server.exchange.scopes(work.device(here), grant=[slug])
                elif set(self.parts(here)) - {slug}:
                    self.server.exchange.scopes(work.device(here), revoke=[slug])

    # the server

    @rule()
    def the_server_is_backed_up(self) -> None:
        self.made += 1
        copy = work.copied(self.server.folder / "exchange.db", self.folder / f"copied-{self.made}.db")
        made = self.server.exchange.backup(self.folder / f"made-{self.made}.sdserver").path
        self.backup = Backup(made, copy, self.epoch())

    def epoch(self) -> int:
        return int(self.server.exchange.status()["head"]["epoch"])

    @rule(by_hand=st.booleans())
    def the_server_is_put_back(self, by_hand: bool) -> None:
        """By its command, or by hand; by hand nobody tells it of an epoch that began since."""
        if self.backup is None:
            return
        if by_hand and self.backup.epoch == self.epoch():
            self.server.put_back(self.backup.copied)
        else:
            self.restore(self.backup.made)
        self.goes_on()

    def restore(self, backup: Path, recover: bool = False) -> None:
        self.server.close()
        putting_back.restore(Place(str(self.server.folder)), backup, utc_now(), recover=recover)
        self.server.start()

    def goes_on(self) -> None:
        """The sites find the server again. What only a wiped laptop had done may be lost with it now."""
        for site in self.sites:
            site.line.inner = self.server.mounted
            site.line.sent.clear()  # what is on its way to a server that ends does not arrive
        own: set[bytes] = set()
        for site in self.sites:
            own |= {id for (id,) in site.desk.reader.execute(
                "SELECT id FROM entry WHERE device = (SELECT id FROM device)")}
        self.acknowledged = {id: path for id, path in self.acknowledged.items() if id in own}
        self.shut_out.clear()
        self.ordered.clear()
        for site in self.sites:
            if self.is_enrolled(site):
                self._note_standing(site)

    def _note_standing(self, site: stand.Site) -> None:
        d = tables.device
        with tables.reading(self.server.exchange.engine) as conn:
            row = conn.execute(select(d.c.revoked_at, d.c.wipe).where(d.c.id == work.device(site))).one_or_none()
        if row is not None and row.revoked_at is not None:
            (self.ordered if row.wipe else self.shut_out).add(site.path)

    @rule(site=SITE)
    def a_site_meets_another_server_of_the_same_backup(self, site: int) -> None:
        here = self.at(site)
        if self.backup is None or not self.is_enrolled(here) or here.path in self.ordered:
            return
        if self.twin is None:
            self.twin = stand.Server(self.folder / "twin", self.backup.copied)
            self.twin.close()
            putting_back.restore(Place(str(self.twin.folder)), self.backup.made, utc_now())
            self.twin.start()
        here.line.inner = self.twin.mounted
        with suppress(ExchangeFailed):
            here.exchange()
        here.line.inner = self.server.mounted
        here.line.sent.clear()

    # files and laptops

    @rule(site=SITE)
    def a_file_is_copied(self, site: int) -> None:
        here = self.at(site)
        if len(self.sites) >= MOST or not self.is_enrolled(here) or here.path in self.ordered:
            return
        self.made += 1
        target = work.copied(here.path, self.folder / f"copy-{self.made}.db")
        self.sites.append(stand.Site(target, here.login, self.server, self.clock))
        if here.path in self.shut_out:
            self.shut_out.add(target)

    @rule(site=SITE, wipe=st.booleans())
    def a_laptop_is_shut_out(self, site: int, wipe: bool) -> None:
        """Wiped only where nobody has a copy of its file that goes by the same name."""
        here = self.at(site)
        if not self.is_enrolled(here) or here is self.sites[0]:
            return
        device = work.device(here)
        same = [each for each in self.sites if self.is_enrolled(each) and work.device(each) == device]
        order = wipe and same == [here]
        with suppress(DeskError):
            self.server.exchange.revoke(device, wipe=order)
            self.shut_out |= {each.path for each in same}
            if order:
                self.ordered.add(here.path)
            else:  # an order given before is withdrawn
                self.ordered.discard(here.path)

    @rule(at=PICK, accept=st.booleans())
    def an_admin_decides_about_quarantine(self, at: int, accept: bool) -> None:
        kept = self.server.exchange.in_quarantine()
        if kept:
            action = kept[at % len(kept)].id
            if accept:
                with suppress(NotReady):  # only a newer server can judge it
                    self.server.exchange.accept(action)

    @rule(site=SITE)
    def a_laptop_is_let_in_again(self, site: int) -> None:
        here = self.at(site)
        if here.path in self.shut_out - self.ordered:
            self.let_in(here)

    def let_in(self, here: stand.Site) -> None:
        self.enrol(here)
        self.shut_out.discard(here.path)

    def attempt(self, here: stand.Site) -> None:
        try:
            here.exchange()
        except ExchangeFailed as failed:
            if failed.code == "wiped":
                self.sites.remove(here)
                here.close()
                assert not here.path.exists()
            elif failed.code == "secret":  # the server was put back to before it was let in
                self.enrol(here)

    # the end

    def come_to_rest(self) -> None:
        if self.twin is not None:  # it is gone; this is the only server now
            self.restore(self.server.exchange.backup(self.folder / "last.sdserver").path, recover=True)
            self.goes_on()
        self.the_server_is_updated()
        for _round in range(4):
            for site in list(self.sites):
                if not self.is_enrolled(site) or site.path in self.shut_out - self.ordered:
                    self.let_in(site)
                self.attempt(site)
        for site in self.sites:
            assert site.exchange().mended == 0
        self.check()

    def teardown(self) -> None:
        if not hasattr(self, "sites"):
            return
        try:
            super().teardown()
        finally:
            reading.VERBS = VERBS
            for each in filter(None, (self.twin, self.newcomer)):
                each.close()

    def holds_what_it_may_see(self, site: stand.Site) -> None:
        """A company's console holds what a new one would that is let in now."""
        if self.is_whole(site):
            super().holds_what_it_may_see(site)
            return
        if self.newcomer is None:
            ((_name, path),) = stand.copies(self.prepared, self.folder, "bern")
            self.newcomer = stand.Site(path, LOGINS["bern"], self.server, self.clock)
            code = self.server.exchange.make_code(agents=[self.newcomer.login], scopes=self.parts(site))
            self.newcomer.client.enroll(stand.URL, code)
        else:
            theirs, wanted = set(self.parts(self.newcomer)), set(self.parts(site))
            self.server.exchange.scopes(work.device(self.newcomer), sorted(wanted - theirs), sorted(theirs - wanted))
        for each in (self.newcomer, site, self.newcomer):
            each.exchange()
        assert stand.as_documents(site.path) == stand.as_documents(self.newcomer.path), site.path

    def parts(self, site: stand.Site) -> list[str]:
        return list(self.server.exchange.scopes(work.device(site)))

    def nothing_acknowledged_is_lost(self) -> None:
        """What a wiped laptop had not sent waits for an admin."""
        here = {site.path for site in self.sites}
        with tables.reading(self.server.exchange.engine) as conn:
            kept = {UUID(id).bytes for table in (tables.entry, tables.quarantine)
                    for id in conn.execute(select(table.c.id)).scalars()}
        for id, path in list(self.acknowledged.items()):
            if path not in here:
                assert id in kept, (UUID(bytes=id), path)
                del self.acknowledged[id]
        super().nothing_acknowledged_is_lost()
