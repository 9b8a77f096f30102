"""Widgets of the console: one list, one frame, fields, colours. They show and ask; they know no database."""
