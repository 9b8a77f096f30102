"""A call being typed: everything said so far, as it goes to the draft file and, once, to the journal.

The draft's id becomes the ticket's (DESIGN.md law 1). Holds no connection and loads no SQLModel: the
intake opens in a blink and is written to the draft file while typed.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.store.types import from_iso, iso, uuid7
from supportdesk.terms.codes import CheckResult, Outcome

if TYPE_CHECKING:
    from supportdesk.desk.calls import Call


@dataclass(slots=True)
class DraftCheck:
    """An identity check made on the call (see desk.calls.Check)."""

    matter: str
    method: str | None
    result: str
    reason: str | None = None


@dataclass(slots=True)
class DraftUse:
    """An article used on the call; ``steps`` are the 1-based ones ticked."""

    article_id: UUID
    title: str
    steps: list[int] = field(default_factory=list)
    helped: bool | None = None


@dataclass(slots=True)
class CallDraft:
    """What the agent has typed and chosen. Instants are aware UTC; ids of chosen records are UUIDs.

    ``major_id`` is the major incident the call is a case of; saved, its caller was told the sentence on the screen.
    ``holds`` are pairs: from when to when the caller waited while the call was set aside."""

    started_at: datetime
    id: UUID = field(default_factory=uuid7)
    contact_id: UUID = field(default_factory=uuid7)
    caller_text: str = ""
    caller_id: UUID | None = None
    caller_name: str = ""
    number: str = ""
    is_new_caller: bool = False
    organisation_id: UUID | None = None
    organisation_text: str = ""
    language: str | None = None
    behalf_text: str = ""
    behalf_id: UUID | None = None
    symptom: str = ""
    component_text: str = ""
    component_id: UUID | None = None
    product_id: UUID | None = None
    asset_id: UUID | None = None
    type: str = "incident"
    impact: int = 4
    urgency: int = 3
    priority: str | None = None
    priority_reason: str = ""
    wish: str = ""
    needed_by: datetime | None = None
    needed_for: str = ""
    goodwill: str = ""
    note: str = ""
    solution: str = ""
    callback_text: str = ""
    matter: str = ""
    checks: list[DraftCheck] = field(default_factory=list)
    used: list[DraftUse] = field(default_factory=list)
    about: UUID | None = None
    about_number: str = ""
    major_id: UUID | None = None
    ended_at: datetime | None = None
    aside_at: datetime | None = None
    holds: list[list[datetime]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How the call is named on line 1 and in the list of calls set aside."""
        return self.caller_name or self.caller_text or self.symptom[:30]

    @property
    def is_empty(self) -> bool:
        """Nothing was typed or chosen: leaving it loses nothing."""
        return not (self.caller_text or self.caller_id or self.caller_name or self.symptom or self.component_text
                    or self.note or self.behalf_text or self.about or self.major_id or self.solution or self.used
                    or self.checks)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values for the draft file."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "CallDraft":
        """The draft as it was typed; fields of another version are left out."""
        known = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        for name in _IDS & known.keys():
            known[name] = UUID(known[name]) if known[name] else None
        for name in _INSTANTS & known.keys():
            known[name] = from_iso(known[name]) if known[name] else None
        known["holds"] = [[from_iso(end) for end in pair] for pair in known.get("holds", ())]
        known["checks"] = [DraftCheck(**c) for c in known.get("checks", ())]
        known["used"] = [DraftUse(UUID(u["article_id"]), u["title"], list(u["steps"]), u["helped"])
                         for u in known.get("used", ())]
        return cls(**known)

    def contact(self) -> dict[str, Any]:
        """Fields of ContactInput."""
        return _given({
            "number_given": self.number, "caller_id": self.caller_id, "caller_name": self.caller_name or None,
            "behalf_id": self.behalf_id, "behalf_name": None if self.behalf_id else self.behalf_text,
            "language": self.language, "started_at": self.started_at, "answered_at": self.started_at,
            "ended_at": self.ended_at, "holds": tuple((begun, over) for begun, over in self.holds),
        })

    def to_call(self, *, solution: str | None = None, offer: Any = None, promise: Any = None) -> "Call":
        """The call for ``desk.calls.take_call``; at most one of solution and offer."""
        from supportdesk.desk.calls import Call, Check, Used

        ticket = _given({
            "caller_id": self.caller_id, "caller_name": self.caller_name, "caller_number": self.number,
            "affected_id": self.behalf_id, "affected_name": None if self.behalf_id else self.behalf_text,
            "organisation_id": self.organisation_id,
            "component_id": self.component_id, "product_id": self.product_id, "asset_id": self.asset_id,
            "component_name": None if self.component_id else self.component_text, "language": self.language,
            "type": self.type, "description": self.symptom, "impact": self.impact, "urgency": self.urgency,
            "priority": self.priority,
            "priority_reason": self.priority_reason, "wish": self.wish,
            "needed_by": self.needed_by, "needed_for": self.needed_for,
        })
        new = None
        if self.is_new_caller and self.caller_id is None and self.caller_name:
            new = _given({"name": self.caller_name, "numbers": (self.number,) if self.number else (),
                          "language": self.language, "organisation_id": self.organisation_id})
        return Call(
            ticket=ticket, contact=self.contact(), id=self.id, contact_id=self.contact_id, new_caller=new,
            new_organisation=None if self.organisation_id else self.organisation_text or None, solution=solution,
            offer=offer, promise=promise, note=self.note or None, goodwill=self.goodwill or None,
            major_id=self.major_id,
            checks=[Check(c.matter, c.method, CheckResult(c.result), c.reason) for c in self.checks],
            used=[Used(u.article_id, tuple(u.steps), u.helped) for u in self.used],
        )


