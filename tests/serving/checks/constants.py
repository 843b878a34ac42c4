"""What a configuration file may import."""

TIMEOUT = 60
