"""Major incidents, what may be said of them and who was told, and when services did not run."""

from supportdesk.models.base import Shared


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
