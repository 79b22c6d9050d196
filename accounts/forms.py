from allauth.account import forms as allauth_forms
from django.utils.translation import gettext_lazy as _


class _OurWords:
    """allauth's forms in the words of the rest: labels instead of placeholders, and "E-mail"."""

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
    pass


class ResetPasswordForm(_OurWords, allauth_forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(_OurWords, allauth_forms.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(_OurWords, allauth_forms.ChangePasswordForm):
    pass
