"""Codes that let a console in once, and the secrets it proves itself with afterwards. Only digests are kept."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import blake2b

LIFE = timedelta(hours=24)
_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs, none that is read as another
_LENGTH = 10


def new_code() -> str:
    """Ten signs in groups, as ``K7MQ-4T9X-2B``: 50 bits, good for one use within a day."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


def code_digest(code: str) -> str:
    """What is kept of a code; hyphens, spaces and case do not matter."""
    signs = "".join(sign for sign in code.upper() if sign not in "- ")
    return blake2b(signs.encode("utf-8", "replace"), digest_size=32, person=b"enrol code").hexdigest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    return blake2b(token.encode("utf-8", "replace"), digest_size=32, person=b"device token").hexdigest()


def same(one: str, other: str) -> bool:
    """Equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def fresh(made_at: datetime, now: datetime) -> bool:
    return made_at <= now + timedelta(minutes=5) and now - made_at <= LIFE
