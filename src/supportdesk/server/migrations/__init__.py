"""Steps from each version of the server's tables to the next, run by Alembic (server/upgrading.py)."""
