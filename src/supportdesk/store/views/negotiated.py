"""The mark of a contract that says something else than the standard terms it follows, for whoever shows its name."""

import json


def negotiated(versions: str | None) -> int:
    """In how many points the newest version of a contract, as stored, was negotiated."""
    try:
        kept = json.loads(versions) if versions else []
    except ValueError:
        return 0
    own = kept[-1].get("own") if isinstance(kept, list) and kept and isinstance(kept[-1], dict) else ()
    return len(own) if isinstance(own, list) else 0
