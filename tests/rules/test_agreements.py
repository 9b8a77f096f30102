"""What a contract promises, as it is kept: whole versions by date; what this version does not know is passed over."""

from __future__ import annotations

import pytest

from supportdesk.rules.agreements import STOPPED_BY_DEFAULT, Terms, in_force, versions
from supportdesk.rules.calendars import ALWAYS
from supportdesk.terms.codes import Priority, PromiseKind, Status

WHOLE = {
    "since": 1_000, "calendar": "office", "stops": ["waiting_until", "waiting_vendor", "waiting_caller"],
    "targets": {"P1": {"answer": 900, "solution": 14_400, "calendar": "always"},
                "P2": {"update": 7_200, "on_site": 60}},
    "attempts": True, "products": ["vpn"], "channels": ["phone"], "languages": ["fr"], "key_account": True,
    "incidents": 20, "weight": 3, "joint": {"signed": True}, "supplier": {"name": "Kern"},
    "availability": [{"service": "pos", "percent": 99.5}], "responsibilities": [{"duty": "restart"}, "odd"],
    "own": ["targets.P1.solution"],
}


def test_a_version_is_read_as_written() -> None:
    (terms,) = versions([WHOLE])
    assert terms.since == 1_000
    assert terms.calendar == "office"
    assert terms.targets[Priority.P1].seconds == {PromiseKind.ANSWER: 900, PromiseKind.SOLUTION: 14_400}
    assert terms.targets[Priority.P1].calendar == "always"
    assert terms.targets[Priority.P2].seconds == {PromiseKind.UPDATE: 7_200, PromiseKind.ON_SITE: 60}
    assert terms.stops == {Status.WAITING_CALLER, Status.WAITING_UNTIL}, "a vendor never stops the customer's clock"
    assert (terms.attempts, terms.key_account, terms.incidents, terms.weight) == (True, True, 20, 3)
    assert (terms.products, terms.channels, terms.languages) == (("vpn",), ("phone",), ("fr",))
    assert (terms.joint, terms.supplier) == ({"signed": True}, {"name": "Kern"})
    assert terms.availability == ({"service": "pos", "percent": 99.5},)
    assert terms.responsibilities == ({"duty": "restart"},)
    assert terms.own == {"targets.P1.solution"}


def test_what_is_not_said_has_its_default() -> None:
    assert versions([{}]) == (Terms(ALWAYS),)
    assert versions([{}])[0].stops == STOPPED_BY_DEFAULT
    assert versions([{"stops": []}])[0].stops == frozenset()


@pytest.mark.parametrize("written", [
    {"targets": 7}, {"targets": {"P9": {"answer": 60}}}, {"targets": {"P1": 60}}, {"calendar": 5}, {"since": "soon"},
    {"products": "all"}, {"incidents": True}, {"weight": "heavy"}, {"joint": "yes"}, {"availability": {}},
    {"key_account": 1}, {"attempts": "yes"},
])
def test_what_cannot_be_read_is_passed_over(written: dict[str, object]) -> None:
    assert versions([written]) == (Terms(ALWAYS),)


@pytest.mark.parametrize("amount", [0, -60, True, "60", None, 1.5])
def test_a_target_is_a_number_of_seconds(amount: object) -> None:
    assert versions([{"targets": {"P1": {"answer": amount}}}])[0].targets[Priority.P1].seconds == {}


@pytest.mark.parametrize("written", [None, "text", 7, {}, ["odd"]])
def test_what_is_no_list_of_versions_promises_nothing(written: object) -> None:
    assert versions(written) == ()


def test_the_version_of_an_instant_is_the_last_that_has_begun() -> None:
    found = versions([{"since": 200, "weight": 2}, {"since": 100, "weight": 1}, {"since": 200, "weight": 3}])
    assert [terms.since for terms in found] == [100, 200]
    weights = {at: terms.weight for at in (100, 199, 200) if (terms := in_force(found, at)) is not None}
    assert weights == {100: 1, 199: 1, 200: 3}
    assert in_force(found, 99) is None
