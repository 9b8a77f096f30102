"""Bringing in what other tools wrote: read and checked whole in a private file first, then let in as one batch.

``undo`` takes a batch back whole; a kill in the middle is gone on with by :func:`resume_batches`. Imported history
stands at its own instants under its own authors' names and never counts as an agent's work.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from supportdesk.desk.histories import History
from supportdesk.desk.mapping import TicketMapping, read_mapping, zone_of
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store import batches, database
from supportdesk.store.batches import Batch, BatchState
from supportdesk.store.foreign import rows_of
from supportdesk.store.journal import MAX_BYTES
from supportdesk.store.staging import Staging
from supportdesk.store.types import dumps, from_wire, instant, micros
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Invalid, NotPermitted

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

VERB = "import_records"
REFUSED_KEPT = 1_000
"""Refused rows that are listed; all are counted."""

LARGEST_STEP = MAX_BYTES - 8 * 1024
"""Bytes of one step, so that its action is let in whatever else stands in it."""

_BATCHES = UUID("0d3c9a52-6a5e-5b7c-9a51-0f4c64b2a3d8")
Progress = Callable[[int, int], object]
"""Called with steps done and steps in all, once per transaction."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken, by its line in the file."""

    line: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What an import found and did. ``batch`` is None when nothing was let in (dry run, refused rows)."""

    file: Path
    rows: int = 0
    records: int = 0
    steps: int = 0
    refused: list[Refused] = field(default_factory=list)
    refused_count: int = 0
    batch: UUID | None = None

    def refuse(self, line: int, reason: str) -> None:
        self.refused_count += 1
        if len(self.refused) < REFUSED_KEPT:
            self.refused.append(Refused(line, reason))


def import_tickets(desk: "Desk", file: Path, mapping: Path | TicketMapping, *, keep_good: bool = False,
                   dry_run: bool = False, progress: Progress | None = None) -> ImportReport:
    """Bring in tickets with their histories as ``mapping`` says; one event of a ticket for each row.

    With refused rows nothing is let in unless ``keep_good``. Raises Invalid (file, mapping, imported already),
    NotPermitted, NotReady."""
    known = mapping if isinstance(mapping, TicketMapping) else read_mapping(mapping)
    zone = zone_of(desk.agent.zone if known.zone is None else known.zone)

    def stage(staging: Staging, report: ImportReport) -> None:
        for row in rows_of(file, known.format):
            report.rows += 1
            if report.rows == 1 and row.problem is None and known.format.kind != "json":
                _require_columns(known, row.cells)
            try:
                if row.problem is not None:
                    raise ValueError(row.problem)
                event = known.event(row.cells, zone)
                staging.add_event(row.line, event.key, micros(event.at),
                                  [event.author, event.values, event.kept])
            except ValueError as error:
                report.refuse(row.line, str(error))
        history = History(desk, known)
        for events in staging.histories(known.by_time):
            report.records += 1
            for line, step in history.steps(events, report.refuse):
                add_step(staging, report, line, step)

    return run(desk, file, (known,), stage, keep_good=keep_good, dry_run=dry_run, progress=progress)


def _require_columns(known: TicketMapping, cells: dict[str, Any]) -> None:
    missing = sorted(known.columns() - set(cells))
    if missing and cells:
        raise Invalid(
            _("The file has no column {name}; the mapping names it.").format(name=safe(missing[0])), field="mapping"
        )


def add_step(staging: Staging, report: ImportReport, line: int, step: dict[str, Any]) -> None:
    """Stage what a line asks for; a step too large for one action is refused. ``was`` in it are the values it
    replaces: they stand in the entry, too."""
    was = step.pop("was", None)
    if len(dumps([step, was]).encode()) > LARGEST_STEP:
        report.refuse(line, _("the row is too large ({limit} kB at most).").format(limit=LARGEST_STEP // 1024))
    else:
        staging.add_step(step)


# the road every import takes


def run(desk: "Desk", file: Path, what: tuple[object, ...], stage: Callable[[Staging, ImportReport], None], *,
        keep_good: bool, dry_run: bool, progress: Progress | None) -> ImportReport:
    """Stage, and if nothing was refused (or ``keep_good``) let in. ``what`` besides the file makes it the same
    import when it comes a second time."""
    if VERB not in desk.agent.verbs:
        raise NotPermitted(_("Importing needs the admin role."))
    resume_batches(desk)
    report = ImportReport(file)
    id = _batch_id(desk, file, what)
    with _sentences(desk):
        staging = Staging(desk.path, id, new=True)
        try:
            stage(staging, report)
            report.steps = staging.seal()
            refused = report.refused_count > 0 and not keep_good
            if dry_run or refused or not report.steps:
                staging.discard()
                return report
            with desk.journal.transaction() as conn:
                batches.begin(conn, Batch(id, VERB, desk.agent.id, BatchState.APPLYING, staging.path.name, report.steps,
                                          0, file.name, report.records), desk.clock())
        except BaseException:
            staging.discard()
            raise
        report.batch = id
        try:
            _let_in(desk, id, staging, progress)
        except BaseException:
            staging.leave()  # begun: the next open goes on with it
            raise
        staging.discard()
    database.checkpoint(desk.path)
    return report


def _batch_id(desk: "Desk", file: Path, what: tuple[object, ...]) -> UUID:
    """The same file imported in the same way has the same id. Raises Invalid when it is in already."""
    digest = hashlib.sha256(_told(what).encode())
    for part in sorted(file.rglob("*")) if file.is_dir() else [file]:
        if part.is_file():
            with part.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    for attempt in range(1_000):
        id = uuid5(_BATCHES, f"{digest.hexdigest()}/{attempt}")
        there = batches.find(desk.reader, id)
        if there is None:
            return id
        if there.state is not BatchState.WITHDRAWN:
            break
    raise Invalid(
        _("This file was imported already ({label}). Undo that import first, or import another file.").format(
            label=there.label if there else ""
        ),
        field="file", code="imported_already",
    )


def _told(what: tuple[object, ...]) -> str:
    """``what`` in words that are the same in every process: a set has no order of its own."""
    plain = [asdict(one) if is_dataclass(one) and not isinstance(one, type) else one for one in what]
    return json.dumps(plain, sort_keys=True, default=sorted)


@contextmanager
def _sentences(desk: "Desk") -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise database.unreadable(desk.path, error) from None
    except BlockingIOError:
        raise Invalid(_("This file is being imported right now."), field="file", code="busy") from None


def _let_in(desk: "Desk", id: UUID, staging: Staging, progress: Progress | None) -> None:
    batch = desk.journal.patiently(batches.find, desk.journal.conn, id)
    assert batch is not None

    def after(done: int) -> None:
        batches.progress(desk.journal.conn, id, batch.done + done)
        if progress is not None:
            progress(batch.done + done, batch.total)

    batches.in_slices(desk.journal, staging.steps(batch.done), lambda step: take_step(desk, id, step), after)
    with desk.journal.transaction() as conn:
        batches.become(conn, id, BatchState.DONE)


def take_step(desk: "Desk", batch: UUID, step: dict[str, Any]) -> None:
    """One action: a row made or changed. ``step``: at (microseconds), by, entity, id, make, values (wire), reason."""
    entity, id = step["entity"], UUID(step["id"])
    forms = ENTITIES[entity].by_name
    values = {name: from_wire(forms[name].form, value) for name, value in step["values"].items()}
    with desk.journal.action(VERB, None, at=instant(step["at"]), author_text=step["by"], reason=step.get("reason"),
                             batch=batch) as act:
        if not step["make"]:
            act.set(entity, id, values)
            return
        if entity == "ticket" and "number" not in values:
            values["number"] = act.next_number()
        act.create(entity, values, id)


def resume_batches(desk: "Desk", progress: Progress | None = None) -> int:
    """Go on with imports a kill left in the middle, and with withdrawals; what cannot be gone on with is taken back.

    Those another process is working on are left alone. Returns how many were brought to an end."""
    ended = 0
    for batch in batches.unfinished(desk.reader):
        try:
            staging = Staging(desk.path, batch.id, new=False)
        except BlockingIOError:
            continue
        except FileNotFoundError:
            with desk.journal.transaction() as conn:
                batches.become(conn, batch.id, BatchState.WITHDRAWING)
            batches.finish_withdrawing(desk.journal, None, batch.id)
            ended += 1
            continue
        try:
            _let_in(desk, batch.id, staging, progress)
        except BaseException:
            staging.leave()
            raise
        staging.discard()
        ended += 1
    return ended
