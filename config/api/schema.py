"""The description of the API (OpenAPI) and the page that reads it out."""

from typing import Any

from django.conf import settings
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "ent_…",
            "description": (
                "A personal token, made under Access tokens in your account. It may do what you may do at that "
                "moment, never more."
            ),
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The session of the site. What changes something also needs the header `X-CSRFToken`.",
        }


# --- How it says no --------------------------------------------------------------------------------------------------

WRITES = {"post", "put", "patch", "delete"}
ERROR = {
    "type": "object",
    "description": "Every answer that says no.",
    "properties": {
        "code": {"type": "string", "description": "Stable: what programs look at."},
        "message": {"type": "string", "description": "One sentence for people, in their language."},
        "fields": {
            "type": "object",
            "description": "What has to change, by field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["code", "message", "fields"],
    "additionalProperties": False,
}


def _response(description: str, code: str, message: str, **fields: list[str]) -> dict[str, Any]:
    example = {"code": code, "message": message, "fields": fields}
    content = {"schema": {"$ref": "#/components/schemas/Error"}, "example": example}
    return {"description": description, "content": {"application/json": content}}


RESPONSES = {
    "400": _response(
        "The address, its query, a header or the body cannot be read.",
        "parse_error",
        "The body is not JSON that we can read.",
    ),
    "401": _response(
        "Nobody is signed in, or the token is unknown, expired or revoked.",
        "token_expired",
        "This token has expired. Make a new one under Access tokens.",
    ),
    "403": _response(
        "You are known here, but may not do this; or it needs a sign-in of the last five minutes (`sign_in_again`).",
        "not_allowed",
        "You are not allowed to do this. Ask an owner to give you the right.",
    ),
    "404": _response(
        "It does not exist, or not for you: there is no difference.",
        "not_found",
        "This does not exist, or it is not open to you.",
    ),
    "406": _response(
        "Answers are JSON.", "not_acceptable", "Answers here are JSON. Ask for “Accept: application/json”."
    ),
    "409": _response(
        "Somebody was quicker; the message says who did what and when.",
        "already_decided",
        "Camille Roux approved this request on 22 Nov 2026, 07:00.",
    ),
    "413": _response("The body is too large.", "too_large", "The body is too large."),
    "415": _response("Bodies are JSON.", "unsupported_media_type", "Send JSON, with “Content-Type: application/json”."),
    "422": _response(
        "The rules refuse what was sent. Nothing was changed.",
        "missing_permissions",
        "“Edit orders” also needs “View orders”.",
        permissions=["“Edit orders” also needs “View orders”."],
    ),
    "429": _response(
        "Too much in a short time. Wait for as long as the header `Retry-After` says.",
        "throttled",
        "That was too much in a short time. Wait for as long as the header “Retry-After” says.",
    ),
}


def say_how_it_says_no(result: dict[str, Any], generator, request, public) -> dict[str, Any]:
    """Hook of the description: the refusals that each operation may answer with."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = ERROR
    components["responses"] = {f"Error{status}": response for status, response in RESPONSES.items()}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in _refusals(path, method, operation):
                operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Error{status}"})
    return result


def _refusals(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    found = ["400", "401", "406", "429"]
    if "{" in path:
        found += ["404", "403"]
    if any(parameter["name"] == "after" for parameter in operation.get("parameters", ())):
        found += ["422"]
    if method in WRITES:
        found += ["403", "409", "422"]
    if "requestBody" in operation:
        found += ["413", "415"]
    if not operation.get("security"):  # for everybody
        found = [status for status in found if status not in {"401", "403"}]
    return sorted({*found})


# --- Where to read it ------------------------------------------------------------------------------------------------


class Schema(SpectacularAPIView):
    authentication_classes = []  # the same for everybody
    permission_classes = [AllowAny]


# Swagger UI draws with styles that it writes itself; scripts come from us alone.
READABLE: dict[str, list[str]] = {**settings.SECURE_CSP, "style-src": [CSP.SELF, CSP.UNSAFE_INLINE]}


@method_decorator(csp_override(READABLE), name="dispatch")
class Readable(SpectacularSwaggerSplitView):
    authentication_classes = []
    permission_classes = [AllowAny]
    url_name = "api:schema"
