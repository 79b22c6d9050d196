"""Conversations: the store's side, then the partner's. Both stand on the same endpoints."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY, After, Endpoint, paged
from accounts.once import Answer
from accounts.serializers import Output, PersonSerializer, Text
from collaborators import conversations
from collaborators.models import RIGHTS, TEXT_LENGTH, About, AccessRequest, Collaboration, Conversation, Message, Side
from partners.pages import enter as enter_partner
from partners.permissions import TeamPermission
from partners.serializers import PartnerNameSerializer
from stores.pages import enter as enter_store

READ = [rights.read for rights in RIGHTS.values()]
TEAM = [rights.team for rights in RIGHTS.values()]

# --- Shapes -----------------------------------------------------------------------------------------------------------


class NewMessageSerializer(serializers.Serializer):
    text = Text(max_length=TEXT_LENGTH, help_text="Plain text. Addresses that begin with http are shown as links.")


class ReadingSerializer(serializers.Serializer):
    up_to = serializers.UUIDField(help_text="`id` of the last message that was read.")


class NewConversationSerializer(serializers.Serializer):
    """What it is about: one of these."""

    access_request = serializers.UUIDField(required=False, help_text="`id` of a pending access request.")
    collaboration = serializers.UUIDField(required=False, help_text="`id` of an active collaboration.")


class MessageSerializer(Output):
    author = PersonSerializer(read_only=True)
    side = serializers.ChoiceField(Side.choices, read_only=True, help_text="Of which side the author wrote.")
    mine = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = ["id", "author", "side", "mine", "text", "sent_at"]

    def get_mine(self, message) -> bool:
        return message.author_id == self.context["me"].pk


class _ConversationSerializer(Output):
    about = serializers.ChoiceField(About.choices, read_only=True, help_text="What kind of thing it is about.")
    open = serializers.BooleanField(source="is_open", read_only=True, help_text="Whether it can be written in now.")
    unread = serializers.IntegerField(read_only=True, help_text="Messages that I have not read, counted up to 100.")
    access_request = serializers.UUIDField(
        source="access_request_key", read_only=True, allow_null=True, help_text="`id` of the last request it is about."
    )
    collaboration = serializers.UUIDField(
        source="collaboration_key", read_only=True, allow_null=True, help_text="`id` of the last access it is about."
    )


class StoreConversationSerializer(_ConversationSerializer):
    """A conversation, as the store sees it."""

    partner = PartnerNameSerializer(read_only=True)

    class Meta:
        model = Conversation
        fields = ["id", "about", "partner", "open", "unread", "access_request", "collaboration", "created_at"]


class PartnerConversationSerializer(_ConversationSerializer):
    """A conversation, as the partner sees it."""

    with_whom = serializers.SerializerMethodField()

    class Meta:
        model = Conversation
        fields = ["id", "about", "with_whom", "open", "unread", "access_request", "collaboration", "created_at"]

    @extend_schema_field(serializers.CharField())
    def get_with_whom(self, conversation) -> str:
        """Name of the store; until it said yes, the address that was typed."""
        return conversations.name_for(Side.PARTNER, conversation)


# --- What both sides do -----------------------------------------------------------------------------------------------


class _Talking(Endpoint):
    side: Side

    def of(self, **place) -> QuerySet[Conversation]:
        return conversations.readable(self.me, self.side).filter(**place)

    def one(self, public_id: UUID, **place) -> Conversation:
        return get_object_or_404(self.of(**place), public_id=public_id)

    def started(self, **place) -> Conversation:
        """The conversation about what the body names; a new one where there was none."""
        body = self.body(NewConversationSerializer)
        row: AccessRequest | Collaboration
        if "access_request" in body:
            requests = AccessRequest.objects.visible_to(self.me).filter(**place)
            row = get_object_or_404(requests, public_id=body["access_request"])
        else:
            collaborations = Collaboration.objects.visible_to(self.me).filter(**place)
            row = get_object_or_404(collaborations, public_id=body.get("collaboration"))
        found = conversations.find_or_start(row, by=self.me, side=self.side)
        return self.one(found.public_id, **place)

    def messages(self, conversation: Conversation) -> Response:
        rows = Message.objects.filter(conversation=conversation).select_related("author")
        return self.listed(self.page(rows), MessageSerializer, me=self.me)

    def send(self, conversation: Conversation) -> Response:
        text = self.body(NewMessageSerializer)["text"]

        def write() -> Answer:
            message = conversations.send(conversation, text=text, side=self.side, by=self.me)
            return HTTPStatus.CREATED, MessageSerializer(message, context={"me": self.me}).data

        return self.answer_once(write)

    def read(self, conversation: Conversation) -> Response:
        message = get_object_or_404(conversation.messages, public_id=self.body(ReadingSerializer)["up_to"])
        conversations.read(conversation, up_to=message, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


EXAMPLE = OpenApiExample("Hello", request_only=True, value={"text": "Could you begin on Monday?"})


# --- The store --------------------------------------------------------------------------------------------------------


@extend_schema(tags=["Conversations"])
class StoreConversations(_Talking):
    side = Side.STORE

    @extend_schema(
        operation_id="store_conversations",
        summary="Whom the store talks to",
        parameters=[After],
        responses=paged(StoreConversationSerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """Conversations of the store, newest first. For those who hold `users.view`: about access; `jobs.view`: about
        jobs."""
        rows = self.of(store=enter_store(request, handle, *READ))
        return self.listed(self.page(rows), StoreConversationSerializer)

    @extend_schema(
        operation_id="store_conversation_start",
        summary="Begin to talk",
        request=NewConversationSerializer,
        responses={HTTPStatus.CREATED: StoreConversationSerializer},
    )
    def post(self, request: Request, handle: str) -> Response:
        """For a request or an access from before there were conversations. What has one already gets that one."""
        found = self.started(store=enter_store(request, handle, "users.manage"))
        return Response(StoreConversationSerializer(found).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Conversations"])
class StoreMessages(_Talking):
    side = Side.STORE

    @extend_schema(
        operation_id="store_messages", summary="Messages", parameters=[After], responses=paged(MessageSerializer)
    )
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Messages of one conversation, newest first. Looking marks nothing as read."""
        return self.messages(self.one(public_id, store=enter_store(request, handle, *READ)))

    @extend_schema(
        operation_id="store_message_send",
        summary="Write to the partner",
        parameters=[IDEMPOTENCY_KEY],
        examples=[EXAMPLE],
        request=NewMessageSerializer,
        responses={HTTPStatus.CREATED: MessageSerializer},
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """For those who hold `users.manage`, while the request waits or the access is active; about a job for those who
        hold `jobs.manage`, as long as there is something to say."""
        return self.send(self.one(public_id, store=enter_store(request, handle, *READ)))


@extend_schema(tags=["Conversations"])
class StoreReading(_Talking):
    side = Side.STORE

    @extend_schema(
        operation_id="store_messages_read",
        summary="Mark messages as read",
        request=ReadingSerializer,
        responses={HTTPStatus.NO_CONTENT: None},
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """All up to one message, for me alone."""
        return self.read(self.one(public_id, store=enter_store(request, handle, *READ)))


# --- The partner ------------------------------------------------------------------------------------------------------


@extend_schema(tags=["Conversations"])
class PartnerConversations(_Talking):
    side = Side.PARTNER

    @extend_schema(
        operation_id="partner_conversations",
        summary="Whom the partner talks to",
        parameters=[After],
        responses=paged(PartnerConversationSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Conversations of the partner, newest first. For owners, and members with Manage stores: about access; with
        Manage jobs: about jobs."""
        rows = self.of(partner=enter_partner(request, slug, *TEAM))
        return self.listed(self.page(rows), PartnerConversationSerializer)

    @extend_schema(
        operation_id="partner_conversation_start",
        summary="Begin to talk",
        request=NewConversationSerializer,
        responses={HTTPStatus.CREATED: PartnerConversationSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """For a request or an access from before there were conversations. What has one already gets that one."""
        found = self.started(partner=enter_partner(request, slug, TeamPermission.MANAGE_STORES))
        return Response(PartnerConversationSerializer(found).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Conversations"])
class PartnerMessages(_Talking):
    side = Side.PARTNER

    @extend_schema(
        operation_id="partner_messages", summary="Messages", parameters=[After], responses=paged(MessageSerializer)
    )
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Messages of one conversation, newest first. Looking marks nothing as read."""
        return self.messages(self.one(public_id, partner=enter_partner(request, slug, *TEAM)))

    @extend_schema(
        operation_id="partner_message_send",
        summary="Write to the store",
        parameters=[IDEMPOTENCY_KEY],
        examples=[EXAMPLE],
        request=NewMessageSerializer,
        responses={HTTPStatus.CREATED: MessageSerializer},
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """For owners, and members with Manage stores, while the request waits or the access is active; about a job for
        members with Manage jobs, as long as there is something to say."""
        return self.send(self.one(public_id, partner=enter_partner(request, slug, *TEAM)))


@extend_schema(tags=["Conversations"])
class PartnerReading(_Talking):
    side = Side.PARTNER

    @extend_schema(
        operation_id="partner_messages_read",
        summary="Mark messages as read",
        request=ReadingSerializer,
        responses={HTTPStatus.NO_CONTENT: None},
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """All up to one message, for me alone."""
        return self.read(self.one(public_id, partner=enter_partner(request, slug, *TEAM)))
