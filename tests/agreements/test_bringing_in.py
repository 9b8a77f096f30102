"""Calendars and contracts from a file: brought in whole, twice as once, versions by date, the past as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from supportdesk.desk import agreeing, calls
from supportdesk.desk.agreement_export import written_out
from supportdesk.desk.undo import undo
from supportdesk.rules.agreements import Terms
from supportdesk.store.instants import micros
from supportdesk.store.views.agreements import book
from supportdesk.terms.codes import Priority, PromiseKind, Status
from supportdesk.terms.errors import Invalid, NotPermitted
from tests.agreements.conftest import NOW, House
from tests.agreements.files import ALPINA, DEFAULT, GENEVA, STANDARDS

ZURICH_MIDNIGHT = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)


def _terms(house: House, slug: str, at: datetime) -> Terms:
    found = next(each for each in book(house.desk.reader).contracts.values() if each.slug == slug)
    terms = found.terms(micros(at))
    assert terms is not None
    return terms


def _solution(house: House, slug: str, at: datetime, priority: Priority = Priority.P1) -> int | None:
    target = _terms(house, slug, at).targets.get(priority)
    return target.seconds.get(PromiseKind.SOLUTION) if target else None


def test_a_calendar_is_brought_in_with_the_public_holidays_as_dates(house: House) -> None:
    house.bring_in(GENEVA)
    (version,) = house.calendar("geneva").versions
    days = {day["on"]: day.get("name", "") for day in version["holidays"]}
    assert days["2026-09-10"] == "Jeûne genevois"
    assert days["2027-12-31"] == "Restauration de la République"
    assert days["2026-09-11"] == "Fête de la maison"
    assert "12-24" in days
    assert "2026-04-06" not in days, "Easter Monday was dropped"
    assert {on[:4] for on in days} == {"12-2", "2025", "2026", "2027"}
    time = book(house.desk.reader).calendar(house.calendar("geneva").id).time
    assert time.is_open(micros(datetime(2026, 4, 6, 8, tzinfo=UTC)))
    assert not time.is_open(micros(datetime(2027, 3, 29, 8, tzinfo=UTC)))
    assert time.is_open(micros(datetime(2026, 12, 26, 8, 30, tzinfo=UTC))), "an extra opening"


def test_without_years_holidays_are_written_down_from_last_year_to_five_years_ahead(house: House) -> None:
    house.bring_in(GENEVA.replace("years = [2025, 2027]\n", ""))
    assert house.calendar("geneva").versions[0]["years"] == [2025, 2031]


def test_years_already_written_down_stay_whatever_the_library_says(house: House,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    house.bring_in(GENEVA)
    monkeypatch.setattr("supportdesk.desk.agreeing_calendars.public_holidays",
                        lambda *_about: [("2026-05-05", "New"), ("2028-05-05", "New")])
    house.bring_in(GENEVA.replace("2027]", "2028]"))
    days = {day["on"] for day in house.calendar("geneva").versions[0]["holidays"]}
    assert "2028-05-05" in days
    assert "2026-05-05" not in days
    assert "2026-09-10" in days


def test_a_contract_that_follows_holds_the_terms_whole_and_says_what_was_negotiated(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA)
    (version,) = house.contract("alpina").versions
    always, office = house.calendar("always").id, house.calendar("office").id
    assert version["targets"] == {
        "P1": {"answer": 900, "solution": 7_200, "calendar": str(always)}, "P2": {"answer": 3_600, "solution": 57_600},
    }
    assert version["calendar"] == str(office)
    assert version["own"] == ["incidents", "targets.P1.solution", "targets.P2.update"]
    assert house.contract("alpina").standard_id == house.contract("silver").id
    assert house.contract("alpina").valid_until == micros(datetime(2027, 12, 31, 23, tzinfo=UTC)), "the last day counts"


def test_a_change_of_the_standard_reaches_those_that_follow_in_the_same_action(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA)
    before = house.entries()
    done = house.bring_in(STANDARDS + """
