"""A project's configuration from environment variables, each of them listed and checked."""
