"""The same settings with a middleware that knows no coroutine: WhiteNoise's."""

from benchmark_site.project import *
from benchmark_site.project import MIDDLEWARE

MIDDLEWARE = [*MIDDLEWARE[:1], "whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE[1:]]