[[contract.version]]
from = 2027-01-01
calendar = "office"
targets.P1 = { answer = "10 min", solution = "3 h", calendar = "always" }
targets.P2 = { answer = "1 h", update = "2 h", solution = "8 h" }
""")
    assert {write.slug for write in done.writes} == {"silver", "alpina"}
    actions = house.desk.reader.execute("SELECT DISTINCT action FROM entry WHERE n > ?", (before,)).fetchall()
    assert len(actions) == 1
    first, later = house.contract("alpina").versions
    assert first["targets"]["P1"]["answer"] == 900
    assert later["since"] == micros(ZURICH_MIDNIGHT)
    assert later["targets"] == {"P1": {"answer": 600, "solution": 7_200, "calendar": str(house.calendar("always").id)},
                                "P2": {"answer": 3_600, "solution": 28_800}}, "what was negotiated stays"
    undo(house.desk)
    assert len(house.contract("alpina").versions) == len(house.contract("silver").versions) == 1


def test_bringing_in_the_same_file_twice_changes_nothing(house: House) -> None:
    text = GENEVA + STANDARDS + ALPINA + DEFAULT
    house.bring_in(text)
    rows, entries = house.rows(), house.entries()
    again = house.bring_in(text)
    assert (again.writes, again.unchanged) == ((), 4)
    assert (house.rows(), house.entries()) == (rows, entries)


def test_a_dry_run_tells_the_same_and_changes_nothing(house: House) -> None:
    rows, entries = house.rows(), house.entries()
    planned = agreeing.plan(house.desk, STANDARDS + ALPINA)
    assert (house.rows(), house.entries()) == (rows, entries)
    done = house.bring_in(STANDARDS + ALPINA)
    assert [write.slug for write in planned.writes] == [write.slug for write in done.writes] == ["silver", "alpina"]


def test_one_mistake_and_nothing_at_all_is_let_in(house: House) -> None:
    rows = house.rows()
    done = agreeing.bring_in(house.desk, GENEVA + STANDARDS + ALPINA.replace("Alpina\"\nf", "Nobody\"\nf"))
    assert len(done.problems) == 1
    assert house.rows() == rows


def test_a_file_that_names_only_a_later_version_leaves_the_earlier_ones(house: House) -> None:
    house.bring_in(STANDARDS)
    later = STANDARDS.replace("[[contract.version]]\n", "[[contract.version]]\nfrom = 2027-01-01\n")
    house.bring_in(later.replace('"4 h", cal', '"3 h", cal'))
    assert _solution(house, "silver", datetime(2026, 12, 31, 22, 59, tzinfo=UTC)) == 14_400
    assert _solution(house, "silver", ZURICH_MIDNIGHT) == 10_800


def test_only_who_sets_the_desk_up_may_bring_in(house: House) -> None:
    from supportdesk.desk import admin
    from supportdesk.desk.desk import Desk

    admin.save(house.desk, "agent", {"login": "nils", "name": "Nils", "roles": ("specialist",)})
    nils = Desk(house.desk.path, as_login="nils", clock=house.desk.clock)
    with pytest.raises(NotPermitted):
        agreeing.bring_in(nils, STANDARDS)
    nils.close()


def test_several_hundred_contracts_are_taken_back_as_one(house: House) -> None:
    rows = house.rows()
    supplier = f"supplier.name = '{'x' * 500}'\n"
    text = STANDARDS + "".join(ALPINA.replace('"alpina"', f'"a{n}"') + supplier for n in range(300))
    assert len(house.bring_in(text).writes) == 301
    assert house.desk.reader.execute("SELECT count(DISTINCT action) > 1 FROM entry WHERE batch NOT NULL").fetchone()[0]
    undo(house.desk)
    assert house.desk.reader.execute("SELECT count(*) FROM contract WHERE retired_at IS NULL").fetchone() == (0,)
    assert len(house.rows()) == len(rows) + 301


# what is past stays as it was


def _used(house: House) -> House:
    """A ticket stands under Alpina's contract."""
    house.bring_in(GENEVA + (STANDARDS + ALPINA).replace('"office"', '"geneva"'))
    ticket = calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": house.alpina})
    found = house.desk.reader.execute("SELECT contract_id FROM ticket WHERE id = ?", (ticket.id.bytes,)).fetchone()
    assert found == (house.contract("alpina").id.bytes,)
    return house


def test_a_contract_in_force_changes_from_today_on_at_the_earliest(house: House) -> None:
    text = GENEVA + (STANDARDS + ALPINA).replace('"office"', '"geneva"')
    _used(house)
    ((line, sentence),) = house.problems(text.replace('"2 h"', '"1 h"'))
    assert text.splitlines()[line - 1:line + 1] == ["[[contract.version]]", "from = 2026-01-01"]
    assert "what is past stays as it was" in sentence
    assert "from = 2026-11-21 or later" in sentence
    house.bring_in(text + "[[contract.version]]\nfrom = 2026-11-21\ntargets.P1.solution = '1 h'\n")
    assert _solution(house, "alpina", datetime(2026, 11, 20, 22, 59, tzinfo=UTC)) == 7_200
    assert _solution(house, "alpina", datetime(2026, 11, 20, 23, 0, tzinfo=UTC)) == 3_600


