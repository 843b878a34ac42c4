"""The pages that are measured, and how each peer serves them; it is put into a project."""
