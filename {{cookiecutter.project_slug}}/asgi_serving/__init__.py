"""Everything between the socket and the views.

The way of a request: socket, `worker`, `gateway`, and from there a probe, a static file, a
WebSocket, or Django.
"""
