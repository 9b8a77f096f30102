"""An article to read, and what the agent noted of it on the ticket at hand."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from uuid import UUID

from supportdesk.store.views.articles import ArticleView, article
from supportdesk.store.views.ticket import ticket


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article, and what the agent noted of it on the ticket before (``use_id`` None: nothing yet)."""

    view: ArticleView
    use_id: UUID | None
    steps: tuple[int, ...]
    helped: bool | None
    number: str


def article_page(conn: sqlite3.Connection, id: UUID, ticket_id: UUID | None, login: str) -> ArticlePage | None:
    """None when there is no such article (any more)."""
    view = article(conn, id)
    if view is None:
        return None
    about = None if ticket_id is None else ticket(conn, ticket_id)
    used = about.articles if about else ()
    use = next((each for each in reversed(used) if each.article_id == id and each.agent == login), None)
    return ArticlePage(view, use.id if use else None, use.steps if use else (), use.helped if use else None,
                       about.number if about else "")
