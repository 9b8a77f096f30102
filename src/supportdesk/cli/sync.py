"""``supportdesk sync``: the exchange of this desk with the server of the company."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportdesk.cli.completion import codes
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import CONFLICT, label
from supportdesk.i18n import N_, _, ngettext
from supportdesk.store.instants import micros
from supportdesk.sync.words import held_words, special_words
from supportdesk.terms.errors import Ambiguous, NotFound

if TYPE_CHECKING:
    from uuid import UUID

    from supportdesk.desk.desk import Desk
    from supportdesk.store.views.conflicts import ConflictLine
    from supportdesk.store.views.sync import SyncStatus
    from supportdesk.sync.client import Client

app = Noun(help=N_("Exchange with the server of the company."))

CHOICES = ("keep-mine", "keep-theirs")


@app.command("enroll", help=N_("Make this desk known to the server, with a code an admin gives you."))
def enroll(
    url: Annotated[str, typer.Argument(help=N_("Address of the server, as https://desk.example.org."))],
    code: Annotated[str, typer.Option("--code", help=N_("The code, as K7MQ-4T9X-2B."))],
) -> None:
    with _client() as client:
        there, copied = client.enroll(url, code)
        shell().out.record([(_("Server"), there.url)],
                           {"url": there.url, "server": there.server, "copied": copied})
    for sentence in special_words(0, copied):
        shell().out.say(sentence)
    shell().out.say(_("The desk is enrolled. Exchange now with: supportdesk sync now"))


@app.command("now", help=N_("Send what waits and fetch what is new."))
def now() -> None:
    with _client() as client:
        done = client.exchange_in_turn()
    out = shell().out
    out.record(
        [(_("Sent"), str(done.pushed)), (_("Received"), str(done.pulled)), (_("Refused"), str(done.refused)),
         (_("Conflicts"), str(done.conflicts))],
        {"pushed": done.pushed, "pulled": done.pulled, "refused": done.refused, "conflicts": done.conflicts,
         "mended": done.mended, "brought_back": done.brought_back, "copied": done.copied, "held": done.held,
         "at": done.at},
    )
    if done.mended:
        out.say(_("Rows that had suffered in this file were put right."))
    for sentence in special_words(done.brought_back, done.copied):
        out.say(sentence)
    if done.held:
        out.say(held_words(done.held))
    if done.refused:
        out.say(_("The server refused something; it stays here. See: supportdesk sync status"))
    if done.conflicts:
        out.say(_("Somebody else changed the same. See: supportdesk sync conflicts"))


@app.command("status", help=N_("How the exchange stands: what waits, was refused, or clashes."))
def status() -> None:
    from supportdesk.store.views.sync import status as read

    desk = shell().desk
    found, out = read(desk.reader), shell().out
    if found is None:
        out.record([(_("Server"), _("none"))], {"enrolled": False})
        out.say(_("This desk works alone. An admin of your server gives you a code; then: "
                  "supportdesk sync enroll URL --code CODE"))
        return
    out.record(_facts(desk, found), _status_shape(found))
    if found.held:
        out.say(held_words(found.held))
    if found.failure is not None and not out.json:
        out.say(_failure(found.failure))


@app.command("conflicts", help=N_("List what two sites changed at once and nobody has settled."))
def conflicts() -> None:
    from supportdesk.store.views.conflicts import conflicts as read

    desk = shell().desk
    clock = clock_of(desk)
    shell().out.rows(
        read(desk.reader),
        [
            Column(_("ID"), lambda line: line.id.hex[-12:]),
            Column(_("Record"), lambda line: line.ticket or line.row, most=24),
            Column(_("Field"), _field),
            Column(_("Stands"), lambda line: line.kept_name, most=30),
            Column(_("By"), lambda line: line.kept_by or ""),
            Column(_("Other value"), lambda line: line.offered_name, most=30),
            Column(_("By"), lambda line: line.offered_by or ""),
            Column(_("When"), lambda line: clock(None if line.offered_at is None else micros(line.offered_at))),
            Column(_("State"), lambda line: label(CONFLICT, line.state)),
        ],
        as_json=_conflict_shape,
        empty=_("No two sites have changed the same."),
    )


@app.command("resolve", help=N_("Settle a conflict: keep my value, or theirs."))
def resolve(
    id: Annotated[str, typer.Argument(help=N_("ID of the conflict, or its last signs."))],
    choice: Annotated[str, typer.Argument(help=N_("keep-mine or keep-theirs."), autocompletion=codes(CHOICES))],
) -> None:
    from supportdesk.desk import conflicts as verbs
    from supportdesk.store.views.conflicts import conflict

    desk = shell().desk
    found = _conflict(desk, id)
    verbs.resolve(desk, found, choice)
    line = conflict(desk.reader, found)
    assert line is not None
    out = shell().out
    out.record([(_("Record"), line.ticket or line.row), (_("Field"), _field(line)),
                (_("State"), label(CONFLICT, line.state))], _conflict_shape(line))


@app.command("pause", help=N_("Exchange nothing until 'sync resume'."))
def pause() -> None:
    with _client() as client:
        client.pause()
    shell().out.say(_("The exchange is paused. Go on with: supportdesk sync resume"))


@app.command("resume", help=N_("Exchange again after 'sync pause'."))
def resume() -> None:
    with _client() as client:
        client.resume()
    shell().out.say(_("The exchange goes on. Exchange now with: supportdesk sync now"))


@app.command("leave", help=N_("Work alone again; everything that came stays."))
def leave() -> None:
    with _client() as client:
        client.leave()
    shell().out.say(_("This desk works alone again. Everything that came is still here."))


@contextmanager
def _client() -> Iterator[Client]:
    from supportdesk.sync.client import Client

    desk = shell().desk  # it must be there, and ours
    client = Client(desk.path, clock=desk.clock)
    try:
        yield client
    finally:
        client.close()


def _facts(desk: Desk, found: SyncStatus) -> list[tuple[str, str]]:
    clock = clock_of(desk)
    last = _("never") if found.exchanged_at is None else clock(micros(found.exchanged_at))
    state = _("paused") if found.paused else _("in order") if found.failure is None else _("offline")
    if found.failure == "update" and not found.paused:
        state = _("update needed")
    elif found.failure not in (None, "unreachable", "busy") and not found.paused:
        state = _("stopped")
    facts = [
        (_("Server"), found.url), (_("State"), state), (_("Last exchange"), last),
        (_("Waiting"), ngettext("{count} change", "{count} changes", found.waiting).format(count=found.waiting)),
        (_("Conflicts"), str(found.conflicts)), (_("Refused"), str(found.refused)),
    ]
    return facts + [(f"  {refusal.ticket or refusal.entity}", _(refusal.reason)) for refusal in found.refusals]


def _status_shape(found: SyncStatus) -> dict[str, Any]:
    return {
        "enrolled": True, "url": found.url, "server": found.server, "paused": found.paused,
        "enrolled_at": found.enrolled_at, "exchanged_at": found.exchanged_at, "tried_at": found.tried_at,
        "failure": found.failure, "waiting": found.waiting, "held": found.held, "conflicts": found.conflicts,
        "refused": found.refused,
        "refusals": [
            {"entry": r.entry, "verb": r.verb, "entity": r.entity, "ticket": r.ticket, "reason": r.reason, "at": r.at}
            for r in found.refusals
        ],
    }


def _failure(code: str) -> str:
    from supportdesk.sync.words import failure_words

    return failure_words(code)


def _field(line: ConflictLine) -> str:
    from supportdesk.desk.fields import any_field_name

    return any_field_name(line.field)


def _conflict_shape(line: ConflictLine) -> dict[str, Any]:
    return {
        "id": line.id, "entity": line.entity, "row": line.row_id, "ticket": line.ticket, "field": line.field,
        "kept": line.kept, "kept_by": line.kept_by, "kept_at": line.kept_at, "offered": line.offered,
        "offered_by": line.offered_by, "offered_at": line.offered_at, "state": line.state,
    }


def _conflict(desk: Desk, text: str) -> UUID:
    from supportdesk.store.views.conflicts import ending_with

    found = ending_with(desk.reader, text)
    if not found:
        raise NotFound(_("There is no such conflict. List them: supportdesk sync conflicts"), field="id")
    if len(found) > 1:
        raise Ambiguous(_("Several conflicts end so. Give more of the ID."), field="id")
    return found[0]
