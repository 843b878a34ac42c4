"""What people say about Gunicorn and Uvicorn, tried on the real ones: `nox -s claims`."""
