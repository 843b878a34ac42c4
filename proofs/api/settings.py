"""Production's settings, with limits that no test reaches, and one cookie for all of a session."""

from tests.production_settings import *

CSRF_USE_SESSIONS = True
API_REQUESTS_A_MINUTE = {"user": 1_000_000, "network": 1_000_000}
