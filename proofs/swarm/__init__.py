"""What visitors lose when a site on Docker Swarm is updated, scaled, broken and drained."""
