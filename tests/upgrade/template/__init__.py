"""Tests of `asgi-upgrade template`."""
