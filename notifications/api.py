from http import HTTPStatus
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, Endpoint, paged
from notifications.models import Notification
from notifications.serializers import NotificationFilter, NotificationSerializer
from notifications.views import lines


def _own(request: Request) -> QuerySet[Notification]:
    return Notification.objects.visible_to(request.user).select_related("event")


@extend_schema(tags=["Notifications"])
class Notifications(Endpoint):
    @extend_schema(
        operation_id="notifications",
        summary="My inbox",
        parameters=[After, NotificationFilter],
        responses=paged(NotificationSerializer),
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        everything = _own(request)
        unread = self.query(NotificationFilter).get("unread")
        found = self.page(everything.unread() if unread else everything, among=everything)  # type: ignore[attr-defined]
        return self.with_next(NotificationSerializer(lines(found.rows), many=True).data, found)


@extend_schema(tags=["Notifications"])
class Reading(Endpoint):
    @extend_schema(
        operation_id="notification_read", summary="Mark one as read", request=None, responses=NotificationSerializer
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Twice is the same as once."""
        _own(request).unread().filter(public_id=public_id).update(read_at=timezone.now())  # type: ignore[attr-defined]
        shown = lines([get_object_or_404(_own(request), public_id=public_id)])
        if not shown:
            raise Http404
        return Response(NotificationSerializer(shown[0]).data)


@extend_schema(tags=["Notifications"])
class ReadingAll(Endpoint):
    @extend_schema(
        operation_id="notifications_read",
        summary="Mark all as read",
        request=None,
        responses={HTTPStatus.NO_CONTENT: None},
    )
    def post(self, request: Request) -> Response:
        _own(request).unread().update(read_at=timezone.now())  # type: ignore[attr-defined]
        return Response(status=HTTPStatus.NO_CONTENT)
