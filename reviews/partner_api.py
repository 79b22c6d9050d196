"""Reviews of a partner in the API: read, answered, advised on."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY, After, Endpoint, paged
from accounts.keyset import PAGE_SIZE
from accounts.once import Answer
from partners.models import Partner, PartnerRating
from partners.pages import enter
from partners.permissions import TeamPermission
from reviews.actions import replies
from reviews.advising import advice_for
from reviews.models import Reply, Review
from reviews.partner_lists import Wanted, in_tab, page
from reviews.partner_serializers import (
    DraftSerializer,
    NewReplySerializer,
    PartnerRatingSerializer,
    PartnerReviewFilter,
    PartnerReviewSerializer,
    PointSerializer,
    ReplyEditSerializer,
    ReplySerializer,
)
from reviews.reply_views import live_reply


class _Reviews(Endpoint):
    def partner(self, slug: str) -> Partner:
        return enter(self.request, slug, TeamPermission.MANAGE_PUBLIC_LISTINGS)

    def reviews_of(self, partner: Partner) -> QuerySet[Review]:
        written = Reply.objects.select_related("author").prefetch_related("versions").order_by("-pk")
        rows = Review.objects.answerable_by(self.me).filter(partner=partner)
        return rows.select_related("store", "invitation", "partner").prefetch_related(Prefetch("replies", written))

    def review(self, slug: str, public_id: UUID) -> Review:
        return get_object_or_404(self.reviews_of(self.partner(slug)), public_id=public_id)

    def reply_to(self, review: Review) -> Reply:
        """The live one; else the one that was there last, of which the action says what became."""
        reply = live_reply(review) or next(iter(review.replies.all()), None)
        if reply is None:
            raise Http404
        return reply

    def written(self, reply: Reply) -> dict:
        return dict(ReplySerializer(Reply.objects.select_related("author").get(pk=reply.pk)).data)


@extend_schema(tags=["Reviews, for partners"])
class PartnerReviews(_Reviews):
    @extend_schema(
        operation_id="partner_reviews",
        summary="Reviews of the partner",
        parameters=[PartnerReviewFilter, After],
        responses=paged(PartnerReviewSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Newest first; those to answer: the lowest, then the oldest, first. For owners, and with Manage public
        listings."""
        partner = self.partner(slug)
        asked = self.query(PartnerReviewFilter)
        tab = asked.pop("state")
        after = self.query(After).get("after")
        rows = in_tab(Wanted(**asked).among(self.reviews_of(partner)), tab)
        found = page(rows, tab, partner=partner, after=after and str(after), size=PAGE_SIZE, strict=True)
        return self.listed(found, PartnerReviewSerializer)


@extend_schema(tags=["Reviews, for partners"])
class OwnRating(_Reviews):
    @extend_schema(operation_id="partner_rating", summary="Rating of the partner", responses=PartnerRatingSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The figures that stand beside the reviews. For owners, and with Manage public listings."""
        partner = self.partner(slug)
        rating = PartnerRating.objects.filter(partner=partner).first() or PartnerRating(partner=partner)
        return Response(PartnerRatingSerializer(rating).data)


@extend_schema(tags=["Reviews, for partners"])
class PartnerReview(_Reviews):
    @extend_schema(operation_id="partner_review", summary="One review", responses=PartnerReviewSerializer)
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """With its live reply. For owners, and with Manage public listings."""
        return Response(PartnerReviewSerializer(self.review(slug, public_id)).data)


@extend_schema(tags=["Reviews, for partners"])
class ReviewReply(_Reviews):
    @extend_schema(
        operation_id="reply_publish",
        summary="Reply to a review",
        parameters=[IDEMPOTENCY_KEY],
        request=NewReplySerializer,
        responses={HTTPStatus.CREATED: ReplySerializer},
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """In public. Whoever wrote the review is told. A review has one live reply."""
        review = self.review(slug, public_id)
        terms = self.body(NewReplySerializer)

        def publish() -> Answer:
            return HTTPStatus.CREATED, self.written(replies.publish_reply(review, **terms, by=self.me))

        return self.answer_once(publish)

    @extend_schema(
        operation_id="reply_edit", summary="Edit the reply", request=ReplyEditSerializer, responses=ReplySerializer
    )
    def patch(self, request: Request, slug: str, public_id: UUID) -> Response:
        """It is marked as edited, and whoever wrote the review is told. The same text again changes nothing."""
        reply = self.reply_to(self.review(slug, public_id))
        terms = self.body(ReplyEditSerializer)
        return Response(self.written(replies.edit_reply(reply, **terms, by=self.me)))


@extend_schema(tags=["Reviews, for partners"])
class ReplyWithdrawal(_Reviews):
    @extend_schema(operation_id="reply_withdraw", summary="Withdraw the reply", request=None, responses=ReplySerializer)
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """A new one may be written. Whoever wrote the review is told."""
        reply = self.reply_to(self.review(slug, public_id))
        return Response(self.written(replies.withdraw_reply(reply, by=self.me)))


@extend_schema(tags=["Reviews, for partners"])
class ReplyAdvice(_Reviews):
    @extend_schema(
        operation_id="reply_advice",
        summary="Advice on a reply",
        request=DraftSerializer,
        responses=PointSerializer(many=True),
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """What a careful reader would tick, as beside the text on the page. Nothing is kept, and nothing is blocked."""
        review = self.review(slug, public_id)
        text = self.body(DraftSerializer)["text"]
        points = advice_for(review, text, editing=live_reply(review))
        return Response(PointSerializer(points, many=True).data)
