"""The database: one SQLite file, its journal, its search index and the views screens read."""