_IDS = {"id", "contact_id", "caller_id", "organisation_id", "behalf_id", "component_id", "product_id", "asset_id",
        "about", "major_id"}
_INSTANTS = {"started_at", "ended_at", "aside_at", "needed_by"}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in values.items() if v not in (None, "", ())}


class OpenCalls:
    """The calls this console holds: one at hand at most, any number set aside (newest last)."""

    def __init__(self, aside: Iterable[CallDraft] = ()) -> None:
        self.current: CallDraft | None = None
        self.aside: list[CallDraft] = list(aside)
        self._held: set[UUID] = set()

    def begin(self, now: datetime) -> CallDraft:
        """A new call; the one at hand is set aside (an empty one is dropped)."""
        self.put_aside(now)
        self.current = CallDraft(started_at=now)
        return self.current

    def put_aside(self, now: datetime) -> CallDraft | None:
        """Set the call at hand aside. Returns it, or None if nothing was typed."""
        draft, self.current = self.current, None
        if draft is None or draft.is_empty:
            return None
        draft.aside_at = now
        if draft.ended_at is None:
            self._held.add(draft.id)
        self.aside.append(draft)
        return draft

    def back(self, now: datetime, id: UUID | None = None) -> CallDraft | None:
        """Take the newest call set aside up again (or the one named); the one at hand changes places with it.

        Its caller was on hold meanwhile, unless he had hung up, or the console was not there to know."""
        chosen = next((d for d in reversed(self.aside) if id is None or d.id == id), None)
        if chosen is None:
            return None
        self.aside.remove(chosen)
        self.put_aside(now)
        if chosen.id in self._held and chosen.aside_at is not None:
            chosen.holds.append([chosen.aside_at, now])
        self._held.discard(chosen.id)
        chosen.aside_at = None
        self.current = chosen
        return chosen

    def done(self) -> None:
        """The call at hand was saved."""
        self.current = None


ENDINGS_WITHOUT_TICKET: tuple[Outcome, ...] = (
    Outcome.INFORMATION, Outcome.WRONG_NUMBER, Outcome.SPAM, Outcome.CUT_OFF,
)
"""Offered by number keys when a call needs no ticket, in this order."""
