"""What is known to be wrong with released versions of the library asgi-serving.

The library's own check reads it, so that the newest tool warns of an old version without asking
the network.
"""

from collections.abc import Mapping, Sequence
from typing import Final

FAULTS: Final[Mapping[str, Sequence[str]]] = {}
"""Version, and for each of its faults what happens, as the end of a sentence."""
