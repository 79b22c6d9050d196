"""What every address of the API stands on. Each app's `api.py` holds its own addresses; `config/api/` their frame."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, Protocol, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts import keyset
from accounts.errors import SignInAgain
from accounts.models import User
from accounts.once import Answer, once
from accounts.renewed import is_renewed

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "A new one for each request, like a UUID. A repeat with the same key and body within 24 hours gets the same "
        "answer and does nothing; with another body it is refused."
    ),
)


IDEMPOTENCY_KEY_AT_ONCE = OpenApiParameter(
    IDEMPOTENCY_KEY.name,
    IDEMPOTENCY_KEY.type,
    IDEMPOTENCY_KEY.location,
    description=f"{IDEMPOTENCY_KEY.description} Of two at the same time the second gets a 409 and may ask again.",
)


class BadQuery(ValidationError):  # noqa: N818 - a sentence to the person
    """What stands in the address is refused as a 400; what stands in a body, as a 422."""

    status_code = HTTPStatus.BAD_REQUEST


class After(serializers.Serializer):
    """The query of every list."""

    after = serializers.UUIDField(required=False, help_text="`id` of the last row you have: the page begins after it.")


class Goes(Protocol):
    """A page of a list, whatever names where the next one begins; None on the last one."""

    @property
    def after(self) -> Any: ...


class Endpoint(APIView):
    """One address: finds through the person, calls an action, answers. Rules live in the actions."""

    def initial(self, request: Request, *args, **kwargs) -> None:
        """A method that does not exist here is a 405 to everybody, before anything is asked."""
        if request.method == "OPTIONS":
            return  # says which methods there are, and nothing of what is there
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)

    @property
    def allowed_methods(self) -> list[str]:
        return [name.upper() for name in self.http_method_names if hasattr(self, name)]

    def options(self, request: HttpRequest, *args, **kwargs) -> Response:
        return Response(status=HTTPStatus.NO_CONTENT)

    @property
    def me(self) -> User:
        """Who asks. Nobody gets here signed out."""
        return cast("User", self.request.user)

    def require_renewed(self) -> None:
        """Raise SignInAgain for tokens, and for sessions whose sign-in is older than pages allow for this act."""
        if self.request.auth is not None or not is_renewed(self.request):
            raise SignInAgain

    def body(self, serializer: type[BaseSerializer], **context) -> dict[str, Any]:
        """What was sent, if it has the right shape. Raises ValidationError."""
        return _checked(serializer(data=self.request.data, context=context))

    def query(self, serializer: type[BaseSerializer]) -> dict[str, Any]:
        """What stands behind the question mark, if it has the right shape. Raises BadQuery."""
        try:
            return _checked(serializer(data=self.request.query_params.dict()))
        except ValidationError as error:
            raise BadQuery(error.detail) from error

    def answer_once(self, act: Callable[[], Answer], *, waits: bool = True) -> Response:
        """Answer with what `act` gives; a repeat under the same `Idempotency-Key` gets the same without another act.

        Of two at once the second waits for the first, or (`waits` False) gets a 409 there and then.
        """
        status, body = once(act, by=self.me, waits=waits, **self.once_under())
        return Response(body, status=status)

    def once_under(self) -> dict[str, Any]:
        """The key that was sent, and what was asked under it."""
        asked = [self.request.method, self.request.path, self.request.data]
        return {"key": self.request.headers.get("Idempotency-Key", ""), "asked": asked}

    def page(self, rows: QuerySet, *, among: QuerySet | None = None) -> keyset.Page:
        """The rows after the one that the query names, newest first. Raises BadQuery, NoSuchPlace."""
        after = self.query(After).get("after")
        return keyset.page(rows, after=after and str(after), among=among, strict=True)

    def listed(self, found: keyset.Page, serializer: type[BaseSerializer], **context) -> Response:
        return self.with_next(serializer(found.rows, many=True, context=context).data, found)

    def with_next(self, results: Any, found: Goes) -> Response:
        if found.after is None:
            return Response({"results": results, "next": None})
        query = self.request.query_params.copy()
        query["after"] = str(found.after)
        return Response({"results": results, "next": f"{settings.SITE_URL}{self.request.path}?{query.urlencode()}"})


def _checked(serializer: BaseSerializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


@cache
def paged(serializer: type[BaseSerializer]) -> Any:
    """For the description: a page of these."""
    return inline_serializer(
        f"{serializer.__name__.removesuffix('Serializer')}Page",
        {
            "results": serializer(many=True),
            "next": serializers.URLField(allow_null=True, help_text="Address of the next page; null on the last one."),
        },
    )
