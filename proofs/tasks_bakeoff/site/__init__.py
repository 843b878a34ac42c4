"""A site with one task, on each of the candidates."""
