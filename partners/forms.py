from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.text import HandleField, LineField
from partners.models import Membership
from partners.permissions import TeamPermission


class PartnerForm(forms.Form):
    name = LineField(label=_("Name"), max_length=100, help_text=_("As merchants know you."))
    slug = HandleField(
        label=_("Address in Entente"),
        help_text=_("Small letters, digits and dashes. It stays as it is."),
        named_after="id_name",
    )


class RightsForm(forms.Form):
    """What somebody in the team may do: everything as an owner, or some things."""

    is_owner = forms.BooleanField(
        label=_("Owner"),
        required=False,
        help_text=_("Holds every permission, and decides who else owns the partner."),
    )
    permissions = forms.MultipleChoiceField(
        label=pgettext_lazy("person", "What they may do"),
        required=False,
        choices=TeamPermission.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _("One of these permissions does not exist. Reload the page and choose again.")
        },
    )

    def __init__(self, *args, granter: Membership, member: Membership | None = None, **kwargs):
        """`granter` opens the form: what they lack stands greyed, kept as it is. `member` is who it is about."""
        super().__init__(*args, **kwargs)
        self.granter, self.member = granter, member

    def boxes(self) -> list[dict]:
        """The permissions with whether each is ticked and may be ticked."""
        had = self.member.held if self.member and not self.member.is_owner else frozenset()
        ticked = set(self["permissions"].value() or ())
        return [
            {
                "permission": permission,
                "ticked": permission.value in ticked,
                "held": permission.value in self.granter.held or permission.value in had,
            }
            for permission in TeamPermission
        ]


class TeamInvitationForm(RightsForm):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("Only whoever has this address can accept, within 7 days."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
