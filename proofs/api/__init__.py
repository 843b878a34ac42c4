"""The API of a project, proven on real Gunicorn: copied into a project, and run there."""
