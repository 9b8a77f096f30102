"""What the desk knows: articles used, judged, written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.rules.article import parse_article
from supportdesk.store.types import uuid7
from supportdesk.terms.codes import ArticleState
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def use(desk: "Desk", article_id: UUID, *, ticket_id: UUID | None = None, contact_id: UUID | None = None,
        steps: Sequence[int] = (), helped: bool | None = None, id: UUID | None = None) -> UUID:
    """Note that an article was used on a ticket or contact; ``steps`` are the 1-based ones ticked.

    The same ``id`` again updates what was ticked and whether it helped."""
    id = id or uuid7()
    with desk.journal.action("use_article", desk.who) as act:
        act.get("article", article_id)
        if act.find("article_use", id) is not None:
            act.set("article_use", id, {"steps": list(steps), "helped": helped})
        else:
            act.create("article_use", {
                "article_id": article_id, "ticket_id": ticket_id, "contact_id": contact_id, "steps": list(steps),
                "helped": helped, "agent_id": act.agent, "at": act.at,
            }, id)
    return id


def vote(desk: "Desk", article_id: UUID, helped: bool, reason: str | None = None) -> UUID:
    """Say whether an article helped, apart from any ticket."""
    with desk.journal.action("vote", desk.who) as act:
        act.get("article", article_id)
        return act.create("article_use", {"article_id": article_id, "helped": helped, "reason": reason,
                                          "agent_id": act.agent, "at": act.at})


def write(desk: "Desk", values: Mapping[str, Any], id: UUID | None = None, *,
          seen: Mapping[str, Any] | None = None) -> UUID:
    """Write a new article or a new text of ``id``. Raises Invalid, Changed."""
    given = dict(values)
    if id is None:
        for field in ("slug", "lang", "title", "body"):
            if not str(given.get(field) or "").strip():
                raise Invalid(_("An article needs {field}.").format(field=field), field=field)
    given.setdefault("state", ArticleState.PUBLISHED)
    with desk.journal.action("write_article", desk.who) as act:
        if id is not None and act.find("article", id) is not None:
            act.set("article", id, given, seen=seen)
            return id
        given.setdefault("owner_id", act.agent)
        return act.create("article", given, id)


@dataclass(frozen=True, slots=True)
class Written:
    """An article that was written: ``new``, or a new text of one that was there."""

    id: UUID
    slug: str
    lang: str
    new: bool


def write_text(desk: "Desk", text: str) -> Written:
    """Write the article of a file (Markdown with front matter, rules/article): a new one, or a new text of the one
    of this slug and language. Raises Invalid with the line that is wrong."""
    try:
        given = parse_article(text)
    except ValueError as error:
        raise Invalid(_("This is no article: {problem}.").format(problem=error), field="file") from None
    known = desk.reader.execute(
        "SELECT id FROM article WHERE slug = ? AND lang = ? AND retired_at IS NULL", (given.slug, given.lang)
    ).fetchone()
    id = write(desk, {
        "slug": given.slug, "lang": given.lang, "title": given.title, "issue": given.issue,
        "keywords": given.keywords, "products": given.products, "components": given.components,
        "audience": given.audience, "identity": given.identity, "body": given.body,
    }, UUID(bytes=known[0]) if known else None)
    return Written(id, given.slug, given.lang, known is None)
