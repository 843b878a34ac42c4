"""The page that the load asks for; it is put into a project."""