def test_a_standard_whose_followers_are_in_force_changes_no_past_either(house: House) -> None:
    text = GENEVA + (STANDARDS + ALPINA).replace('"office"', '"geneva"')
    _used(house)
    told = house.problems(text.replace('"15 min"', '"5 min"'))
    assert {sentence.split()[1] for _line, sentence in told} == {"silver", "alpina"}


TOKYO = """
[[calendar]]
slug = "tokyo"

[[calendar.version]]
zone = "Asia/Tokyo"
weekly.mon = [["09:00", "17:00"]]

[[contract]]
slug = "silver"
kind = "standard"

[[contract.version]]
from = 2026-11-20
calendar = "tokyo"
targets.P1 = { answer = "5 min" }
"""


@pytest.mark.parametrize("follower", ["", ALPINA], ids=["of-the-desk", "of-the-file"])
@pytest.mark.parametrize(("now", "today"), [(9, 21), (20, 22)])
def test_the_date_a_refusal_names_is_taken_by_the_standard_and_by_what_follows_it_in_another_zone(
    house: House, follower: str, now: int, today: int
) -> None:
    """Today's midnight in Tokyo is eight hours before the one in Zurich; late in the evening it is tomorrow there."""
    _used(house)
    house.desk.clock = lambda: NOW.replace(hour=now)
    text = TOKYO + follower
    sentences = [sentence for _line, sentence in house.problems(text)]
    assert {sentence.split()[1] for sentence in sentences} == {"silver", "alpina"}
    assert all(f"from = 2026-11-{today} or later" in sentence for sentence in sentences)
    house.bring_in(text.replace("from = 2026-11-20", f"from = 2026-11-{today}"))
    midnight = datetime(2026, 11, today - 1, 15, tzinfo=UTC)
    assert [_terms(house, "alpina", at).calendar for at in (midnight - timedelta(seconds=1), midnight)] == [
        str(house.calendar("geneva").id), str(house.calendar("tokyo").id)]


def test_a_calendar_in_use_takes_dates_to_come_and_no_other_hours_in_the_past(house: House) -> None:
    _used(house)
    house.bring_in(GENEVA.replace('holidays = [', 'holidays = ["2026-11-23", '))
    time = book(house.desk.reader).calendar(house.calendar("geneva").id).time
    assert not time.is_open(micros(datetime(2026, 11, 23, 8, tzinfo=UTC)))
    for change in (('"08:00"', '"07:00"'), ('"12-24"', '"12-23"'), ("holidays = [", 'holidays = ["2026-11-20", '),
                   ("breaks.2026-03-06", "breaks.2026-03-13")):
        ((_line, sentence),) = house.problems(GENEVA.replace(*change))
        assert "what is past stays as it was" in sentence
    house.bring_in(GENEVA + "[[calendar.version]]\nfrom = 2026-11-21\nzone = 'Europe/Zurich'\n"
                            "weekly.mon = [['07:00', '12:00']]\n")
    assert len(house.calendar("geneva").versions) == 2


def test_what_nobody_was_promised_by_may_still_be_mended(house: House) -> None:
    house.bring_in(GENEVA + STANDARDS + ALPINA)
    house.bring_in((GENEVA + STANDARDS + ALPINA).replace('"2 h"', '"1 h"').replace('"08:00"', '"07:30"'))
    assert _solution(house, "alpina", datetime(2026, 3, 1, tzinfo=UTC)) == 3_600


# the forms a file may have


def test_dates_are_midnights_of_the_calendars_zone_and_instants_are_instants(house: House) -> None:
    house.bring_in(GENEVA.replace("Europe/Zurich", "Asia/Kathmandu") + """
[[contract]]
slug = "pokhara"
name = "Pokhara"
organisation = "Alpina"
valid.from = 2026-07-01
valid.until = 2026-12-31T12:00:00+01:00
[[contract.version]]
from = "2026-07-01"
calendar = "geneva"
targets.P1.answer = "30 s"
""")
    pokhara = house.contract("pokhara")
    assert pokhara.valid_from == pokhara.versions[0]["since"] == micros(datetime(2026, 6, 30, 18, 15, tzinfo=UTC))
    assert pokhara.valid_until == micros(datetime(2026, 12, 31, 11, tzinfo=UTC))
    assert "from = 2026-07-01\n" in written_out(house.desk.reader)
    assert "until = 2026-12-31 11:00:00+00:00" in written_out(house.desk.reader)


