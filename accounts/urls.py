"""Only the pages that exist here: allauth's views under our addresses, and one's own account.

`atomic`: what changes and the event that tells of it are one.
"""

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.db.transaction import atomic
from django.urls import path, re_path, reverse_lazy
from django.views.decorators.http import require_http_methods

from accounts import tokens
from accounts.views import (
    ReauthenticateWebAuthnView,
    profile,
    recovery_codes,
    recovery_codes_file,
    security,
    sign_in_end,
    sign_in_others_end,
    signup,
)

SECURITY = reverse_lazy("mfa_index")

form = require_http_methods(["GET", "HEAD", "POST"])  # Django's generic views take PUT and DELETE for POST

urlpatterns = [
    # The way in
    path("login/", views.login, name="account_login"),
    path("login/code/", form(mfa.authenticate), name="mfa_authenticate"),
    path("login/passkey/", form(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path("logout/", views.logout, name="account_logout"),
    path("signup/", signup, name="account_signup"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("confirm-email/", views.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", views.confirm_email, name="account_confirm_email"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        atomic(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # Showing once more that it is you
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("reauthenticate/code/", form(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("reauthenticate/passkey/", form(ReauthenticateWebAuthnView.as_view()), name="mfa_reauthenticate_webauthn"),
    # One's own account
    path("profile/", profile, name="account_profile"),
    path("password/change/", atomic(views.password_change), name="account_change_password"),
    path("security/", security, name="mfa_index"),  # allauth leads here under this name
    path("security/app/", form(totp.activate_totp), name="mfa_activate_totp"),
    path("security/app/removal/", form(atomic(totp.deactivate_totp)), name="mfa_deactivate_totp"),
    path("security/passkeys/add/", form(atomic(webauthn.add_webauthn)), name="mfa_add_webauthn"),
    path(
        "security/passkeys/<int:pk>/",
        form(webauthn.EditWebAuthnView.as_view(success_url=SECURITY)),
        name="mfa_edit_webauthn",
    ),
    path(
        "security/passkeys/<int:pk>/removal/",
        form(atomic(webauthn.RemoveWebAuthnView.as_view(success_url=SECURITY))),
        name="mfa_remove_webauthn",
    ),
    path("security/recovery-codes/", recovery_codes, name="mfa_view_recovery_codes"),
    path("security/recovery-codes/file/", recovery_codes_file, name="mfa_download_recovery_codes"),
    path("security/recovery-codes/new/", form(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("security/sessions/end/", sign_in_others_end, name="account_sign_in_others_end"),
    path("security/sessions/<uuid:public_id>/end/", sign_in_end, name="account_sign_in_end"),
    path("tokens/", tokens.token_list, name="account_tokens"),
    path("tokens/<uuid:public_id>/revocation/", tokens.token_revocation, name="account_token_revocation"),
]
