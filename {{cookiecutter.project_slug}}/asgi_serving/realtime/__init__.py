"""Messages to many visitors at a time, by WebSockets and by streams of events."""

from asgi_serving.realtime.authentication import authenticated
from asgi_serving.realtime.event_stream import Event, event_stream, last_event_id
from asgi_serving.realtime.forwarding import forwarded
from asgi_serving.realtime.messages import PublishError, apublish, publish, subscribed

__all__ = [
    "Event", "PublishError", "apublish", "authenticated", "event_stream", "forwarded",
    "last_event_id", "publish", "subscribed",
]  # fmt: skip
