"""Plain SQL that screens and listings read: frozen dataclasses, never more rows than are shown."""
