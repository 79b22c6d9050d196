from django.forms import Form
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, BadQuery, Endpoint, paged
from partners.permissions import TeamPermission
from stores import activity
from stores.activity_filters import StoreActivityFilter
from stores.models import Activity
from stores.pages import enter
from stores.serializers import ActivitySerializer


def described(*, for_partner: bool = False) -> type[serializers.Serializer]:
    """For the description: kinds and days. The forms of `activity_filters` judge them."""
    keys = [group.key for group in activity.groups(held=TeamPermission.values if for_partner else None)]
    fields = {
        "kind": serializers.MultipleChoiceField(
            choices=keys, required=False, help_text="Kinds of change: any of these. May stand several times."
        ),
        "since": serializers.DateField(required=False, help_text="The first day."),
        "until": serializers.DateField(required=False, help_text="The last day."),
    }
    return type("ActivityQuery", (serializers.Serializer,), fields)


class StoreActivityQuery(described()):  # type: ignore[misc]
    """Days are those of the store's time zone."""

    person = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="`id` of any change: all that the same person did. `clock`: what happened by itself.",
    )
    partner = serializers.CharField(
        required=False, allow_blank=True, help_text="Slug of a partner: all that concerns it."
    )


def look_for[Filter: Form](request: Request, query: type[serializers.Serializer], form: Filter) -> Filter:
    """The form, if what stands behind the question mark has the right shape (else BadQuery, a 400) and means something
    here (else ValidationError, a 422 with the sentence that stands beside the field on the page)."""
    asked = request.query_params
    shape = query(data=asked.dict() | ({"kind": asked.getlist("kind")} if "kind" in asked else {}))
    if not shape.is_valid():
        raise BadQuery(shape.errors)
    if not form.is_valid():
        raise ValidationError({name: [str(sentence) for sentence in errors] for name, errors in form.errors.items()})
    return form


@extend_schema(tags=["Stores"])
class StoreActivity(Endpoint):
    @extend_schema(
        operation_id="store_activity",
        summary="What was changed",
        parameters=[After, StoreActivityQuery],
        responses=paged(ActivitySerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """Every change in the store, newest first. For staff with `activity.view`."""
        store = enter(request, handle, "activity.view")
        form = look_for(request, StoreActivityQuery, StoreActivityFilter(request.query_params, store=store))
        rows = Activity.objects.visible_to(self.me).filter(store=store).select_related("actor", "partner", "store")
        return self.listed(self.page(form.among(rows)), ActivitySerializer)
