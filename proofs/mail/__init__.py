"""A project whose messages go to a provider's API; it is put into a project as `tests/…`."""
