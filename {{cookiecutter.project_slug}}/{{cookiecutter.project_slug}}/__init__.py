"""The applications of the project."""
