"""What goes wrong around a site, and what its visitors see of it."""
