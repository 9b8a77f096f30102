"""The line to the server: JSON over HTTP, packed, certificates always verified.

Every failure has a code, kept in the file, and a sentence made from it when it is shown."""

import gzip
import ipaddress
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

import httpx

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.sync.words import failure_words
from supportdesk.terms.errors import DeskError, Invalid

PATIENCE = httpx.Timeout(30.0, connect=5.0)
PACKED_FROM = 1_024
"""Bodies of so many bytes go packed."""


class ExchangeFailed(DeskError):
    """The exchange could not go on; everything that waits is kept. ``more`` is what the server added."""

    code = "unreachable"

    def __init__(self, code: str, more: dict[str, Any] | None = None) -> None:
        super().__init__(failure_words(code), code=code)
        self.more = more or {}


def server_url(text: str) -> str:
    """The address of a server as typed, checked. Raises Invalid: plain HTTP is for this machine only."""
    url = text.strip()
    if "://" not in url:
        url = f"https://{url}"
    url = url.rstrip("/")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        httpx.URL(url)
        (host or "").encode("idna")
    except (ValueError, httpx.InvalidURL):
        host = None
    if not host or parts.scheme not in ("https", "http") or parts.query or parts.fragment or parts.username:
        raise Invalid(_("{url} is not the address of a server. Write it as https://desk.example.org.").format(
            url=safe(text)), field="url")
    if parts.scheme == "http" and not _loopback(host):
        raise Invalid(_("Off this machine a desk is exchanged over https only. Write https://{host}.").format(
            host=safe(host)), field="url")
    return url


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Line:
    """Calls to one server."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(base_url=url, transport=transport, timeout=PATIENCE, verify=_certificates(url),
                                    follow_redirects=False)

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def post(self, path: str, body: str, secret: str | None = None) -> dict[str, Any]:
        """The answer to one call. Raises ExchangeFailed."""
        content = body.encode()
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        if len(content) >= PACKED_FROM:
            content, headers["Content-Encoding"] = gzip.compress(content, 1), "gzip"
        try:
            response = self._client.post(path, content=content, headers=headers)
        except (httpx.HTTPError, ssl.SSLError, OSError):
            raise ExchangeFailed("unreachable") from None
        try:
            answer = json.loads(response.content)
        except ValueError:
            raise ExchangeFailed("unreachable" if response.status_code >= 500 else "answer") from None
        if response.status_code == 200 and isinstance(answer, dict):
            return answer
        error = answer.get("error") if isinstance(answer, dict) else None
        told = error if isinstance(error, dict) else {}
        raise ExchangeFailed(_code(response.status_code, str(told.get("code") or "")), told)


def _code(status: int, code: str) -> str:
    if status in (403, 409):
        return code
    return {401: "secret", 413: "too_large", 429: "busy", 502: "unreachable", 503: "busy", 504: "unreachable"}.get(
        status, code or "answer")


def _certificates(url: str) -> ssl.SSLContext:
    """What the system trusts (a company's own authority too, also by SSL_CERT_FILE), and what httpx brings: reading
    all that takes longer than an exchange. Nobody is trusted where the line is plain HTTP, within this machine."""
    if not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context
