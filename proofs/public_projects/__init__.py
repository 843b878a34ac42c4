"""Projects of others, served before and after `asgi-upgrade serving`."""
