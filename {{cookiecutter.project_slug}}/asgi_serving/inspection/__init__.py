"""What serves a process, told to people."""
