"""A major incident in lines: line 2 of every screen, the sentence to say, who was told.

Pure: from frozen views to lines of text; drawing makes them safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from supportdesk.desk.clock_words import ago, clock
from supportdesk.desk.labels import CHANNEL, label
from supportdesk.desk.promised import due_said
from supportdesk.i18n import _, ngettext, pgettext
from supportdesk.rules.major import Sentence, next_update, sentence
from supportdesk.store.views.major import Major, Statement, ToldLine
from supportdesk.store.views.symptoms import Suspicion
from supportdesk.widgets.frame import Banner
from supportdesk.widgets.lines import Line, Span
from supportdesk.widgets.wrap import wrapped

LANGUAGE_NAMES = {"fr": "français", "en": "English", "de": "Deutsch"}
"""Each in its own language: it is read by who wants to speak it."""

SHOWN_TOLD = 4
"""Who was told last, under the sentence."""


def banner(majors: Sequence[Major], asked: Sequence[Suspicion], language: str, now_us: int, zone: tzinfo) -> Banner:
    """Line 2 for the incidents that run, one at least, or for what many report: of the newest what is owed, when the
    next word is due and since when it runs, how many more there are, and what is asked."""
    if not majors:
        return _question(asked[0], now_us, zone)
    first = majors[0]
    parts: list[Span] = []
    if len(majors) > 1:
        more = len(majors) - 1
        parts.append((ngettext("and {n} more", "and {n} more", more).format(n=more), "alarm"))
    if asked:
        parts.append((_("? also {component}").format(component=asked[0].component), "warn"))
    late = next_update(first.next_update_us, first.ended_us, now_us)
    if late is not None and not late.overdue:
        parts.append((_("next update {when}").format(when=due_said(late.due, now_us, zone)), ""))
        late = None
    parts.append((pgettext("outage", "since {when}").format(when=clock(first.began_us, now_us, zone)), ""))
    said = spoken(first, language, now_us)
    if (wrong := _wrong(said is None or said.expired, late and due_said(late.due, now_us, zone))):
        parts.insert(0, (wrong, "alarm"))
    return Banner(_("Major incident"), first.title, tuple(parts), "sentence", _("the sentence"))


def _wrong(is_silent: bool, late: str | None) -> str:
    """What whoever speaks for it owes: a sentence that holds, and how ``late`` the next word is."""
    if late is None:
        return _("no valid sentence") if is_silent else ""
    return (_("no sentence, update {when}") if is_silent else _("next update {when}")).format(when=late)


def _question(asked: Suspicion, now_us: int, zone: tzinfo) -> Banner:
    callers, sites = asked.symptom.callers, asked.symptom.sites
    parts = [(ngettext("{n} caller", "{n} callers", callers).format(n=callers), "warn")]
    if sites > 1:
        parts.append((ngettext("{n} organisation", "{n} organisations", sites).format(n=sites), "warn"))
    parts.append((pgettext("outage", "since {when}").format(when=clock(asked.symptom.since, now_us, zone)), ""))
    return Banner(_("Major incident?"), asked.component, tuple(parts), "sentence", _("yes or no"), "warn")


def update_span(major: Major, now_us: int, zone: tzinfo) -> Span | None:
    """When the next word is due, late in words beside its colour; None when nothing is promised."""
    due = next_update(major.next_update_us, major.ended_us, now_us)
    if due is None:
        return None
    said = due_said(due.due, now_us, zone)
    return _("next update {when}").format(when=said), "alarm" if due.overdue else ""


def spoken(major: Major, language: str | None, now_us: int) -> Sentence | None:
    """The sentence as it may be said in a language, or the next best."""
    statement = major.statement
    return None if statement is None else sentence(statement.texts, statement.valid_until_us, language, now_us)


def sentence_lines(major: Major, language: str, now_us: int, zone: tzinfo, cells: int) -> Iterator[Line]:
    """The sentence to say in a language: large, with who wrote it when and until when it holds. Expired ones say so
    before all else."""
    said, statement = spoken(major, language, now_us), major.statement
    if said is None or statement is None:
        yield ((_("No sentence is written yet: promise nothing."), "alarm"),)
        if major.communicator:
            yield ((_("{name} speaks for it.").format(name=major.communicator), ""),)
        return
    if said.expired:
        yield from _expired(major, said, now_us, zone, cells)
        yield ""
    yield _heading(said, language)
    yield ""
    yield from _aloud(said, cells, 2)
    yield ""
    yield _author(statement, said, now_us, zone)


def sentence_brief(major: Major, language: str, now_us: int, zone: tzinfo, cells: int) -> Iterator[Line]:
    """The same in as few lines as it takes, for a panel under a list."""
    said = spoken(major, language, now_us)
    if said is None or major.statement is None or said.expired:
        yield from (line for line in sentence_lines(major, language, now_us, zone, cells) if line)
        return
    if not said.translated:
        yield _heading(said, language)
    yield from _aloud(said, cells, 0)
    yield _author(major.statement, said, now_us, zone)


def _expired(major: Major, said: Sentence, now_us: int, zone: tzinfo, cells: int) -> Iterator[Line]:
    when = clock(said.valid_until, now_us, zone)
    sentences = ["! " + _("EXPIRED at {when}: do not say it any more.").format(when=when)]
    if major.communicator:
        sentences.append(_("Ask {name}, or say that news will follow.").format(name=major.communicator))
    yield from (((row, "alarm"),) for text in sentences for row in wrapped(text, cells))


def _heading(said: Sentence, language: str) -> Line:
    if said.expired:
        return ((_("What was to be said"), "dim"),)
    if said.translated:
        return ((_("Say"), "accent"),)
    text = _("Say (not written in {language})").format(language=language_name(language))
    return ((f"{text}  ", "warn"), (language_name(said.language), "dim"))


def _aloud(said: Sentence, cells: int, indent: int) -> Iterator[Line]:
    for part in _("“{text}”").format(text=said.text).splitlines():
        for row in wrapped(part, max(10, cells - indent)):
            yield ((f"{' ' * indent}{row}", "dim" if said.expired else "strong"),)


def _author(statement: Statement, said: Sentence, now_us: int, zone: tzinfo) -> Line:
    by = _("{author}, {when}").format(author=statement.author or "?", when=clock(statement.at_us, now_us, zone))
    until = clock(said.valid_until, now_us, zone)
    if said.expired:
        return ((f"{by}  ", "dim"), (_("was valid until {when}").format(when=until), "alarm"))
    return ((f"{by}  ", "dim"), (_("valid until {when}").format(when=until), ""))


def languages_line(major: Major, shown: str, languages: Sequence[str]) -> Line:
    """The languages there are to choose from, the one shown marked by brackets beside its colour; one without a
    sentence says so."""
    written = major.statement.texts if major.statement else {}
    spans: list[Span] = []
    for lang in languages:
        name = language_name(lang) + ("" if lang in written else " -")
        spans.append((f"[{name}]", "accent") if lang == shown else (f" {name} ", "dim"))
        spans.append((" ", ""))
    return spans


def offered_languages(major: Major, own: Sequence[str]) -> list[str]:
    """Those of the desk in its order, then any other the sentence was written in."""
    written = major.statement.texts if major.statement else {}
    return [*own, *(lang for lang in sorted(written) if lang not in own)]


def language_name(code: str) -> str:
    """A language in its own words, else its code."""
    return LANGUAGE_NAMES.get(code, code)


def state_lines(major: Major, now_us: int, zone: tzinfo) -> Iterator[Line]:
    """Since when it runs or ran, who speaks for it, who works on it, what is due next."""
    since = pgettext("outage", "since {when}").format(when=clock(major.began_us, now_us, zone))
    spans: list[Span] = [(since, "")]
    if major.ended_us is not None:
        spans.append((" · " + _("over since {when}").format(when=clock(major.ended_us, now_us, zone)), "accent"))
    elif (due := update_span(major, now_us, zone)) is not None:
        spans += [(" · ", "dim"), due]
    if major.cases:
        hang = ngettext("{n} ticket hangs on it", "{n} tickets hang on it", major.cases).format(n=major.cases)
        spans.append((f" · {hang}", ""))
    yield spans
    people = [
        _("{name} speaks for it").format(name=major.communicator) if major.communicator else "",
        _("{name} works on it").format(name=major.technician) if major.technician else "",
    ]
    if any(people):
        yield ((" · ".join(part for part in people if part), "dim"),)


def told_words(line: ToldLine, now_us: int, zone: tzinfo) -> str:
    """How somebody was told, when and by whom, and whether it was still broken."""
    text = _("{how} {when}, {by}").format(how=label(CHANNEL, line.how), when=ago(line.at_us, now_us, zone), by=line.by)
    return text + ": " + _("still broken") if line.still_broken else text


def told_lines(told: Sequence[ToldLine], now_us: int, zone: tzinfo, cells: int) -> Iterator[Line]:
    """Who was told last."""
    if not told:
        yield ((_("Nobody was told yet."), "dim"),)
        return
    yield ((_("Told last"), "accent"),)
    for line in told[:SHOWN_TOLD]:
        who = line.who or line.number
        yield ((f"  {who}  ", ""), (told_words(line, now_us, zone), "warn" if line.still_broken else "dim"))
    if len(told) > SHOWN_TOLD:
        more = len(told) - SHOWN_TOLD
        yield (("  " + ngettext("and {n} more", "and {n} more", more).format(n=more), "dim"),)
