"""What is written out and brought in again is the same, for all that a file can say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportdesk.desk import agreeing
from supportdesk.desk.agreement_export import written_out
from supportdesk.desk.agreement_file import Form
from supportdesk.desk.entitlement import choose_contract
from supportdesk.desk.yaml_file import written_yaml
from tests.agreements.conftest import House
from tests.agreements.files import ALPINA, DEFAULT, GENEVA, STANDARDS

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12).filter(str.strip)
SPANS = st.lists(st.sampled_from([["08:00", "12:00"], ["13:00", "18:00"], ["18:30", "24:00"]]), min_size=1, max_size=3,
                 unique_by=lambda span: span[0])
DATES = st.dates(date(2025, 1, 1), date(2030, 12, 31))
FROM = st.one_of(DATES, st.builds(lambda on, at: datetime.combine(on, at, UTC), DATES, st.times()))
ZONES = st.sampled_from(["Europe/Zurich", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", "UTC"])
AMOUNTS = st.sampled_from(["30 s", "15 min", "90 min", "2 h", "36 h", "8784 h"])


def _some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


HOURS = st.builds(
    lambda needed, more: needed | more,
    st.fixed_dictionaries({
        "zone": ZONES,
        "weekly": st.dictionaries(st.sampled_from(["mon", "tue", "sat", "sun"]), SPANS, min_size=1),
    }),
    st.one_of(
        _some(holidays=st.lists(st.one_of(
            DATES, st.just("12-24"), st.builds(lambda on, name: {"on": on.isoformat(), "name": name}, DATES, WORDS),
        ), max_size=3), breaks=st.dictionaries(DATES.map(str), SPANS, max_size=2)),
        st.fixed_dictionaries({"country": st.just("CH"), "years": st.just([2025, 2026])},
                              optional={"subdivision": st.just("GE"), "language": st.sampled_from(["fr", "en"]),
                                        "without": st.just(["08-01", "2026-01-01"]),
                                        "holidays": st.just(["2026-01-01", "2026-12-24"])}),
    ),
)
PLAIN = _some(
    stops=st.lists(st.sampled_from(["waiting_caller", "waiting_until"]), unique=True), attempts=st.booleans(),
    products=st.lists(st.sampled_from(["vpn", "mail"]), unique=True),
    channels=st.lists(st.sampled_from(["phone", "mail", "chat"]), unique=True),
    languages=st.lists(st.sampled_from(["fr", "de"]), unique=True), key_account=st.booleans(),
    incidents=st.integers(0, 50), weight=st.integers(0, 9),
    joint=_some(signed=st.booleans(), vendors=st.lists(WORDS, max_size=2)),
    supplier=st.fixed_dictionaries({"name": WORDS}, optional={"promise": WORDS}),
    availability=st.lists(st.fixed_dictionaries(
        {"service": WORDS, "percent": st.sampled_from([99.5, 100, 98.25])}, optional={"longest_outage": AMOUNTS}),
        max_size=2),
    responsibilities=st.lists(st.fixed_dictionaries({"duty": WORDS}, optional={"does": WORDS, "customer": WORDS}),
                              max_size=2),
)


def _targets(amounts: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(["P1", "P2", "P5"]), _some(
        answer=amounts, update=amounts, solution=amounts, on_site=amounts,
        calendar=st.sampled_from(["always", "own"])), max_size=3)


def _terms(follows: bool) -> st.SearchStrategy[dict[str, Any]]:
    calendars = st.sampled_from(["office", "own"])
    needed = {"targets": _targets(AMOUNTS | st.just("none") if follows else AMOUNTS)}
    optional = {} if follows else {"calendar": calendars}
    return st.builds(lambda terms, more: terms | more,
                     st.fixed_dictionaries(needed | optional, optional={"calendar": calendars} if follows else None),
                     PLAIN)


def _versions(of: st.SearchStrategy[dict[str, Any]], least: int = 1) -> st.SearchStrategy[list[dict[str, Any]]]:
    dated = st.builds(lambda since, said: {"from": since} | said, FROM, of)
    return st.builds(lambda first, more: [*first, *more], st.lists(of, min_size=least, max_size=1),
                     st.lists(dated, max_size=2, unique_by=lambda version: str(version["from"])[:10]))


MATRICES = st.builds(
    lambda zone, cells: zone | {"cells": cells}, _some(zone=ZONES),
    st.lists(st.lists(st.sampled_from(["P1", "P2", "P3", "P4", "P5"]), min_size=4, max_size=4), min_size=4, max_size=4))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A calendar, standard terms, a contract that follows them, one that does not."""
    contract = {"organisation": "Alpina", "valid": {"from": date(2025, 3, 1), "until": date(2031, 3, 1)}}
    follower = {"slug": "follower", "name": draw(WORDS), "follows": "silver", **contract}
    if draw(st.booleans()):
        follower["version"] = draw(_versions(_terms(True)))
    return {
        "calendar": [{"slug": "own", "name": draw(WORDS), "version": draw(_versions(HOURS))}],
        "matrix": [{"version": draw(_versions(MATRICES))}],
        "contract": [
            {"slug": "silver", "kind": "standard", "version": draw(_versions(_terms(False)))},
            follower,
            {"slug": "alone", "organisation": "Kontur", "text": draw(WORDS), "version": draw(_versions(_terms(False)))},
        ],
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents(), st.sampled_from(Form), st.sampled_from(Form))
def test_what_is_written_out_and_brought_in_again_changes_nothing(
    new_house: Callable[[], House], document: dict[str, Any], given_as: Form, written_as: Form
) -> None:
    """TOML or YAML, whichever was given and whichever is written: all three tables, whole."""
    house = new_house()
    house.bring_in(tomli_w.dumps(document) if given_as is Form.TOML else written_yaml(document), given_as, matrix=True)

    def written(of: House) -> str:
        return written_out(of.desk.reader, with_matrix=True, form=written_as)

    rows, text = house.rows(), written(house)
    assert house.bring_in(text, written_as, matrix=True).writes == ()
    assert house.rows() == rows
    other = new_house()
    other.bring_in(text, written_as, matrix=True)
    assert written(other) == text
    house.desk.close()
    other.desk.close()


def test_the_calendars_alone_can_be_written_out(house: House) -> None:
    house.bring_in(GENEVA + STANDARDS + ALPINA)
    text = written_out(house.desk.reader, contracts=False)
    assert "[[contract" not in text
    assert agreeing.bring_in(house.desk, text, contracts=False).unchanged == 3


def test_calendars_alone_are_brought_in_when_only_they_are_asked_for(house: House) -> None:
    agreeing.bring_in(house.desk, GENEVA + STANDARDS + ALPINA, contracts=False)
    assert house.calendar("geneva")
    assert house.desk.reader.execute("SELECT count(*) FROM contract").fetchone() == (0,)


def test_what_is_in_force_comes_back_the_same_as_well(house: House) -> None:
    from supportdesk.desk import calls

    house.bring_in(GENEVA + STANDARDS + ALPINA + DEFAULT)
    ticket = calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": house.alpina})
    choose_contract(house.desk, ticket.id, None, goodwill="a first time")
    assert house.bring_in(written_out(house.desk.reader)).writes == ()


