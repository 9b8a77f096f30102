"""Two sites bring in agreements: one file twice is one contract, two files at once are a choice, nothing is lost."""

from __future__ import annotations

from supportdesk.desk import admin, agreeing
from supportdesk.desk.agreement_export import written_out
from supportdesk.store.adopt import starter_id
from tests.agreements.files import DEFAULT, GENEVA, STANDARDS
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import settled


def _two_admins(sites: Opened) -> list[stand.Site]:
    geneva, lausanne = sites("geneva", "lausanne")
    settled(geneva, lausanne)
    admin.save(geneva.desk, "agent", {"roles": ("agent", "admin")}, starter_id("agent", "ben"))
    settled(geneva, lausanne)
    return [geneva, lausanne]


def test_two_sites_that_bring_in_one_file_before_they_meet_have_one_contract(
    server: stand.Server, sites: Opened
) -> None:
    geneva, lausanne = _two_admins(sites)
    for site in (geneva, lausanne):
        assert not agreeing.bring_in(site.desk, GENEVA + STANDARDS + DEFAULT).problems
    settled(geneva, lausanne)
    texts = [written_out(site.desk.reader) for site in (geneva, lausanne)]
    assert texts[0] == texts[1]
    assert texts[0].count('slug = "silver"') == texts[0].count('slug = "geneva"') == 1
    assert agreeing.bring_in(lausanne.desk, texts[0]).writes == ()


def test_the_first_change_of_a_contract_stands_whole_and_the_other_is_offered(
    server: stand.Server, sites: Opened
) -> None:
    geneva, lausanne = _two_admins(sites)
    agreeing.bring_in(geneva.desk, STANDARDS)
    settled(geneva, lausanne)
    agreeing.bring_in(geneva.desk, STANDARDS.replace('"15 min"', '"10 min"'))
    agreeing.bring_in(lausanne.desk, STANDARDS.replace('"4 h", cal', '"3 h", cal'))
    settled(geneva, lausanne)
    for site in (geneva, lausanne):
        text = written_out(site.desk.reader)
        assert 'answer = "10 min", solution = "4 h"' in text, "whole: no mixture of the two"
    (offered,) = lausanne.desk.reader.execute(
        "SELECT entity, field, state, offered FROM conflict").fetchall()
    assert offered[:3] == ("contract", "versions", "open")
    assert '"solution":10800' in offered[3].replace(" ", "")
