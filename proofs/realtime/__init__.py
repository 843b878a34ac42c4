"""What the pages on real time promise, on a project in which they were typed."""
