from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import Endpoint
from accounts.serializers import MeSerializer, ProfileSerializer


class Me(Endpoint):
    @extend_schema(operation_id="me", summary="Who I am", tags=["Account"], responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The person behind the session or the token."""
        return Response(MeSerializer(request.user).data)

    @extend_schema(
        operation_id="me_change",
        summary="Change my profile",
        tags=["Account"],
        request=ProfileSerializer,
        responses=MeSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Only what is sent changes."""
        changed = self.body(ProfileSerializer)
        for name, value in changed.items():
            setattr(self.me, name, value)
        self.me.save(update_fields=[*changed])
        return Response(MeSerializer(self.me).data)
