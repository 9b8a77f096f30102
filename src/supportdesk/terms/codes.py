"""Codes stored in rows and entries, and printed by ``--json``.

A code is for ever: entries written years ago hold it. Names people read come from the
catalogues (:mod:`supportdesk.i18n`), never from here.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum


class TicketType(StrEnum):
    INCIDENT = "incident"
    REQUEST = "request"
    QUESTION = "question"
    PROBLEM = "problem"


class Status(StrEnum):
    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_CALLER = "waiting_caller"
    WAITING_VENDOR = "waiting_vendor"
    WAITING_UNTIL = "waiting_until"
    SOLVED = "solved"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @classmethod
    def read(cls, raw: str | None) -> "Status":
        """What a stored status counts as: none as new; one of a newer version as work that goes on, so that the ticket
        stays in sight."""
        return _STATUSES.get(raw, cls.IN_PROGRESS) if raw else cls.NEW

    @property
    def is_open(self) -> bool:
        return self not in _ENDED

    @property
    def is_waiting(self) -> bool:
        return self in (Status.WAITING_CALLER, Status.WAITING_VENDOR, Status.WAITING_UNTIL)


class Priority(StrEnum):
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"

    @classmethod
    def read(cls, raw: str | None) -> "Priority | None":
        """What a stored priority counts as; None for none, and for one of a newer version."""
        return _PRIORITIES.get(raw) if raw else None


_STATUSES: dict[str, Status] = {status.value: status for status in Status}
_ENDED = frozenset({Status.SOLVED, Status.CLOSED, Status.CANCELLED})
_PRIORITIES: Mapping[str, Priority] = {priority.value: priority for priority in Priority}


class Lane(IntEnum):
    """First sort column of the queue (field/feasibility.md 3)."""

    ALARM = 0  # P1 nobody works on
    RUNNING = 1
    WAITING = 2
    CLOSED = 3


class Employer(StrEnum):
    """Whose team it is."""

    OWN = "own"
    OUTSOURCER = "outsourcer"
    VENDOR = "vendor"


class Channel(StrEnum):
    PHONE = "phone"
    MAIL = "mail"
    CHAT = "chat"
    WEB = "web"
    WALK_IN = "walk_in"
    VOICEMAIL = "voicemail"
    MONITORING = "monitoring"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Outcome(StrEnum):
    """How a contact ended."""

    SOLVED = "solved"
    NEW_TICKET = "new_ticket"
    EXISTING_TICKET = "existing_ticket"
    HANDED_OVER = "handed_over"
    CALLBACK_PROMISED = "callback_promised"
    INFORMATION = "information"
    WRONG_NUMBER = "wrong_number"
    SPAM = "spam"
    CUT_OFF = "cut_off"
    NOT_REACHED = "not_reached"
    VOICEMAIL_LEFT = "voicemail_left"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    LATER = "later"  # reached, and asked to be called at another time

    @property
    def reached(self) -> bool:
        """Whether the person who was called spoke with us: of a contact out this alone keeps a promise."""
        return self not in _UNREACHED

    @property
    def answered(self) -> bool:
        """Whether somebody took the call, were it the wrong one."""
        return self.reached or self in (Outcome.WRONG_NUMBER, Outcome.CUT_OFF)


_UNREACHED = frozenset({Outcome.NOT_REACHED, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL_LEFT,
                        Outcome.WRONG_NUMBER, Outcome.CUT_OFF})


class ShiftKind(StrEnum):
    """What an agent says of his day; his presence is derived from it (rules/shifts)."""

    START = "start"
    BREAK = "break"
    BACK = "back"
    END = "end"


class Audience(StrEnum):
    """Who may read a note."""

    INTERNAL = "internal"
    CALLER = "caller"


class LinkKind(StrEnum):
    DUPLICATE = "duplicate"
    CHILD = "child"
    CAUSED_BY = "caused_by"
    HANGS_ON = "hangs_on"  # a case of a major incident


class HandoffState(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class ArticleState(StrEnum):
    DRAFT = "draft"
    CHECKED = "checked"
    PUBLISHED = "published"
    RETIRED = "retired"


class PromiseKind(StrEnum):
    """What a desk promises a caller, and what teams and vendors promise the desk."""

    ANSWER = "answer"
    UPDATE = "update"
    SOLUTION = "solution"
    ON_SITE = "on_site"
    CALLBACK = "callback"


class ContractKind(StrEnum):
    CUSTOMER = "customer"
    STANDARD = "standard"  # terms that contracts of customers follow
    TEAM = "team"  # what a team of the house promises the others (OLA)
    VENDOR = "vendor"  # what a vendor promises the desk (underpinning contract)


class Coverage(StrEnum):
    """Why a ticket has the promises it has."""

    CONTRACT = "contract"
    DEFAULT = "default"  # no contract: what the desk promises everybody
    NOT_ENTITLED = "not_entitled"  # no contract, and nothing is promised
    GOODWILL = "goodwill"  # nothing had to be promised; done for a reason that is counted


class OutageKind(StrEnum):
    """Why a service did not run; what was announced does not count against its availability."""

    OUTAGE = "outage"
    MAINTENANCE = "maintenance"


class CheckResult(StrEnum):
    """Result of an identity check; the secret itself is never stored."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  # went on with a reason the lead sees


class ConflictState(StrEnum):
    """What became of a field that two sites changed."""

    OPEN = "open"  # somebody has to choose
    AUTO = "auto"  # the rule of merging chose; both values are there for reading
    KEPT = "kept"  # chosen: what stands stays
    OFFERED = "offered"  # chosen: the other value was set again
    EDITED = "edited"  # chosen: a third value was written


class EntryKind(StrEnum):
    CREATE = "create"
    SET = "set"
    ADD = "add"
    REMOVE = "remove"


class EntryState(StrEnum):
    LOCAL = "local"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Merge(StrEnum):
    """What happens when two sites changed one field (DESIGN.md 3, field/sync.md 2.5)."""

    OFFER = "offer"
    MORE_URGENT = "more_urgent"
    FIRST_HOLDS = "first_holds"
    SET = "set"
    APPEND = "append"
    PRIVATE = "private"
