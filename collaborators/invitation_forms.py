from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.text import TextField
from collaborators.errors import NotYourPartner
from collaborators.models import MESSAGE_LENGTH, NOTE_LENGTH
from partners.models import Membership, Partner, held
from partners.permissions import TeamPermission
from stores.ends import EndForm
from stores.forms import PermissionsField
from stores.models import Store


def partners_to_accept_for(user: User):
    """Partners whose stores the user manages, two-step sign-in had or not: the action asks for it and says so."""
    mine = Membership.objects.filter(held(TeamPermission.MANAGE_STORES), user_id=user.pk)
    return Partner.objects.filter(pk__in=mine.values("partner")).order_by("name", "pk")


class ExpertInvitationForm(EndForm):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("Only whoever has this address can accept, within 7 days."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    permissions = PermissionsField(label=_("What they may do in your store"))
    note = TextField(
        label=_("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("It stands in the e-mail: what the work is, and when it begins."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, store: Store, **kwargs):
        super().__init__(*args, zone=store.time_zone, **kwargs)


class AcceptanceForm(forms.Form):
    """For which of their partners somebody accepts."""

    partner = forms.ModelChoiceField(
        Partner.objects.none(),
        to_field_name="slug",
        label=_("Partner"),
        empty_label=_("Choose a partner"),
        error_messages={"invalid_choice": NotYourPartner.sentence},
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        field: forms.ModelChoiceField = self.fields["partner"]  # type: ignore[assignment]
        field.queryset = partners_to_accept_for(user)
        field.choices = list(iter(field.choices))  # type: ignore[arg-type]  # one query, no count
        self.partners = field.choices[1:]
        if len(self.partners) == 1:
            self.initial.setdefault("partner", str(self.partners[0][0]))


class AcceptanceTermsForm(EndForm, AcceptanceForm):
    """Less than what is offered, or more."""

    permissions = PermissionsField(label=_("Permissions you need"))
    message = TextField(
        label=_("Message to the merchant"),
        required=False,
        max_length=MESSAGE_LENGTH,
        help_text=_("They read it if you ask for more than they offered."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
