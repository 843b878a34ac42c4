"""The pages of a project in a real browser; it is put into a project as `tests/…`."""
