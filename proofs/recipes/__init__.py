"""What the recipes promise, on a project in which one was typed."""
