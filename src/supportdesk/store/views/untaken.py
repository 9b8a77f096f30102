"""Rows the server refused to take: they stay with their author, but nothing others share follows from them."""


def untaken(id: str) -> str:
    """Whether the making of the row of this id (a qualified column) was refused and not sent again since, as SQL; of a
    row that came from the server it says nothing."""
    return f"(SELECT max(e.state != 'rejected') FROM entry e WHERE e.entity_id = {id} AND e.kind = 'create') IS 0"
