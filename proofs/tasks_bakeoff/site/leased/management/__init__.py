"""Of the leases."""
