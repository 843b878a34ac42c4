"""Plays a cluster with a project's manifests and real containers, and counts what is lost."""
