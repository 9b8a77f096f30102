"""What the desk knows: articles and their use."""

from supportdesk.models.base import Shared


class Article(Shared, table=True):
    slug: str | None = None
    lang: str | None = None
    title: str | None = None
    issue: str | None = None
    keywords: str | None = None
    body: str | None = None
    state: str | None = None
    audience: str | None = None
    identity: str | None = None
    products: str | None = None
    components: str | None = None
    owner_id: bytes | None = None


class ArticleUse(Shared, table=True):
    article_id: bytes | None = None
    ticket_id: bytes | None = None
    contact_id: bytes | None = None
    steps: str | None = None
    helped: bool | None = None
    reason: str | None = None
    agent_id: bytes | None = None
    at: int | None = None
