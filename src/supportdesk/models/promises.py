"""What is kept of promises: the classes of those that run, tickets to be derived again, breaches."""

from sqlmodel import Field

from supportdesk.models.base import Shared, Table


class PromiseClass(Table, table=True):
    """Promises of one amount (microseconds) of one calendar, its id empty around the clock (rules/urgency)."""

    __tablename__ = "promise_class"

    pk: int | None = Field(default=None, primary_key=True)
    calendar: bytes
    target: int


class Unsettled(Table, table=True):
    """An open ticket whose agreements have changed since its promises were derived (store/urgency)."""

    pk: int | None = Field(default=None, primary_key=True)


class Breach(Shared, table=True):
    """A promise that was not kept, noted once whoever notices (desk/duties)."""

    ticket_id: bytes | None = None
    kind: str | None = None
    due_at: int | None = None
    contract_id: bytes | None = None
    at: int | None = None
    reason: str | None = None
    agent_id: bytes | None = None
