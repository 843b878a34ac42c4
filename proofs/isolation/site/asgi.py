"""The sites as the project serves them, with a note of each client whose leaving was noticed."""

from asgi_serving.asgi import get_handler, serve_by_gateway

get_handler()  # sets Django up

from isolation_site.gates import Gate
from isolation_site.sites import make_handlers, site_of


class Sites:
    """An ASGI application that hands requests to the handler of their site."""

    def __init__(self):
        """Make the handlers."""
        self.handlers = make_handlers(get_handler)

    async def __call__(self, scope, receive, send):
        """Answer a request; 500 for a site that did not start."""
        handler = self.handlers[site_of(scope["path"])]
        if isinstance(handler, str):
            await send({"type": "http.response.start", "status": 500, "headers": []})
            await send({"type": "http.response.body", "body": handler.encode()})
            return
        query = scope["query_string"].decode()

        async def receive_and_note():
            message = await receive()
            if message["type"] == "http.disconnect" and "gate=" in query:
                Gate(query).mark("left")
            return message

        await handler(scope, receive_and_note, send)


application = serve_by_gateway(Sites())
