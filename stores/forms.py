from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused
from accounts.places import countries, reader_locale
from accounts.text import HandleField, LineField
from accounts.zones import zone_names
from stores import addresses
from stores.errors import NoPermissions, NotARole
from stores.models import Industry, Role, Staff, Store
from stores.permissions import closed, closed_for_collaborator

# What shops charge in; every one has a name in Babel.
_EUROPE = "EUR CHF CZK DKK GBP HUF ISK NOK PLN RON RSD SEK TRY UAH BGN"
_AMERICAS = "USD CAD BRL MXN ARS CLP COP PEN UYU"
_ASIA_AND_PACIFIC = "JPY CNY HKD TWD KRW INR IDR MYR PHP SGD THB VND AUD NZD XPF"
_AFRICA_AND_MIDDLE_EAST = "AED SAR BHD JOD OMR ILS EGP MAD TND KES NGN ZAR XOF"
_CURRENCIES = sorted(f"{_EUROPE} {_AMERICAS} {_ASIA_AND_PACIFIC} {_AFRICA_AND_MIDDLE_EAST}".split())


def currencies() -> list[tuple[str, str]]:
    names = reader_locale().currencies
    return [("", "—"), *((code, f"{code} · {names[code]}") for code in _CURRENCIES)]


def zones() -> list[tuple[str, str]]:
    return [("", "—"), *((name, name.replace("_", " ")) for name in zone_names())]


class PermissionsField(forms.Field):
    """A set of keys from the table, closed, for a collaborator or for staff."""

    widget = forms.SelectMultiple

    def __init__(self, *, for_staff: bool = False, **kwargs):
        self.for_staff = for_staff
        super().__init__(**kwargs)

    def to_python(self, value) -> list[str]:
        return list(dict.fromkeys(value or ()))

    def validate(self, value) -> None:
        try:
            if not value and self.required:
                raise NoPermissions
            (closed if self.for_staff else closed_for_collaborator)(value)
        except Refused as refused:
            raise ValidationError(refused.sentence, code=refused.code) from refused


class StoreForm(forms.Form):
    name = LineField(label=_("Name of the store"), max_length=100)
    handle = HandleField(
        label=_("Handle"),
        help_text=_("Its address in Entente: small letters, digits and dashes. It stays as it is."),
        named_after="id_name",
    )
    domain = LineField(
        label=_("Address of the shop"),
        max_length=253,
        required=False,
        help_text=_("Like shop.example. It finds your store once we have checked that it is yours."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )
    industry = forms.ChoiceField(label=_("Industry"), choices=[("", "—"), *Industry.choices])
    country = forms.ChoiceField(label=_("Country"), choices=countries)
    currency = forms.ChoiceField(label=_("Currency"), choices=currencies)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zones,
        help_text=_("Dates you pick end with that day here."),
        widget=forms.Select(attrs={"data-zone": True}),
    )

    def clean_domain(self) -> str:
        return addresses.parse_domain(self.cleaned_data["domain"])


class RoleChoiceField(forms.ModelChoiceField):
    """One of the roles that the store may give to staff."""

    def __init__(self, **kwargs):
        super().__init__(Role.objects.none(), to_field_name="public_id", **kwargs)
        self.error_messages["invalid_choice"] = NotARole.sentence

    def offer(self, store: Store) -> None:
        self.queryset = Role.objects.of(store).filter(for_staff=True)
        self.choices = list(iter(self.choices))  # type: ignore[arg-type]  # one query, no count


class RoleGivingForm(forms.Form):
    """A role for somebody of the staff."""

    role = RoleChoiceField(label=_("Role"), empty_label=_("Choose a role"))

    def __init__(self, *args, store: Store, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].offer(store)  # type: ignore[attr-defined]


class StaffInvitationForm(RoleGivingForm):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("Only whoever has this address can accept, within 7 days. The seat is taken meanwhile."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["email", "role"]


class KeptRoleField(RoleChoiceField):
    """A role, or to leave: None. Leaving is chosen, never what stands there when nothing is."""

    LEAVING = "none"

    def __init__(self, **kwargs):
        super().__init__(empty_label=_("Choose"), **kwargs)

    def offer(self, store: Store) -> None:
        super().offer(store)
        nothing, *roles = self.choices  # type: ignore[misc]
        self.choices = [nothing, (self.LEAVING, _("Nothing: I leave the store")), *roles]  # type: ignore[list-item]

    def clean(self, value) -> Role | None:
        return None if value == self.LEAVING else super().clean(value)


class OwnershipForm(forms.Form):
    """To whom the store is offered, and what the owner is afterwards."""

    staff = forms.ModelChoiceField(
        Staff.objects.none(), to_field_name="public_id", label=_("New owner"), empty_label=_("Choose a person")
    )
    keeps_role = KeptRoleField(label=_("What you will be here afterwards"))

    def __init__(self, *args, store: Store, **kwargs):
        super().__init__(*args, **kwargs)
        people = store.staff.filter(user__is_active=True).select_related("user")
        self.fields["staff"].queryset = people  # type: ignore[attr-defined]
        self.fields["staff"].label_from_instance = lambda staff: staff.user.name  # type: ignore[attr-defined]
        self.fields["keeps_role"].offer(store)  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    name = LineField(label=_("Name"), max_length=60)

    def __init__(self, *args, for_staff: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["permissions"] = PermissionsField(label=_("What it opens"), for_staff=for_staff)
