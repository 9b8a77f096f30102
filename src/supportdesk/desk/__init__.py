"""The verbs of support work. A screen, a subcommand and the server call the same function."""
