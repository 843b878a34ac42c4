"""A site under the tools that watch production; it is put into a project as `tests/…`."""
