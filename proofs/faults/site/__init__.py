"""Pages on which faults show; it is put into a project."""
