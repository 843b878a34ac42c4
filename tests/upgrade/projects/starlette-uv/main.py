from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def root(request):
    return PlainTextResponse("served")


app = Starlette(routes=[Route("/", root)])
