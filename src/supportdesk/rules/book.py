"""All that is agreed, as promises are judged by it: calendars and contracts, each with its versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from supportdesk.rules.agreements import Terms, in_force
from supportdesk.rules.calendars import CalendarTime
from supportdesk.terms.codes import ContractKind

DEFAULT = "default"
"""Short name of the standard terms that hold for a ticket without a contract."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar; ``time`` is None where what is written opens never or cannot be read."""

    id: UUID
    slug: str
    name: str
    time: CalendarTime | None


@dataclass(frozen=True, slots=True)
class Head:
    """Who agrees what kind of contract. ``organisation_id`` is the customer, or the vendor that promises; ``team_id``
    the team that promises. Instants are microseconds UTC, None for open ends."""

    id: UUID
    slug: str
    name: str
    kind: ContractKind
    organisation_id: UUID | None
    team_id: UUID | None
    standard_id: UUID | None
    valid_from: int | None
    valid_until: int | None


@dataclass(frozen=True, slots=True)
class Contract(Head):
    """A contract with its versions, the oldest first."""

    versions: tuple[Terms, ...]
    text: str = ""
    is_retired: bool = False

    def is_valid(self, at: int) -> bool:
        """Whether it holds at an instant; it ends with ``valid_until``, which is no more of it."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_until is None or at < self.valid_until)

    def terms(self, at: int) -> Terms | None:
        """What it says at an instant, valid or not."""
        return in_force(self.versions, at)


@dataclass(frozen=True, slots=True)
class Book:
    """All calendars and contracts that are not retired, and retired ones that tickets may still stand under."""

    calendars: Mapping[UUID, Calendar]
    contracts: Mapping[UUID, Contract]
    _default: Contract | None = field(init=False, repr=False, compare=False)
    _customers: Mapping[UUID, tuple[Contract, ...]] = field(init=False, repr=False, compare=False)
    _by_text: Mapping[str, Calendar] = field(init=False, repr=False, compare=False)
    is_empty: bool = field(init=False, repr=False, compare=False)

    def calendar(self, id: str | UUID | None) -> Calendar | None:
        """The calendar of an id, which terms keep as text."""
        return None if id is None else self._by_text.get(id) if isinstance(id, str) else self.calendars.get(id)

    def default(self) -> Contract | None:
        """The standard terms for everybody without a contract; None where the desk wrote none."""
        return self._default

    def of_customer(self, organisation: UUID | None) -> tuple[Contract, ...]:
        """The contracts of a customer that are not retired."""
        return () if organisation is None else self._customers.get(organisation, ())

    @property
    def has_customers(self) -> bool:
        """Whether anything is agreed with anybody by name."""
        return bool(self._customers)

    def __post_init__(self) -> None:
        """``is_empty``: nothing is agreed with anybody. Every save asks for this, the default and a customer's. Of two
        that were written at two desks before they met, the default is the same everywhere."""
        held = [contract for contract in self.contracts.values() if not contract.is_retired]
        default = [each for each in held if each.kind is ContractKind.STANDARD and each.slug == DEFAULT]
        customers: dict[UUID, tuple[Contract, ...]] = {}
        for contract in held:
            if contract.kind is ContractKind.CUSTOMER and contract.organisation_id is not None:
                of = contract.organisation_id
                customers[of] = (*customers.get(of, ()), contract)
        object.__setattr__(self, "_default", min(default, key=lambda each: each.id, default=None))
        object.__setattr__(self, "_customers", customers)
        object.__setattr__(self, "_by_text", {str(id): calendar for id, calendar in self.calendars.items()})
        object.__setattr__(self, "is_empty", not held)
