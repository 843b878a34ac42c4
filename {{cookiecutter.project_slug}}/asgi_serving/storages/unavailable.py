"""What is raised, and answered, while a storage cannot be used."""


class StorageUnavailableError(OSError):
    """A file could neither be read nor written: the bucket is missing, or out of reach."""
