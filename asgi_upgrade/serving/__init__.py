"""`asgi-upgrade serving`: the library asgi_serving for a Django project that never saw the template."""
