"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    """Return the name and the description of the site."""
    return {"site_name": settings.SITE_NAME, "site_description": settings.SITE_DESCRIPTION}
