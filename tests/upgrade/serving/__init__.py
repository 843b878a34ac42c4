"""Tests of `asgi-upgrade serving`."""
