"""Bodies on their way in and out: never more of them in memory than the limits say, whatever a sender packs."""

from __future__ import annotations

import asyncio
import re
import zlib

import zstandard
from starlette.requests import Request

from supportdesk.i18n import N_
from supportdesk.server.shapes import Refused

MOST_SENT = 8 * 2**20
"""Bytes of a body as it travels."""
MOST_UNPACKED = 64 * 2**20
"""Bytes of a body as it is read."""
MOST_TIMES = 100
"""How many times its size a packed body may grow, beyond a megabyte."""
DEEPEST = 32
"""Brackets within brackets of one entry's fields; the desk's own forms need five."""
PATIENCE = 30.0
"""Seconds without a byte after which a body is no longer waited for."""
WORTH_PACKING = 1_000
"""Bytes below which an answer travels as it is."""
_WINDOW = 8 * 2**20
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


async def read_body(request: Request) -> bytes:
    """The body as it travelled. Raises :class:`Refused` when it is too large or does not come."""
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:20]) > MOST_SENT:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(PATIENCE):
                part = await anext(stream, None)
        except TimeoutError:
            raise Refused(408, "slow", N_("The request did not arrive whole. Send it again.")) from None
        if part is None:
            return b"".join(parts)
        size += len(part)
        if size > MOST_SENT:
            raise _too_large()
        parts.append(part)


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body as it is read. Raises :class:`Refused` for one that is damaged, unknown or grows too much."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    most = min(MOST_UNPACKED, max(2**20, MOST_TIMES * len(body)))
    try:
        if encoding in ("gzip", "x-gzip"):
            whole = _gunzipped(body, most)
        elif encoding == "zstd":
            reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(body)
            whole = reader.read(most + 1)
        else:
            raise Refused(415, "encoding", N_("This server reads bodies packed with gzip or zstd, or as they are."))
    except (zlib.error, zstandard.ZstdError):
        raise Refused(400, "malformed", N_("The packed body is damaged. Send it again.")) from None
    if len(whole) > most:
        raise _too_large()
    return whole


def _gunzipped(body: bytes, most: int) -> bytes:
    reader = zlib.decompressobj(wbits=31)
    whole = reader.decompress(body, most + 1)
    if len(whole) <= most and (not reader.eof or reader.unused_data):
        raise zlib.error("cut")
    return whole


def packed(answer: bytes, accept: str) -> tuple[bytes, str]:
    """The answer as it travels to somebody who accepts these encodings, and the encoding's name ("" as it is)."""
    wanted = _accepted(accept)
    if len(answer) < WORTH_PACKING:
        return answer, ""
    if wanted.get("zstd", 0) > 0 and wanted["zstd"] >= wanted.get("gzip", 0):
        return zstandard.ZstdCompressor(level=1).compress(answer), "zstd"
    if wanted.get("gzip", wanted.get("*", 0)) > 0:
        writer = zlib.compressobj(level=1, wbits=31)
        return writer.compress(answer) + writer.flush(), "gzip"
    return answer, ""


def _accepted(header: str) -> dict[str, float]:
    """Names of ``Accept-Encoding`` with their weights (RFC 9110 12.5.3)."""
    weights: dict[str, float] = {}
    for part in header[:1000].lower().split(","):
        name, _semicolon, weight = part.partition(";")
        try:
            weights[name.strip()] = float(weight.partition("=")[2]) if weight else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    return weights


def is_deep(raw: bytes) -> bool:
    """Whether JSON nests deeper than anything the desk writes; told without reading it."""
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return False
    brackets = _STRING.sub(b"", raw).translate(None, _NO_BRACKETS)
    for _level in range(DEEPEST):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


def _too_large() -> Refused:
    return Refused(413, "too_large", N_("The request is too large. Send less at once."))
