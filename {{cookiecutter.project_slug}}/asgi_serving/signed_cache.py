"""Values in Valkey or Redis that only this site can have written."""

import logging
from typing import Any, Final

from django.conf import settings
from django.core.cache.backends.redis import RedisSerializer
from django.utils.crypto import constant_time_compare, salted_hmac

logger = logging.getLogger(__name__)

SIZE: Final = 32
"""Length of a signature by SHA-256, in bytes."""


class SignedSerializer(RedisSerializer):
    """Django's serializer, which pickles, with a signature before each pickle.

    Loading a pickle runs what it says: without a signature, whoever can write to the cache runs
    code in the workers. Pickles stay, because JSON cannot hold what Django itself caches, such as
    the responses of `cache_page`.

    An entry of `OPTIONS`: `"serializer": "asgi_serving.signed_cache.SignedSerializer"`.
    """

    def dumps(self, obj: Any) -> int | bytes:  # type: ignore[override]  # Django's does so, too
        """Return an int as it is, and all else as signature and pickle."""
        data: int | bytes = super().dumps(obj)
        return data if isinstance(data, int) else _signature(data, settings.SECRET_KEY) + data

    def loads(self, data: bytes) -> Any:  # type: ignore[override]  # nothing else comes
        """Return the value, or None if it was not signed with one of the site's keys."""
        try:
            return int(data)
        except ValueError:
            signature, pickled = data[:SIZE], data[SIZE:]
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            if constant_time_compare(signature, _signature(pickled, key)):
                return super().loads(pickled)
        logger.warning("A value in the cache has no signature of this site, and counts as None")
        return None


def _signature(data: bytes, key: str) -> bytes:
    return salted_hmac(__name__, data, secret=key, algorithm="sha256").digest()
