"""`asgi-upgrade worker` on projects of others, beside what a person decided for each line before."""
