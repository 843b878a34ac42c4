"""What proves that the serving of a project is Django's own, only quicker."""
