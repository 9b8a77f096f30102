"""supportdesk: a terminal console for the people who answer support calls."""

__version__ = "0.1.0"
