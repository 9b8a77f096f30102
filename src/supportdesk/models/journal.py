"""The journal and what is private to one database file."""

from sqlmodel import Field

from supportdesk.models.base import Table


class Device(Table, table=True):
    """One row: this file. ``number_prefix`` and ``ticket_counter`` make ticket numbers (DESIGN.md 9)."""

    pk: int | None = Field(default=None, primary_key=True)
    id: bytes
    number_prefix: int
    ticket_counter: int = 0
    next_n: int = 1
    created_at: int
    kind: str = "desk"  # desk | demo
    touched: int = 0  # a person changed something (a demo that was touched is never rebuilt)
    agreements: int = 0  # how often a calendar or contract was written: whoever keeps them reads again when it moves


class Entry(Table, table=True):
    """See :class:`supportdesk.terms.entries.Entry`; instants in microseconds UTC, fields JSON in wire form."""

    pk: int | None = Field(default=None, primary_key=True)
    id: bytes = Field(unique=True)
    action: bytes
    batch: bytes | None = None
    n: int
    verb: str
    agent: bytes | None = None
    author_text: str | None = None
    device: bytes
    session: bytes
    entity: str
    entity_id: bytes
    subject: bytes | None = None  # the ticket it belongs to, for the timeline
    kind: str
    base: int = 0
    schema_: int = Field(default=1, sa_column_kwargs={"name": "schema"})
    fields: str
    reason: str | None = None
    at: int
    recorded_at: int
    clock_offset: int | None = None
    undoes: bytes | None = None
    state: str = "local"
    seq: int | None = None


class Image(Table, table=True):
    """Newest confirmed image of a row: starter data now, the server's rows once enrolled."""

    pk: int | None = Field(default=None, primary_key=True)
    entity: str
    id: bytes = Field(unique=True)
    rev: int = 0
    doc: str
    digest: bytes | None = None  # of what came from the server, so that damage to it is noticed


class SyncState(Table, table=True):
    """One row once the file is enrolled with a server; nothing before."""

    __tablename__ = "sync_state"

    pk: int | None = Field(default=None, primary_key=True)
    url: str
    server: str
    secret: str
    epoch: int
    lease: str
    chain: str | None = None
    answered: int = 0  # the place (pk) in the journal up to which the server has answered for all own entries
    checked: int = 0  # the place up to which images were looked at last
    paused: int = 0
    enrolled_at: int
    exchanged_at: int | None = None
    tried_at: int | None = None
    failure: str | None = None
    holder: bytes | None = None  # who exchanges now
    held_until: int = 0
    failing_since: int | None = None  # the first failure since an exchange ended well


class SyncCursor(Table, table=True):
    """How far a scope was pulled. ``whole`` is the sequence up to which its images are complete, ``sum`` and
    ``count`` are over what came (sync/wire.row_sum)."""

    __tablename__ = "sync_cursor"

    scope: str = Field(primary_key=True)
    seq: int = 0
    whole: int = 0
    sum: str = "0"
    count: int = 0


class ImageScope(Table, table=True):
    """Which scope of another company's team holds a row, and at which revision; what is not here came with ``own``."""

    __tablename__ = "image_scope"

    scope: str = Field(primary_key=True)
    id: bytes = Field(primary_key=True)
    rev: int = 0


class Erasure(Table, table=True):
    """A person who was erased (rules/erasure.Order as JSON in ``doc``). ``number`` is the server's, ``files`` are the
    digests of attachments that still have to go, ``cleaned`` how far the bytes are gone (store/erasures)."""

    id: bytes = Field(primary_key=True)  # of the entry that ordered it
    number: int | None = None
    doc: str
    files: str = "[]"
    cleaned: int = 0


class Refused(Table, table=True):
    """An own entry the server did not take, and why."""

    entry: bytes = Field(primary_key=True)
    reason: str
    at: int
    settled_at: int | None = None  # sent again by somebody, or put away


class Reference(Table, table=True):
    """Who is named by a REFS field: rows of (target, field) to owner, kept beside the JSON text."""

    target: bytes = Field(primary_key=True)
    field: str = Field(primary_key=True)
    owner: bytes = Field(primary_key=True)


class CallerKey(Table, table=True):
    """Digits by which a caller's telephone is found (rules/phones.digits_key)."""

    __tablename__ = "caller_key"

    digits: str = Field(primary_key=True)
    caller: bytes = Field(primary_key=True)


class Batch(Table, table=True):
    """A bulk act on its way: staged, being applied, done, or being withdrawn (DESIGN.md 3 Size)."""

    pk: int | None = Field(default=None, primary_key=True)
    id: bytes = Field(unique=True)
    verb: str
    agent: bytes | None = None
    state: str
    staging: str | None = None
    started_at: int
    total: int = 0
    done: int = 0
    label: str | None = None  # the file it came from, for undo and doctor
    records: int = 0  # how many the file held; 0 where not known


class TicketText(Table, table=True):
    """What the ticket search reads; the two FTS5 tables have it as external content."""

    __tablename__ = "ticket_text"
    pk: int | None = Field(default=None, primary_key=True)
    digits: str = ""
    title: str = ""
    people: str = ""
    body: str = ""
    is_open: int = 0


class ArticleText(Table, table=True):
    __tablename__ = "article_text"
    pk: int | None = Field(default=None, primary_key=True)
    lang: str = ""
    title: str = ""
    issue: str = ""
    keywords: str = ""
    body: str = ""


class PeopleText(Table, table=True):
    """Names by which callers, organisations and assets are found as typed."""

    __tablename__ = "people_text"
    pk: int | None = Field(default=None, primary_key=True)
    entity: str
    id: bytes = Field(unique=True)
    words: str = ""
