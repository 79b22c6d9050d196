"""A partner's templates of requests."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY, After, Endpoint, paged
from accounts.once import Answer
from accounts.serializers import Instant, Line, Output, PersonSerializer, Text
from collaborators import actions
from collaborators.models import LONGEST_DAYS, MESSAGE_LENGTH, RequestTemplate
from partners.models import Partner
from partners.pages import enter
from partners.permissions import TeamPermission
from stores.serializers import PERMISSION_KEYS, Permissions


class TemplateSerializer(serializers.Serializer):
    """What to ask for, and under which name."""

    name = Line(max_length=RequestTemplate.NAME_LENGTH)
    permissions = Permissions(help_text="What to ask for; a permission needs those it requires.")
    days = serializers.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, allow_null=True, help_text="For how long; null for no end date."
    )
    message = Text(max_length=MESSAGE_LENGTH, required=False, allow_blank=True, default="")


class KeptTemplateSerializer(Output):
    """A template of requests."""

    permissions = PERMISSION_KEYS
    made_by = PersonSerializer(read_only=True)
    made_at = Instant(read_only=True)

    class Meta:
        model = RequestTemplate
        fields = ["id", "name", "permissions", "days", "message", "made_by", "made_at"]


class _Templates(Endpoint):
    def enter(self, slug: str) -> Partner:
        return enter(self.request, slug, TeamPermission.MANAGE_STORES)

    def templates_of(self, partner: Partner) -> QuerySet[RequestTemplate]:
        return RequestTemplate.objects.visible_to(self.me).filter(partner=partner).select_related("made_by")

    def one_template(self, public_id: UUID, partner: Partner) -> RequestTemplate:
        return get_object_or_404(self.templates_of(partner), public_id=public_id)


@extend_schema(tags=["Access, for partners"])
class Templates(_Templates):
    @extend_schema(
        operation_id="templates",
        summary="What we ask for often",
        parameters=[After],
        responses=paged(KeptTemplateSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The partner's templates, newest first. For owners, and members with Manage stores."""
        return self.listed(self.page(self.templates_of(self.enter(slug))), KeptTemplateSerializer)

    @extend_schema(
        operation_id="template_make",
        summary="Keep a template",
        parameters=[IDEMPOTENCY_KEY],
        request=TemplateSerializer,
        responses={HTTPStatus.CREATED: KeptTemplateSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """At most 50, each with a name of its own."""
        partner = self.enter(slug)
        kept = self.body(TemplateSerializer)

        def make() -> Answer:
            template = actions.make_template(partner, **kept, by=self.me)
            row = self.one_template(template.public_id, partner)
            return HTTPStatus.CREATED, KeptTemplateSerializer(row).data

        return self.answer_once(make)


@extend_schema(tags=["Access, for partners"])
class OneTemplate(_Templates):
    @extend_schema(operation_id="template", summary="One template", responses=KeptTemplateSerializer)
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """What it asks for."""
        return Response(KeptTemplateSerializer(self.one_template(public_id, self.enter(slug))).data)

    @extend_schema(
        operation_id="template_change",
        summary="Change a template",
        request=TemplateSerializer,
        responses=KeptTemplateSerializer,
    )
    def put(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Requests that were sent stay as they are."""
        partner = self.enter(slug)
        template = self.one_template(public_id, partner)
        actions.change_template(template, **self.body(TemplateSerializer), by=self.me)
        return Response(KeptTemplateSerializer(self.one_template(public_id, partner)).data)

    @extend_schema(operation_id="template_remove", summary="Remove a template", responses={HTTPStatus.NO_CONTENT: None})
    def delete(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Requests that were sent stay as they are."""
        actions.remove_template(self.one_template(public_id, self.enter(slug)), by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)
