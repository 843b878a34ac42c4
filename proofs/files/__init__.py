"""A site whose visitors upload files, to a folder or to S3; it is put into a project as `tests/…`."""
