"""What happens at the desk: contacts, tickets and all that hangs on them."""

from sqlmodel import Field, SQLModel

from supportdesk.models.base import Shared


class Contact(Shared, table=True):
    direction: str | None = None
    channel: str | None = None
    number_given: str | None = None
    number: str | None = None
    called_number: str | None = None
    caller_id: bytes | None = None
    caller_name: str | None = None
    behalf_id: bytes | None = None
    behalf_name: str | None = None
    language: str | None = None
    started_at: int | None = None
    answered_at: int | None = None
    holds: str | None = None
    ended_at: int | None = None
    wrapped_at: int | None = None
    agent_id: bytes | None = None
    tickets: str | None = None
    outcome: str | None = None
    note: str | None = None


class IdentityCheck(Shared, table=True):
    contact_id: bytes | None = None
    caller_id: bytes | None = None
    ticket_id: bytes | None = None
    matter: str | None = None
    method: str | None = None
    result: str | None = None
    reason: str | None = None
    agent_id: bytes | None = None
    at: int | None = None


class Ticket(Shared, table=True):
    number: str | None = None
    type: str | None = None
    caller_id: bytes | None = None
    caller_name: str | None = None
    caller_number: str | None = None
    affected_id: bytes | None = None
    affected_name: str | None = None
    approver_id: bytes | None = None
    approver_name: str | None = None
    organisation_id: bytes | None = None
    organisation_name: str | None = None
    product_id: bytes | None = None
    component_id: bytes | None = None
    component_name: str | None = None
    asset_id: bytes | None = None
    asset_name: str | None = None
    language: str | None = None
    title: str | None = None
    description: str | None = None
    impact: int | None = None
    urgency: int | None = None
    priority: str | None = None
    priority_reason: str | None = None
    wish: str | None = None
    status: str | None = None
    status_reason: str | None = None
    wait_until: int | None = None
    level: int | None = None
    team_id: bytes | None = None
    assignee_id: bytes | None = None
    owner_id: bytes | None = None
    callback_at: int | None = None
    callback_number: str | None = None
    callback_to: str | None = None
    chasers: int | None = None
    solution: str | None = None
    tags: str | None = None
    created_at: int | None = None
    solved_at: int | None = None
    closed_at: int | None = None
    merged_into_id: bytes | None = None
    origin: str | None = None
    contract_id: bytes | None = None
    coverage: str | None = None
    coverage_reason: str | None = None
    needed_by: int | None = None
    needed_for: str | None = None
    # Derived from the fields above by store/derive, private to the file, never in an entry.
    number_tail: str | None = None  # digits, last first: the end of a number finds it
    lane: int | None = None
    wake_at: int | None = None
    due_at: int | None = None
    updated_at: int | None = None
    # The promise that counts in the desk's order (store/urgency).
    promise: str | None = None
    class_id: int | None = None  # its row in promise_class
    due_point: int | None = None  # open microseconds of its calendar (rules/urgency)
    weight: int = 0  # of the contract


class PromiseClass(SQLModel, table=True):
    """Promises of one amount (microseconds) of one calendar, its id empty around the clock (rules/urgency)."""

    __tablename__ = "promise_class"

    pk: int | None = Field(default=None, primary_key=True)
    calendar: bytes
    target: int


class Unsettled(SQLModel, table=True):
    """An open ticket whose agreements have changed since its promises were derived (store/urgency)."""

    pk: int | None = Field(default=None, primary_key=True)


class Note(Shared, table=True):
    ticket_id: bytes | None = None
    audience: str | None = None
    text: str | None = None
    agent_id: bytes | None = None
    author_text: str | None = None
    at: int | None = None
    withdrawn_at: int | None = None


class Link(Shared, table=True):
    kind: str | None = None
    from_id: bytes | None = None
    to_id: bytes | None = None


class Attachment(Shared, table=True):
    ticket_id: bytes | None = None
    name: str | None = None
    size: int | None = None
    digest: str | None = None
    type: str | None = None


class Handoff(Shared, table=True):
    ticket_id: bytes | None = None
    from_team_id: bytes | None = None
    to_team_id: bytes | None = None
    offered_by_id: bytes | None = None
    packet: str | None = None
    incomplete_reason: str | None = None
    state: str | None = None
    reason: str | None = None
    offered_at: int | None = None
    answered_at: int | None = None
    answered_by_id: bytes | None = None


class Breach(Shared, table=True):
    """A promise that was not kept, noted once whoever notices (desk/duties)."""

    ticket_id: bytes | None = None
    kind: str | None = None
    due_at: int | None = None
    contract_id: bytes | None = None
    at: int | None = None
    reason: str | None = None
    agent_id: bytes | None = None


class MajorIncident(Shared, table=True):
    """One ticket others hang on, and who speaks for it (desk/major)."""

    __tablename__ = "major_incident"

    ticket_id: bytes | None = None
    title: str | None = None
    product_id: bytes | None = None
    component_id: bytes | None = None
    communicator_id: bytes | None = None
    agent_id: bytes | None = None
    began_at: int | None = None
    declared_at: int | None = None
    next_update_at: int | None = None
    ended_at: int | None = None


class Statement(Shared, table=True):
    """What agents may say now of a major incident, in each language of the desk."""

    major_id: bytes | None = None
    ticket_id: bytes | None = None
    texts: str | None = None
    agent_id: bytes | None = None
    at: int | None = None
    valid_until: int | None = None


class Told(Shared, table=True):
    """Somebody was told of a major incident, how, and whether his own case is still broken."""

    major_id: bytes | None = None
    ticket_id: bytes | None = None
    statement_id: bytes | None = None
    who: str | None = None
    how: str | None = None
    still_broken: bool | None = None
    agent_id: bytes | None = None
    at: int | None = None


class Outage(Shared, table=True):
    """When a service did not run: its availability is computed from these."""

    ticket_id: bytes | None = None
    product_id: bytes | None = None
    component_id: bytes | None = None
    kind: str | None = None
    began_at: int | None = None
    ended_at: int | None = None
    agent_id: bytes | None = None
    reason: str | None = None


class Conflict(Shared, table=True):
    """Two values of one field, written at two sites; made by the server (rules/merge)."""

    entity: str | None = None
    row_id: str | None = None
    ticket_id: bytes | None = None
    field: str | None = None
    kept: str | None = None
    kept_by: str | None = None
    kept_at: int | None = None
    offered: str | None = None
    offered_by: str | None = None
    offered_at: int | None = None
    entry_id: str | None = None
    state: str | None = None
    decided_by_id: bytes | None = None
    decided_at: int | None = None
