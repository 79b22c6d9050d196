"""Access that ends: renewing it, keeping it, and the review of a quarter. For stores."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, Endpoint, paged
from accounts.errors import NotAllowed
from collaborators import actions
from collaborators.actions.steps import require_renewer
from collaborators.api import Collaborations, with_everything
from collaborators.models import AccessReview
from collaborators.review_serializers import AnswerSerializer, LineSerializer, ReviewSerializer
from collaborators.serializers import CollaborationSerializer, RenewalSerializer
from stores.models import Store
from stores.pages import enter as enter_store


@extend_schema(tags=["Access, for stores"])
class Renewal(Collaborations):
    @extend_schema(
        operation_id="collaboration_renew",
        summary="Renew access",
        request=RenewalSerializer,
        responses=CollaborationSerializer,
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """The same length again (`renewal_ends_on`). For those who hold `users.manage`; a partner cannot extend."""
        store = enter_store(request, handle, as_use=False)  # as the page
        if "users.manage" not in request.held:  # type: ignore[attr-defined]
            for theirs in self.collaborations_of(store=store).filter(public_id=public_id):
                require_renewer(self.me, store, theirs.partner)
            raise NotAllowed
        collaboration = self.one_collaboration(public_id, store=store)
        return self.shown(actions.renew(collaboration, **self.body(RenewalSerializer), by=self.me))


@extend_schema(tags=["Access, for stores"])
class Keeping(Collaborations):
    @extend_schema(
        operation_id="collaboration_keep",
        summary="Keep unused access",
        request=None,
        responses=CollaborationSerializer,
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Then the store is asked again after 60 more days without use. For those who hold `users.manage`."""
        store = enter_store(request, handle, "users.manage")
        return self.shown(actions.keep(self.one_collaboration(public_id, store=store), by=self.me))


class _Reviews(Endpoint):
    def reviews_of(self, store: Store) -> QuerySet[AccessReview]:
        return AccessReview.objects.visible_to(self.me).filter(store=store).with_progress()

    def one_review(self, public_id: UUID, store: Store) -> AccessReview:
        return get_object_or_404(self.reviews_of(store), public_id=public_id)


@extend_schema(tags=["Access, for stores"])
class Reviews(_Reviews):
    @extend_schema(
        operation_id="access_reviews",
        summary="Access reviews",
        parameters=[After],
        responses=paged(ReviewSerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """The one of this quarter and those before, newest first. For those who hold `users.view`."""
        rows = self.reviews_of(enter_store(request, handle, "users.view"))
        return self.listed(self.page(rows), ReviewSerializer)


@extend_schema(tags=["Access, for stores"])
class Review(_Reviews):
    @extend_schema(operation_id="access_review", summary="One access review", responses=ReviewSerializer)
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """When it is open, and how often each answer was given."""
        store = enter_store(request, handle, "users.view")
        return Response(ReviewSerializer(self.one_review(public_id, store)).data)


@extend_schema(tags=["Access, for stores"])
class ReviewAnswers(_Reviews):
    @extend_schema(
        operation_id="access_review_lines",
        summary="Who is looked at in a review",
        parameters=[After],
        responses=paged(LineSerializer),
    )
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Each collaborator that the review asks about, with its answer. For those who hold `users.view`."""
        review = self.one_review(public_id, enter_store(request, handle, "users.view"))
        return self.listed(self.page(with_everything(review.lines(self.me))), LineSerializer)

    @extend_schema(
        operation_id="access_review_answer",
        summary="Answer for one collaborator",
        request=AnswerSerializer,
        responses={HTTPStatus.CREATED: LineSerializer},
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Keep, reduce or end, at this moment. For those who hold `users.manage`."""
        review = self.one_review(public_id, enter_store(request, handle, "users.manage"))
        answer = self.body(AnswerSerializer)
        rows = with_everything(review.lines(self.me)).filter(public_id=answer.pop("collaboration"))
        actions.answer_review(review, get_object_or_404(rows), **answer, by=self.me)
        return Response(LineSerializer(rows.get()).data, status=HTTPStatus.CREATED)
