"""Gunicorn and Uvicorn, as the worker runs them."""
