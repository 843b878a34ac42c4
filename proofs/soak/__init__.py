"""A production stack under load for hours, and what its workers hold meanwhile."""
