from django.forms import Form
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, BadQuery, Endpoint, paged
from stores import activity
from stores.activity_filters import StoreActivityFilter
from stores.models import Activity
from stores.pages import enter
from stores.serializers import ActivitySerializer


def described(*, for_partner: bool = False) -> type[serializers.Serializer]:
    """For the description: kinds and days. The forms of `activity_filters` judge them."""
    keys = [group.key for group in activity.groups(for_partner=for_partner)]
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
        help_text="`id` of any change: all that the same person did. `clock`: what happened by itself.",
    )
    partner = serializers.CharField(required=False, help_text="Slug of a partner: all that concerns it.")


MALFORMED = {"invalid", "invalid_choice", "invalid_list"}


def require_valid[Filter: Form](form: Filter) -> Filter:
    """Raise ValidationError, with the sentences that stand beside the fields on the page: a 400 for what has not the
    right shape, a 422 for what has it and names nobody."""
    if not form.is_valid():
        codes = {error.code for errors in form.errors.as_data().values() for error in errors}
        refusal = BadQuery if codes & MALFORMED else ValidationError
        raise refusal({name: [str(sentence) for sentence in errors] for name, errors in form.errors.items()})
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
        form = require_valid(StoreActivityFilter(request.query_params, store=store))
        rows = Activity.objects.visible_to(self.me).filter(store=store).select_related("actor", "partner", "store")
        return self.listed(self.page(form.among(rows)), ActivitySerializer)
