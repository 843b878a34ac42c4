"""Tells that a service which takes reports cannot be reached: in one line, not in one for each."""

import logging
import time
from typing import Final

logger = logging.getLogger("asgi_serving.telemetry")

TELL_EVERY: Final = 600
"""How long a service may be out of reach before it is told once more, in seconds."""


class Outage:
    """The state of one service; its methods may be called from any thread."""

    def __init__(self, service: str, setting: str) -> None:
        """Take the name of the service, and the setting that says where it is."""
        self.service = service
        self.setting = setting
        self.lasts = False
        self._told = 0.0

    def begins(self, reason: object) -> None:
        """Note that something could not be sent."""
        self.lasts = True
        if not self._told or time.monotonic() - self._told > TELL_EVERY:
            self._told = time.monotonic()
            logger.warning(
                "%s takes nothing (see %s), and what is meant for it is lost: %s",
                self.service,
                self.setting,
                " ".join(str(reason).split()),
            )

    def ends(self) -> None:
        """Note that something was sent."""
        if self.lasts:
            self.lasts, self._told = False, 0.0
            logger.info("%s can be reached again", self.service)
