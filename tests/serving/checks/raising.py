"""What cannot be imported."""

raise RuntimeError("not here\nnor there")
