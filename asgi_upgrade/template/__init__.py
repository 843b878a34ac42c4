"""`asgi-upgrade template`: a newer version of the template, merged into a project by git."""
