"""A middleware that keeps requests from New Relic, as its documentation shows."""

import newrelic.agent
from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def ignore(get_response):
    """Leave out each request that says so."""
    if not iscoroutinefunction(get_response):
        raise NotImplementedError("The site is asynchronous")

    async def middleware(request):
        if "X-Ignore" in request.headers:
            newrelic.agent.ignore_transaction()
        return await get_response(request)

    return middleware
