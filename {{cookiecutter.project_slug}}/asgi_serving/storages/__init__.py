"""Storages of files that are somewhere else, and what a site does while they cannot be reached."""
