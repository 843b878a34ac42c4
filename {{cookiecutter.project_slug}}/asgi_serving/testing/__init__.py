"""Django's test clients, through what production runs: lanes and native middleware.

With pytest, in the `conftest.py` at the top of the tests::

    pytest_plugins = ["asgi_serving.testing.plugin"]

With `manage.py test`, in the settings::

    TEST_RUNNER = "asgi_serving.testing.runner.DiscoverRunner"
"""

from asgi_serving.testing.clients import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]
