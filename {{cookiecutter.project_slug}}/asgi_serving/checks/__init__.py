"""Django system checks of the serving stack, one file for each concern.

Each kind of finding is a constant of its file, and CHECKS.md is made from them by
`python -m asgi_serving.checks`. An id keeps its meaning for ever and is never used again; silence one
with `SILENCED_SYSTEM_CHECKS`.
"""
