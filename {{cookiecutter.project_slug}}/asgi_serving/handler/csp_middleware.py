"""Django's Content Security Policy, natively asynchronous: there is one since Django 6.0."""

from copy import deepcopy
from typing import Any, override

from django.conf import settings
from django.http import HttpRequest
from django.middleware import csp
from django.utils.csp import CSP, build_policy

from asgi_serving.handler.middleware import NativeMiddleware, set_default

POLICY_HEADERS = (str(CSP.HEADER_ENFORCE), str(CSP.HEADER_REPORT_ONLY))


class ContentSecurityPolicyMiddleware(NativeMiddleware, csp.ContentSecurityPolicyMiddleware):
    """Only sets headers, and makes a policy that names no nonce once for all responses."""

    _configs: tuple[Any, Any] | None = None
    _policies: dict[str, str]

    @override
    def process_response(self, request: HttpRequest, response: Any) -> Any:
        decorated = hasattr(response, "_csp_config") or hasattr(response, "_csp_ro_config")
        if decorated or csp.get_nonce(request):
            return super().process_response(request, response)
        configs: tuple[Any, Any] = settings.SECURE_CSP, settings.SECURE_CSP_REPORT_ONLY
        if configs != self._configs:
            self._policies = {
                header: build_policy(config)
                for header, config in zip(POLICY_HEADERS, configs, strict=True)
                if config
            }
            self._configs = deepcopy(configs)
        for header, policy in self._policies.items():
            set_default(response, header, policy)
        return response
