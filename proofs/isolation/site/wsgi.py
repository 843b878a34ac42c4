"""The sites as Django serves them under WSGI."""

from django.core.wsgi import get_wsgi_application

get_wsgi_application()  # sets Django up

from django.core.handlers.wsgi import WSGIHandler
from isolation_site.sites import make_handlers, site_of

handlers = make_handlers(WSGIHandler)


def application(environ, start_response):
    """Hand a request to the handler of its site; 500 for one that did not start."""
    handler = handlers[site_of(environ["PATH_INFO"])]
    if isinstance(handler, str):
        start_response("500 Internal Server Error", [])
        return [handler.encode()]
    return handler(environ, start_response)
