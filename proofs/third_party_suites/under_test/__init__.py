"""What runs in the environment of a suite, beside its tests."""
