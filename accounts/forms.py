from allauth.account import forms as allauth_forms
from django.utils.translation import gettext_lazy as _


class _OurWords:
    """allauth's forms in the words of the rest: labels instead of placeholders, and "E-mail"."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            if name in {"login", "email"}:
                field.label = _("E-mail")


class LoginForm(_OurWords, allauth_forms.LoginForm):
    pass


class AccountForm(_OurWords, allauth_forms.SignupForm):
    pass


class ResetPasswordForm(_OurWords, allauth_forms.ResetPasswordForm):
    pass
