"""One file a version; its number is the ``PRAGMA user_version`` it leads to."""
