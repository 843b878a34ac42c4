"""Who may try another password: django-axes counts the failures, this tells how many are too many.

An account is locked for the network that guesses at it, so that nobody can lock it for its owner
elsewhere, nor an office for the mistakes of one colleague. Many networks at one account, and one
network at many accounts, are bounded as well, but for accounts that have logged in from there.
"""

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username, get_failure_limit
from axes.models import AccessAttempt, AccessLog
from django.core.exceptions import PermissionDenied
from django.db.models import Q, Sum
from django.http import HttpRequest

from asgi_serving.application.visitors import network_address


def network(request: HttpRequest) -> str | None:
    """Return the client's IPv4 address, or the /64 of IPv6 that is one customer's.

    The server has looked at X-Forwarded-For already, and trusts no stranger's.
    """
    remote = request.META.get("REMOTE_ADDR")
    return str(network_address(remote)) if remote else None


class LockoutHandler(AxesDatabaseHandler):
    """Counts `AXES_FAILURE_LIMIT` for an account and a network together, and the sums for each."""

    account_limit = 20
    """Failures of one account, from all networks."""
    network_limit = 100
    """Failures of one network, at all accounts."""
    longest_username = 255
    """Characters that django-axes has room for; Django's own users have 150 at most."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Refuse names that no account has before their password is hashed."""
        if self.is_too_long(request, credentials):
            raise PermissionDenied
        return bool(super().is_allowed(request, credentials))

    def user_login_failed(
        self,
        sender: object,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **more: object,
    ) -> None:
        """Count a failure, of names that can be stored."""
        if not self.is_too_long(request, credentials):
            super().user_login_failed(sender, credentials, request, **more)

    def get_failures(self, request: Any, credentials: dict[str, Any] | None = None) -> int:
        """Return the failures of account and network together, or the limit if a sum is too high."""
        failures: int = super().get_failures(request, credentials)
        account = Q(username=get_client_username(request, credentials))
        network = Q(ip_address=request.axes_ip_address)
        sums = AccessAttempt.objects.filter(
            account | network, attempt_time__gte=get_cool_off_threshold(request)
        ).aggregate(
            account=Sum("failures_since_start", filter=account, default=0),
            network=Sum("failures_since_start", filter=network, default=0),
        )
        too_many = (
            sums["account"] >= self.account_limit or sums["network"] >= self.network_limit
        ) and not AccessLog.objects.filter(account, network).exists()
        return max(failures, get_failure_limit(request, credentials) if too_many else 0)

    def is_too_long(self, request: Any, credentials: dict[str, Any] | None) -> bool:
        """Whether the database has no room for the name."""
        return len(get_client_username(request, credentials) or "") > self.longest_username
