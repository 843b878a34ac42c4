"""Database connections at the start, the end and between the requests of a process."""