def test_what_a_contract_says_is_what_the_rules_read(house: House) -> None:
    house.bring_in("""
[[contract]]
slug = "joint"
name = "Joint support"
organisation = "Kontur"
[[contract.version]]
calendar = "always"
targets.P1 = { answer = "90 s", update = "15 min", solution = "366 h", on_site = "8 h" }
stops = []
attempts = true
products = ["vpn"]
channels = ["phone", "chat"]
languages = ["fr", "de"]
key_account = true
incidents = 0
weight = 7
joint = { signed = true, paid = true, optional = false, vendors = ["Fibra", "Cassia"] }
supplier = { name = "Kontur", promise = "calls back within an hour" }
[[contract.version.availability]]
service = "Mail"
percent = 99.5
longest_outage = "4 h"
maintenance = "Sunday 02:00-04:00"
[[contract.version.responsibilities]]
duty = "Backup"
does = "Alpina"
decides = "the desk"
told = "both"
customer = "changes the tapes"
""")
    terms = _terms(house, "joint", datetime(2026, 1, 1, tzinfo=UTC))
    assert {kind.value: seconds for kind, seconds in terms.targets[Priority.P1].seconds.items()} == {
        "answer": 90, "update": 900, "solution": 1_317_600, "on_site": 28_800}
    assert (terms.stops, terms.attempts, terms.key_account, terms.incidents, terms.weight) == (
        frozenset(), True, True, 0, 7)
    assert terms.products == (str(house.vpn),)
    assert (terms.channels, terms.languages) == (("chat", "phone"), ("de", "fr"))
    assert terms.joint["vendors"] == ["Cassia", "Fibra"]
    assert terms.availability[0]["longest_outage"] == 14_400
    assert terms.responsibilities[0]["customer"] == "changes the tapes"
    assert Status.WAITING_CALLER in Terms(0).stops, "and without stops waiting for the caller does stop them"


def test_teams_and_vendors_have_agreements_of_their_own(house: House) -> None:
    house.bring_in("""
[[contract]]
slug = "ola"
kind = "team"
team = "hotline"
[[contract.version]]
calendar = "office"
targets.P1.answer = "15 min"
[[contract]]
slug = "uc"
kind = "vendor"
organisation = "Kontur"
[[contract.version]]
calendar = "always"
targets.P1.answer = "1 h"
""")
    assert house.contract("ola").team_id is not None
    assert house.contract("ola").name == "ola"
    assert house.contract("uc").organisation_id == house.kontur


def test_two_desks_that_bring_in_one_file_make_the_same_rows(new_house: Callable[[], House]) -> None:
    one, other = new_house(), new_house()
    for house in (one, other):
        house.bring_in(GENEVA + STANDARDS + ALPINA)
    assert one.contract("alpina") == other.contract("alpina")
    assert one.calendar("geneva") == other.calendar("geneva")


@pytest.mark.parametrize("text", ["", "# nothing\n", "[[contract]\n", "a = [" + "[" * 5_000])
def test_what_is_no_such_file_is_refused(house: House, text: str) -> None:
    with pytest.raises(Invalid):
        agreeing.plan(house.desk, text)


def test_days_are_those_of_the_agents_today(house: House) -> None:
    from supportdesk.desk.agreement_dates import today

    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert today(late, "Europe/Zurich") == date(2026, 11, 22)


def test_the_example_in_the_docs_is_a_file_that_can_be_brought_in(house: House) -> None:
    from pathlib import Path

    from supportdesk.desk import admin, people

    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    example = page.partition("## Calendars and contracts")[2].partition("```toml\n")[2].partition("```")[0]
    people.save_organisation(house.desk, {"name": "Alpina Assurances"})
    admin.save(house.desk, "team", {"slug": "network", "name": "Network", "level": 2, "employer": "own"})
    house.bring_in(example)
    assert house.contract("alpina").versions[0]["targets"]["P1"] == {
        "answer": 900, "update": 3_600, "solution": 7_200, "calendar": str(house.calendar("always").id)}
    assert house.bring_in(written_out(house.desk.reader)).writes == ()
