"""A long load on a server; it is put into a project as `tests/…`."""
