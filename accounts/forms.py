"""allauth's forms in the words of the rest, deaf to what no person types."""

import json
import logging
from datetime import timedelta
from uuid import uuid4

from allauth.account import forms as allauth_forms
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.text import LineField
from accounts.zones import zone_names, zones_by_area

logger = logging.getLogger(__name__)


class _OurWords:
    """Labels instead of placeholders, and "E-mail"."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            field.label = {
                "login": _("E-mail"),
                "email": _("E-mail"),
                "oldpassword": _("Current password"),
                "password1": _("New password") if "password2" in self.fields else field.label,  # type: ignore[attr-defined]
                "password2": _("New password, again"),
            }.get(name, field.label)


class LoginForm(_OurWords, allauth_forms.LoginForm):
    pass


class AccountForm(_OurWords, allauth_forms.SignupForm):
    def try_save(self, request):
        """A known address makes nobody, but takes as long: somebody is made who is undone at once."""
        if self.account_already_exists:
            with transaction.atomic():
                email = f"{uuid4()}@nobody.invalid"
                nobody = User.objects.create_user(email, self.cleaned_data["password1"], name=self.cleaned_data["name"])
                EmailAddress.objects.create(user=nobody, email=email)
                transaction.set_rollback(True)
        return super().try_save(request)


class ResetPasswordForm(_OurWords, allauth_forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(_OurWords, allauth_forms.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(_OurWords, allauth_forms.ChangePasswordForm):
    pass


# --- Two-step sign-in -----------------------------------------------------------------------------------------------


class _Code:
    """Six digits of an app, or a recovery code."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]  # type: ignore[attr-defined]
        field.label, field.max_length = _("Code"), 20
        field.widget.attrs = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "class": "code",
            "autofocus": True,
        }
        field.help_text = self.help_text

    help_text = _("Six digits from your authenticator app, or one of your recovery codes.")


class AuthenticateForm(_Code, mfa_forms.AuthenticateForm):
    pass


class ReauthenticateCodeForm(_Code, mfa_forms.ReauthenticateForm):
    pass


class ActivateTOTPForm(_Code, totp_forms.ActivateTOTPForm):
    help_text = _("Six digits that the app shows now.")


class _Credential:
    """What a browser hands over for a passkey. Whatever else is sent is one sentence: two libraries take it apart."""

    def full_clean(self):
        try:
            super().full_clean()  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - a stranger's bytes may break either library in any way
            logger.warning("A passkey could not be read (%s)", type(error).__name__)
            self.cleaned_data = {}
            self.add_error(None, get_adapter().validation_error("incorrect_code"))  # type: ignore[attr-defined]
        if "credential" in self.errors:  # type: ignore[attr-defined]  # the field is hidden: say it above the form
            del self.errors["credential"]  # type: ignore[attr-defined]
            self.add_error(None, _("This passkey could not be used. Try again, or choose another way."))  # type: ignore[attr-defined]


class AuthenticateWebAuthnForm(_Credential, webauthn_forms.AuthenticateWebAuthnForm):
    pass


class ReauthenticateWebAuthnForm(_Credential, webauthn_forms.ReauthenticateWebAuthnForm):
    pass


class LoginWebAuthnForm(_Credential, webauthn_forms.LoginWebAuthnForm):
    pass


def _key_name(*, required: bool) -> LineField:
    help_text = _("So that you know it again: “Laptop”, “Blue key”.")
    return LineField(label=_("Name of the passkey"), max_length=60, help_text=help_text, required=required)


class AddWebAuthnForm(_Credential, webauthn_forms.AddWebAuthnForm):
    name = _key_name(required=False)
    passwordless = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)

    def clean(self):
        if "\\u0000" in json.dumps(self.cleaned_data.get("credential")):  # kept as JSON, which cannot hold one
            raise ValidationError(_("This passkey could not be used. Try again, or choose another way."))
        return super().clean()


class EditWebAuthnForm(webauthn_forms.EditWebAuthnForm):
    name = _key_name(required=True)


# --- One's own account ----------------------------------------------------------------------------------------------


class ProfileForm(forms.ModelForm):
    """Name, language, time zone."""

    name = LineField(
        label=_("Your name"),
        max_length=100,
        help_text=_("As the people you work with see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language"), help_text=_("Of pages and mails."))
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Times on pages and in mails are shown in it."),
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )

    BROWSER = "browser"  # kept as ""

    class Meta:
        model = User
        fields = ["name", "language", "time_zone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = [(code, get_language_info(code)["name_local"].capitalize()) for code in ("en", "fr")]
        self.fields["language"].choices = [(self.BROWSER, _("As my browser")), *known]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = zones_by_area()  # type: ignore[attr-defined]
        self.initial["language"] = self.instance.language or self.BROWSER
        if self.instance.time_zone not in zone_names():  # an old name, which stays until another is picked
            self.initial["time_zone"] = "UTC"

    def clean_language(self) -> str:
        return self.cleaned_data["language"].replace(self.BROWSER, "")


class TokenForm(forms.Form):
    name = LineField(
        label=_("What it is for"),
        max_length=100,
        help_text=_("So that you know later which program uses it."),
    )
    days = forms.TypedChoiceField(
        label=_("How long"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("One year"))],
        initial=90,
    )

    @property
    def lasts(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])
