"""A lease, retries and a schedule for django-tasks-db: what a project would have to keep itself."""
