from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import Endpoint
from accounts.serializers import MeSerializer


class Me(Endpoint):
    @extend_schema(operation_id="me", summary="Who I am", tags=["Account"], responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The person behind the session or the token."""
        return Response(MeSerializer(request.user).data)
