"""A site that reports to Sentry and to a collector; it is put into a project as `tests/…`."""
