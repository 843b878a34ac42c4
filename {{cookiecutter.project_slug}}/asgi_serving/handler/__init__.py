"""Django without its thread hops."""
