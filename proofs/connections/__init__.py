"""Ten thousand open connections of one worker: memory, messages to all, and a reload."""
