"""Sites that work offline on the same things and exchange whenever they like, over a bad line and whatever happens to
their server: in the end all hold what they may see, and no text anybody typed is gone but about persons who were erased
(Hypothesis; the rules are in machine.py, forgetting.py and fates.py)."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from supportdesk.terms.verbs import DUTIES, VERBS
from tests.sync.agreeing import Agreeing
from tests.sync.fates import World
from tests.sync.machine import OTHERS, RULES, Sites

PARTS = 100
"""Of the long form: part 7 alone is run with SUPPORTDESK_PART=7, parts 0 to 49 with SUPPORTDESK_PART=0-49."""


class Neighbours(Agreeing):
    """The same sites, but all exchange after each act: nobody ever writes without having seen what the others wrote."""

    @invariant()
    def nobody_disagrees(self) -> None:
        self.apart.clear()
        for _round in range(2):
            for number in range(len(self.sites)):
                self.exchange(number, 0, "request")
        for site in self.sites:
            assert site.desk.reader.execute("SELECT entity, field, kept, offered FROM conflict").fetchall() == []


def _run(prepared: dict[str, Path], examples: int, steps: int, machine: type[Sites] = World,
         part: int | None = None) -> None:
    """``part``: the examples of this number, the same each time."""
    Sites.prepared = prepared
    run_state_machine_as_test(machine if part is None else seed(part)(machine), settings=settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    ))


def test_every_verb_of_the_table_is_said() -> None:
    assert not RULES & set(OTHERS)
    assert RULES | set(OTHERS) | DUTIES == set(VERBS)


def test_sites_that_work_offline_end_equal_and_lose_no_word(prepared: dict[str, Path]) -> None:
    _run(prepared, examples=4, steps=20, part=6)


def test_sites_that_exchange_after_every_act_never_disagree(prepared: dict[str, Path]) -> None:
    _run(prepared, examples=2, steps=7, machine=Neighbours, part=0)


@pytest.mark.long
def test_sites_that_exchange_after_every_act_for_long(prepared: dict[str, Path]) -> None:
    _run(prepared, examples=100, steps=30, machine=Neighbours)


@pytest.mark.long
def test_sites_that_work_offline_for_long(prepared: dict[str, Path]) -> None:
    _run(prepared, examples=300, steps=60)


def _parts() -> range:
    first, _, last = os.environ.get("SUPPORTDESK_PART", f"0-{PARTS - 1}").partition("-")
    return range(int(first), int(last or first) + 1)


@pytest.mark.long
@pytest.mark.parametrize("part", _parts())
def test_sites_that_work_offline_5000_times(prepared: dict[str, Path], part: int) -> None:
    _run(prepared, examples=5_000 // PARTS, steps=20, part=part)
