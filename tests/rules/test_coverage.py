"""Which contract covers a call: one order, explained, whatever order the contracts come in."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from types import MappingProxyType
from uuid import UUID

import pytest

from supportdesk.rules.agreements import Target, Terms
from supportdesk.rules.book import DEFAULT, Book, Contract
from supportdesk.rules.calendars import ALWAYS
from supportdesk.rules.coverage import Asked, Candidate, Covered, Default, NotEntitled, Why, covering
from supportdesk.terms.codes import ContractKind, Priority, PromiseKind

VPN, FAX = UUID(int=71), UUID(int=72)
BETTER, OTHER = UUID(int=2), UUID(int=1)
NOW = 1_000
ASKED = Asked(NOW, VPN, "phone", "fr", Priority.P2)
CRITERIA = (Why.PRODUCT, Why.OWN, Why.WEIGHT, Why.SOLUTION, Why.YOUNGER, Why.ID)


def _contract(id: UUID, better: frozenset[Why], equal: frozenset[Why] = frozenset()) -> Candidate:
    """A contract that is better by some criteria and worse by all others; where the two are equal, as the better."""
    good = better | equal
    terms = Terms(
        since=ALWAYS, products=(str(VPN),) if Why.PRODUCT in good else (), weight=5 if Why.WEIGHT in good else 1,
        targets=MappingProxyType({Priority.P2: Target(MappingProxyType(
            {PromiseKind.SOLUTION: 3_600 if Why.SOLUTION in good else 7_200}))}),
    )
    return Candidate(id, Why.OWN in good, 900 if Why.YOUNGER in good else 100, None, (terms,))


CELLS = [tuple(bool(cell >> place & 1) for place in range(6)) for cell in range(64)]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "".join("+" if better else "=" for better in cell))
def test_the_first_criterion_that_tells_two_contracts_apart_decides_and_is_named(cell: tuple[bool, ...]) -> None:
    """+: the one is better; =: they are equal as long as nothing has told them apart, and worse after that."""
    decides = next((why for why, better in zip(CRITERIA, cell, strict=True) if better), Why.ID)
    place = CRITERIA.index(decides)
    equal = frozenset(CRITERIA[:place])
    worse = frozenset(CRITERIA[place + 1:]) - {why for why, better in zip(CRITERIA, cell, strict=True) if better}
    one = _contract(OTHER if decides is Why.ID else BETTER, frozenset(CRITERIA) - worse)
    other = _contract(BETTER if decides is Why.ID else OTHER, worse, equal)
    for order in permutations((one, other)):
        assert covering(order, ASKED, everybody=True) == Covered(one.id, decides, (other.id,))


def test_the_only_contract_is_named_as_such() -> None:
    one = _contract(BETTER, frozenset())
    assert covering([one], ASKED, everybody=True) == Covered(BETTER, Why.ONLY)


@pytest.mark.parametrize(("change", "covered"), [
    ({"valid_from": NOW}, True), ({"valid_from": NOW + 1}, False),
    ({"valid_until": NOW + 1}, True), ({"valid_until": NOW}, False),
])
def test_a_contract_covers_from_its_first_instant_to_before_its_last(change: dict[str, int], covered: bool) -> None:
    one = replace(_contract(BETTER, frozenset()), **({"valid_from": None} | change))
    assert isinstance(covering([one], ASKED, everybody=False), Covered) is covered


@pytest.mark.parametrize(("terms", "asked", "covered"), [
    ({"products": (str(FAX),)}, {}, False), ({"products": (str(FAX), str(VPN))}, {}, True),
    ({"products": (str(FAX),)}, {"product": None}, True),
    ({"channels": ("mail",)}, {}, False), ({"channels": ("mail", "phone")}, {}, True),
    ({"channels": ("mail",)}, {"channel": None}, True),
    ({"languages": ("de",)}, {}, False), ({"languages": ("de", "fr")}, {}, True),
    ({"languages": ("de",)}, {"language": None}, True),
])
def test_product_channel_and_language_exclude_only_when_they_are_known(
        terms: dict[str, object], asked: dict[str, None], covered: bool) -> None:
    one = _contract(BETTER, frozenset())
    one = replace(one, versions=(replace(one.versions[0], **terms),))  # type: ignore[arg-type]
    found = covering([one], ASKED._replace(**asked), everybody=False)
    assert isinstance(found, Covered) is covered


def test_one_for_all_products_comes_before_one_for_some_while_the_product_is_not_known() -> None:
    some = _contract(BETTER, frozenset(CRITERIA))
    every = _contract(OTHER, frozenset())
    found = covering([some, every], ASKED._replace(product=None), everybody=True)
    assert found == Covered(OTHER, Why.PRODUCT, (BETTER,))


def test_without_a_priority_the_shortest_solution_counts() -> None:
    quick, slow = _contract(BETTER, frozenset({Why.SOLUTION})), _contract(OTHER, frozenset())
    assert covering([slow, quick], ASKED._replace(priority=None), everybody=True) == Covered(
        BETTER, Why.SOLUTION, (OTHER,))
    assert covering([slow, quick], ASKED._replace(priority=Priority.P5), everybody=True) == Covered(
        OTHER, Why.ID, (BETTER,)), "neither promises one for P5"


def test_the_version_in_force_is_asked() -> None:
    one = _contract(BETTER, frozenset())
    before, after = replace(one.versions[0], languages=("de",)), replace(one.versions[0], since=NOW)
    one = replace(one, valid_from=None, versions=(before, after))
    assert isinstance(covering([one], ASKED, everybody=False), Covered)
    assert isinstance(covering([one], ASKED._replace(at=NOW - 1), everybody=False), NotEntitled)


def test_without_a_contract_there_is_what_everybody_is_promised_or_nothing() -> None:
    assert covering([], ASKED, everybody=True) == Default()
    assert covering([], ASKED, everybody=False) == NotEntitled()


def test_who_has_no_contract_any_more_is_told_when_the_last_one_ended() -> None:
    one = _contract(BETTER, frozenset())
    ended = [replace(one, valid_from=None, valid_until=until, id=UUID(int=until)) for until in (300, 700, 500)]
    assert covering(ended, ASKED, everybody=False) == NotEntitled(UUID(int=700), 700)
    other = replace(ended[1], versions=(replace(one.versions[0], products=(str(FAX),)),))
    assert covering([ended[0], other], ASKED, everybody=False) == NotEntitled(UUID(int=300), 300)
    assert covering(ended, ASKED, everybody=True) == Default()


def test_of_two_terms_for_everybody_the_same_ones_hold_whichever_came_first() -> None:
    """Two desks wrote their own before they met: each console has them in another order."""
    one, other = (
        Contract(id, DEFAULT, "", ContractKind.STANDARD, None, None, None, None, None, ()) for id in (BETTER, OTHER))
    chosen = {Book({}, {each.id: each for each in order}).default() for order in permutations((one, other))}
    assert chosen == {other}
