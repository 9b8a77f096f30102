"""The central server: an exchange and, later, one console without a screen (DESIGN.md 5)."""
