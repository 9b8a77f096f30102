"""``supportdesk kb``: what the desk knows: articles searched, read, brought in and judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportdesk.cli import imported, options
from supportdesk.cli.completion import keys
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.store.views.articles import ArticleLine

app = Noun(help=N_("Articles: search, read, add."))

Slug = Annotated[str, typer.Argument(help=N_("Slug or id of the article."), autocompletion=keys("article"))]
Lang = Annotated[str, typer.Option("--lang", help=N_("Language of the article, as fr or de; else that of your site."))]


@app.command("search", help=N_("Search the articles by what the caller says."))
def search(
    text: Annotated[str, typer.Argument(help=N_("What the caller says, in his words."))],
    lang: Lang = "",
    limit: options.Limit = 10,
) -> None:
    from supportdesk.store.views.articles import search as found_by

    desk = shell().desk
    shell().out.rows(
        found_by(desk.reader, text, lang or desk.agent.language, limit),
        [
            Column(_("Title"), lambda line: line.title, most=60),
            Column(_("Helped"), _rate),
            Column(_("Language"), lambda line: line.lang),
            Column(_("Slug"), lambda line: line.slug),
        ],
        as_json=_shape,
        empty=_("No article speaks of this. Other words may find one."),
    )


@app.command("show", help=N_("Show an article."))
def show(slug: Slug, lang: Lang = "") -> None:
    from supportdesk.desk import resolve
    from supportdesk.store.views.articles import article

    desk = shell().desk
    view = article(desk.reader, resolve.article(desk, slug, lang or desk.agent.language))
    assert view is not None
    out = shell().out
    if out.json:
        out.record([], {
            "id": view.id, "slug": view.slug, "lang": view.lang, "title": view.title, "issue": view.issue,
            "body": view.body, "steps": view.steps, "state": view.state, "audience": view.audience or None,
            "identity": view.identity or None, "keywords": view.keywords, "products": view.products,
            "components": view.components, "helped": view.helped, "votes": view.votes, "languages": view.languages,
        })
        return
    facts = [
        (_("Title"), view.title),
        (_("Issue"), view.issue),
        (_("Helped"), _rate(view)),
        (_("Languages"), ", ".join(view.languages)),
        (_("Identity check"), view.identity),
    ]
    out.record([(title, text) for title, text in facts if text], None)
    out.text("\n" + view.body)


@app.command("add", help=N_("Write an article from a Markdown file with front matter, or a new text of one."))
def add(file: Annotated[Path, typer.Argument(help=N_("The Markdown file; - reads from the standard input."))]) -> None:
    from supportdesk.desk.articles import write_text

    written = write_text(shell().desk, _text_of(file))
    shell().out.say(_("{slug} ({lang}): {what}.").format(
        slug=written.slug, lang=written.lang, what=_("added") if written.new else _("rewritten")))
    shell().out.record([(_("Id"), str(written.id))],
                       {"id": written.id, "slug": written.slug, "lang": written.lang, "new": written.new})


@app.command("import", help=N_("Bring in a folder of Markdown files, or articles as our export writes them."))
def import_(
    source: Annotated[Path, typer.Argument(help=N_("Folder of Markdown files, one such file, or JSON."))],
    dry_run: imported.DryRun = False,
    keep_good: imported.KeepGood = False,
) -> None:
    from supportdesk.desk.records import import_articles

    imported.bring_in(
        lambda progress: import_articles(shell().desk, source, keep_good=keep_good, dry_run=dry_run,
                                         progress=progress),
        dry_run, keep_good,
    )


@app.command("vote", help=N_("Say whether an article helped."))
def vote(
    slug: Slug,
    helped: Annotated[
        bool | None, typer.Option("--helped/--did-not-help", help=N_("Whether it helped."))
    ] = None,
    reason: options.Reason = "",
    lang: Lang = "",
) -> None:
    if helped is None:
        raise Invalid(_("Say --helped or --did-not-help."), field="helped")
    from supportdesk.desk import articles, resolve

    desk = shell().desk
    id = articles.vote(desk, resolve.article(desk, slug, lang or desk.agent.language), helped, reason or None)
    shell().out.say(_("{slug}: {what}.").format(slug=slug, what=_("article judged")))
    shell().out.record([(_("Id"), str(id))], {"id": id})


def _rate(line: Any) -> str:
    """A rate always with its count."""
    if not line.votes:
        return ""
    return _("{rate} % ({count})").format(rate=round(100 * line.helped / line.votes), count=line.votes)


def _text_of(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except OSError as error:
        raise Invalid(
            _("{path} cannot be read: {reason}.").format(path=file, reason=error.strerror), field="file"
        ) from None
    except UnicodeDecodeError:
        raise Invalid(_("{path} is not UTF-8 text.").format(path=file), field="file") from None


def _shape(line: ArticleLine) -> dict[str, Any]:
    return {"id": line.id, "slug": line.slug, "lang": line.lang, "title": line.title, "score": round(line.score, 4),
            "helped": line.helped, "votes": line.votes}
