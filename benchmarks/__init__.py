"""How fast a project serves, next to what Django teams run today."""
