"""What is raised, and answered, while a storage cannot be used."""

from collections.abc import Callable
from functools import wraps


class StorageUnavailableError(OSError):
    """A file could neither be read nor written: the bucket is missing, or out of reach."""


def unavailable_for[**P, T](
    *errors: type[Exception],
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a method to raise StorageUnavailableError, in one line, in the place of these errors."""

    def decorate(method: Callable[P, T]) -> Callable[P, T]:
        @wraps(method)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return method(*args, **kwargs)
            except errors as error:
                raise StorageUnavailableError(" ".join(str(error).split())) from error

        return call

    return decorate
