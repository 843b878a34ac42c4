"""What the content security policy blocks while developing, as lines of the log."""

import json
import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

logger = logging.getLogger(__name__)


@csrf_exempt
async def policy_reports(request: HttpRequest) -> HttpResponse:
    """Log what a browser reports; https://www.w3.org/TR/CSP3/#deprecated-serialize-violation."""
    try:
        report = json.loads(request.body)["csp-report"]
        page, blocked = report["document-uri"], report["blocked-uri"]
        directive = report.get("effective-directive") or report["violated-directive"]
    except (KeyError, TypeError, ValueError):
        return HttpResponse("This is no report of a policy.", status=400)
    logger.warning("%s of %s blocks %s, see SECURE_CSP", directive, page, blocked)
    return HttpResponse(status=204)
