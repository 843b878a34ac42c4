"""The same settings, for Django alone: it knows nothing of `LANES`, the middleware is the same."""

from benchmark_site.project import *
