"""What a store is asked to review, and what it wrote."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY, After, Endpoint, paged
from accounts.once import Answer
from reviews.actions.invitations import answer_handover
from reviews.actions.reviews import correct_review, publish_review
from reviews.errors import OwnPartnersReview
from reviews.models import Review, ReviewInvitation, ReviewVersion
from reviews.models.invitations import ReviewInvitationQuerySet
from reviews.store_serializers import (
    CorrectionSerializer,
    HandoverAnswerSerializer,
    OneStoreReviewSerializer,
    OpinionSerializer,
    ReviewInvitationSerializer,
    StoreReviewSerializer,
)
from reviews.store_views import with_replies
from stores.models import Store
from stores.pages import enter as enter_store

TAG = "Reviews, for stores"
EXAMPLE = {"communication": 5, "quality": 4, "text": "Clear at every step, and done a day early."}


class _Invitations(Endpoint):
    def invitations_of(self, store: Store) -> ReviewInvitationQuerySet:
        rows = ReviewInvitation.objects.visible_to(self.me).filter(store=store)
        return rows.select_related("store", "partner", "asked", "settled_by", "review")

    def one(self, request: Request, handle: str, public_id: UUID) -> ReviewInvitation:
        store = enter_store(request, handle, "reviews.write")
        invitation = get_object_or_404(self.invitations_of(store), public_id=public_id)
        if invitation.partner.membership_of(self.me):
            raise OwnPartnersReview(invitation.partner)
        return invitation


class _Reviews(Endpoint):
    def reviews_of(self, store: Store) -> QuerySet[Review]:
        return with_replies(Review.objects.of_stores_of(self.me).filter(store=store))

    def one_review(self, store: Store, public_id: UUID) -> Review:
        earlier = Prefetch("versions", ReviewVersion.objects.order_by("-pk"))
        return get_object_or_404(self.reviews_of(store).prefetch_related(earlier), public_id=public_id)

    def as_json(self, review: Review) -> dict:
        """As it is now, with the rows it names."""
        return OneStoreReviewSerializer(self.one_review(review.store, review.public_id)).data


# --- To be reviewed -------------------------------------------------------------------------------------------------


@extend_schema(tags=[TAG])
class StoreReviewInvitations(_Invitations):
    @extend_schema(
        operation_id="review_invitations",
        summary="What may be reviewed, or could have been",
        parameters=[After],
        responses=paged(ReviewInvitationSerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """Newest first, of partners whose team you are not in. For those who hold `reviews.write`."""
        store = enter_store(request, handle, "reviews.write")
        rows = self.invitations_of(store)
        return self.listed(self.page(rows.apart_from(self.me), among=rows), ReviewInvitationSerializer)


@extend_schema(tags=[TAG])
class StoreReviewInvitation(_Invitations):
    @extend_schema(
        operation_id="review_invitation", summary="One invitation to review", responses=ReviewInvitationSerializer
    )
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """For those who hold `reviews.write` and are not of the partner's team."""
        return Response(ReviewInvitationSerializer(self.one(request, handle, public_id)).data)


@extend_schema(tags=[TAG])
class HandoverAnswer(_Invitations):
    @extend_schema(
        operation_id="review_question_answer",
        summary="Say whether they worked on the store before it was handed over",
        request=HandoverAnswerSerializer,
        responses=ReviewInvitationSerializer,
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """With `true` a review may be written; `false` closes the invitation for good, and the partner does not learn
        it. For those who hold `reviews.write` and are not of the partner's team."""
        invitation = self.one(request, handle, public_id)
        answered = answer_handover(invitation, **self.body(HandoverAnswerSerializer), by=self.me)
        return Response(ReviewInvitationSerializer(self.invitations_of(answered.store).get(pk=answered.pk)).data)


@extend_schema(tags=[TAG])
class StoreReviewMaking(_Invitations, _Reviews):
    @extend_schema(
        operation_id="review_publish",
        summary="Publish review",
        parameters=[IDEMPOTENCY_KEY],
        request=OpinionSerializer,
        responses={HTTPStatus.CREATED: OneStoreReviewSerializer},
        examples=[OpenApiExample("Good", request_only=True, value=EXAMPLE)],
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """One for each invitation, public at once. For those who hold `reviews.write` and are not of the partner's
        team."""
        invitation = self.one(request, handle, public_id)
        opinion = self.body(OpinionSerializer)

        def publish() -> Answer:
            return HTTPStatus.CREATED, self.as_json(publish_review(invitation, **opinion, by=self.me))

        return self.answer_once(publish)


# --- Written --------------------------------------------------------------------------------------------------------


@extend_schema(tags=[TAG])
class StoreReviews(_Reviews):
    @extend_schema(
        operation_id="store_reviews",
        summary="Reviews that the store wrote",
        parameters=[After],
        responses=paged(StoreReviewSerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """Newest first, removed ones with the reason. For those who hold `reviews.write`."""
        store = enter_store(request, handle, "reviews.write")
        return self.listed(self.page(self.reviews_of(store)), StoreReviewSerializer)


@extend_schema(tags=[TAG])
class StoreReview(_Reviews):
    @extend_schema(operation_id="store_review", summary="One review", responses=OneStoreReviewSerializer)
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """With what it said before it was corrected. For those who hold `reviews.write`."""
        store = enter_store(request, handle, "reviews.write")
        return Response(OneStoreReviewSerializer(self.one_review(store, public_id)).data)

    @extend_schema(
        operation_id="review_correct",
        summary="Correct a review",
        request=CorrectionSerializer,
        responses=OneStoreReviewSerializer,
        examples=[OpenApiExample("Corrected", request_only=True, value={**EXAMPLE, "edited_at": None})],
    )
    def put(self, request: Request, handle: str, public_id: UUID) -> Response:
        """By its author, for 14 days. It is marked as edited, and the partner is told. What is the same changes
        nothing."""
        store = enter_store(request, handle, "reviews.write")
        review = self.one_review(store, public_id)
        return Response(self.as_json(correct_review(review, **self.body(CorrectionSerializer), by=self.me)))
