"""Articles found by what a caller says, and one article to read.

Plain FTS5 ranking (the issue "Knowledge" makes it excellent): any word of the sentence, title before
issue and keywords before text; the language asked for first.
"""

import json
import sqlite3
from dataclasses import dataclass
from uuid import UUID

from supportdesk.rules.article import steps_of
from supportdesk.rules.words import BM25_WEIGHTS, article_match

WEIGHTS = ", ".join(map(str, BM25_WEIGHTS))
"""bm25 weights of title, issue, keywords, body."""


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article in a list. ``score`` rises with the match; ``helped`` of ``votes`` said it helped."""

    id: UUID
    slug: str
    lang: str
    title: str
    score: float
    helped: int
    votes: int


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One article to read; ``identity`` names the matter that needs an identity check, or ''."""

    id: UUID
    slug: str
    lang: str
    title: str
    issue: str
    body: str
    state: str
    audience: str
    identity: str
    keywords: tuple[str, ...]
    products: tuple[str, ...]
    components: tuple[str, ...]
    steps: tuple[str, ...]
    helped: int
    votes: int
    languages: tuple[str, ...]  # of the same slug


_VOTES = (
    "(SELECT count(*) FROM article_use u WHERE u.article_id = a.id AND u.helped = 1 AND u.retired_at IS NULL), "
    "(SELECT count(*) FROM article_use u WHERE u.article_id = a.id AND u.helped IS NOT NULL AND u.retired_at IS NULL)"
)


def search(conn: sqlite3.Connection, text: str, lang: str | None, limit: int = 10) -> list[ArticleLine]:
    """Articles that speak of any word of ``text``, those in ``lang`` (ISO code) first, best match first.

    An article that exists in several languages is listed once, in the best one."""
    match = article_match(text, lang)
    if not match:
        return []
    rows = conn.execute(
        f"SELECT a.id, a.slug, a.lang, a.title, -f.score, {_VOTES} FROM "
        f"(SELECT rowid, bm25(article_fts, {WEIGHTS}) AS score FROM article_fts WHERE article_fts MATCH ? "
        "ORDER BY score LIMIT 200) f JOIN article a ON a.pk = f.rowid "
        "ORDER BY a.lang IS NOT ?, f.score LIMIT ?",
        (match, lang, 4 * limit),
    ).fetchall()
    lines: dict[str, ArticleLine] = {}
    for row in rows:
        line = ArticleLine(UUID(bytes=row[0]), row[1] or "", row[2] or "", row[3] or "", *row[4:])
        lines.setdefault(line.slug or str(line.id), line)
    return list(lines.values())[:limit]


def article(conn: sqlite3.Connection, id: UUID) -> ArticleView | None:
    """One article by its id."""
    row = conn.execute(
        "SELECT a.id, a.slug, a.lang, a.title, a.issue, a.body, a.state, a.audience, a.identity, a.keywords, "
        f"a.products, a.components, {_VOTES} FROM article a WHERE a.id = ? AND a.retired_at IS NULL",
        (id.bytes,),
    ).fetchone()
    if row is None:
        return None
    others = conn.execute(
        "SELECT lang FROM article WHERE slug = ? AND retired_at IS NULL ORDER BY lang", (row[1],)
    ).fetchall()
    return ArticleView(
        id=UUID(bytes=row[0]), slug=row[1] or "", lang=row[2] or "", title=row[3] or "", issue=row[4] or "",
        body=row[5] or "", state=row[6] or "", audience=row[7] or "", identity=row[8] or "",
        keywords=_texts(row[9]), products=_texts(row[10]), components=_texts(row[11]), steps=steps_of(row[5] or ""),
        helped=row[12], votes=row[13], languages=tuple(other[0] for other in others),
    )


def _texts(stored: str | None) -> tuple[str, ...]:
    return tuple(json.loads(stored or "[]"))


def by_slug(conn: sqlite3.Connection, slug: str, lang: str | None) -> ArticleView | None:
    """The article of a slug in the language asked for, or in another one."""
    row = conn.execute(
        "SELECT id FROM article WHERE slug = ? AND retired_at IS NULL ORDER BY lang IS NOT ?, lang LIMIT 1",
        (slug, lang),
    ).fetchone()
    return None if row is None else article(conn, UUID(bytes=row[0]))
