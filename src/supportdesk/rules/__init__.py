"""What can be right or wrong by arithmetic: pure functions, no I/O, no clock; ``now`` is an argument (DESIGN.md 2)."""
