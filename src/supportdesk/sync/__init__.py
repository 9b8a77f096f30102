"""The exchange between a console and the central server (DESIGN.md 3 and 5)."""
