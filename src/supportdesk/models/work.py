"""What happens at the desk: contacts, tickets and all that hangs on them."""

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
