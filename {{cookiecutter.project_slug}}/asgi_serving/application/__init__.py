"""The ASGI application that a server calls: probes, static files, WebSockets, and Django."""
