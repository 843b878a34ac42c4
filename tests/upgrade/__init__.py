"""The tests of asgi-upgrade."""
