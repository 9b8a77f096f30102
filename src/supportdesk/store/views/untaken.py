"""Rows the server refused to take: they stay with their author, but nothing others share follows from them."""

UNTAKEN = """(
SELECT e.entity_id FROM refused r CROSS JOIN entry e ON e.id = r.entry
WHERE e.kind = 'create' AND e.state = 'rejected' AND NOT EXISTS (
    SELECT 1 FROM entry a WHERE a.entity_id = e.entity_id AND a.kind = 'create' AND a.state != 'rejected'))"""
"""The ids of rows whose making was refused and not sent again since, as a subquery; of a row the server has by now
(``rev > 0``) it says nothing. Few are refused, many written: it costs what was refused."""
