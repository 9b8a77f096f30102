"""The exchange between desks and a server, seen from the console."""
