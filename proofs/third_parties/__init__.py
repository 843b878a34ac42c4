"""A site that uses what other people wrote for Django; it is put into a project as `tests/…`."""
