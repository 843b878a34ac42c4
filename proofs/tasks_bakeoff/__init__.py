"""Which backend of Django's tasks loses nothing: a bake-off."""
