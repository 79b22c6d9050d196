"""Every answer that says no has one shape, `{"code", "message", "fields"}`: a stable code, the rest is for people."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.endpoints import BadQuery
from accounts.errors import BadAddress, Conflict, NotAllowed, Refused, Sentence, SignInAgain, is_busy

Fields = dict[str, list[str]]

INVALID = _("This cannot be accepted as it is. What has to change stands in “fields”.")
SENTENCES: dict[str, Any] = {
    "bad_request": _("This request makes no sense to us. Look at its address, its headers and its body."),
    "not_authenticated": _("Sign in first, or send a token: “Authorization: Bearer ent_…”."),
    "permission_denied": _("You are not allowed to do this."),
    "not_found": _("This does not exist, or it is not open to you."),
    "method_not_allowed": _("This address has no such method. The header “Allow” says which there are."),
    "not_acceptable": _("Answers here are JSON. Ask for “Accept: application/json”."),
    "unsupported_media_type": _("Send JSON, with “Content-Type: application/json”."),
    "parse_error": _("The body is not JSON that we can read."),
    "throttled": _("That was too much in a short time. Wait for as long as the header “Retry-After” says."),
    "busy": _("Somebody else is changing this at the moment. Nothing was changed by you: try again."),
    "error": _("Something broke on our side. Nothing was changed by you: try again later."),
}


def problem(code: str, message: Any = None, fields: Fields | None = None) -> dict[str, Any]:
    return {"code": code, "message": str(message or SENTENCES[code]), "fields": fields or {}}


def answer(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """The exception handler of the REST framework. None for what nobody foresaw: that is a 500."""
    if isinstance(exc, Refused):
        fields = {exc.field: [str(exc)]} if exc.field else None
        return Response(problem(exc.code, exc, fields), status=_status(exc))
    if isinstance(exc, ReauthenticationRequired):  # a door, to a session that lay unused for an hour
        exc = SignInAgain()
    if isinstance(exc, PermissionDenied):
        known = exc if isinstance(exc, Sentence) else NotAllowed()
        return Response(problem(known.code, known), status=HTTPStatus.FORBIDDEN)
    if isinstance(exc, Http404):
        return Response(problem("not_found"), status=HTTPStatus.NOT_FOUND)
    if is_busy(exc):
        return Response(problem("busy"), status=HTTPStatus.CONFLICT)
    if isinstance(exc, exceptions.ValidationError):
        return Response(_invalid(exc), status=_status(exc))
    if isinstance(exc, exceptions.APIException):
        return Response(_of_the_framework(exc), status=exc.status_code, headers=_headers(exc))
    return None


def _status(exc: Refused | exceptions.ValidationError) -> HTTPStatus:
    if isinstance(exc, Conflict):
        return HTTPStatus.CONFLICT
    return HTTPStatus.BAD_REQUEST if isinstance(exc, BadAddress | BadQuery) else HTTPStatus.UNPROCESSABLE_ENTITY


def _invalid(exc: exceptions.ValidationError) -> dict[str, Any]:
    detail = exc.detail if isinstance(exc.detail, dict) else {"": exc.detail}
    fields = {str(name): list(_sentences(found)) for name, found in detail.items()}
    of_the_whole = [*fields.pop("non_field_errors", []), *fields.pop("", [])]
    return problem("invalid", " ".join(of_the_whole) or INVALID, fields)


def _sentences(detail: Any) -> Iterator[str]:
    """All the sentences beside a field, however deep they stand."""
    if isinstance(detail, Mapping):
        for found in detail.values():
            yield from _sentences(found)
    elif isinstance(detail, list):
        for found in detail:
            yield from _sentences(found)
    else:
        yield str(detail).encode(errors="replace").decode()  # it may quote half a character


def _of_the_framework(exc: exceptions.APIException) -> dict[str, Any]:
    """Its own classes in our sentences; ours bring theirs along."""
    code = getattr(exc.detail, "code", exc.default_code)
    return problem(str(code), SENTENCES.get(exc.default_code, exc.detail))


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


# --- Where the REST framework is not asked --------------------------------------------------------------------------


def is_for_the_api(request) -> bool:
    return request.path_info.startswith("/api/")


def plain(code: str, status: int) -> JsonResponse:
    """For middleware and Django's own handlers."""
    return JsonResponse(problem(code), status=status, headers={"Cache-Control": "no-store"})
