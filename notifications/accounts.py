"""What allauth wants to tell people, told as everything else is: an event in the transaction of the change, a mail that
a worker sends, again until it arrives. No request waits for a mail server, and none fails because of one.

Events hold ids. Links and their keys are made when a mail is rendered.
"""

from datetime import timedelta
from uuid import uuid4

from allauth.account import app_settings
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import adapter, sessions
from accounts.actions import revoke_all_tokens
from accounts.models import AccessToken, SignIn, User
from accounts.templatetags.devices import device_name
from notifications import events, kinds
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event

TOO_LATE = timedelta(days=1)  # a link that somebody asked for is of no use by then, and works too long


class AccountAdapter(adapter.AccountAdapter):
    def login(self, request, user) -> None:
        first = user.last_login is None
        with transaction.atomic():
            super().login(request, user)
            if request.device_is_new and not first:
                _tell("account.new_device", by=user, person=user.pk, sign_in=request.sign_in.pk)

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        match template_prefix.rpartition("/")[2]:
            case "email_confirmation" | "email_confirmation_signup":
                address = EmailAddress.objects.get(user=context["user"], email__iexact=email)
                _tell("account.address_unconfirmed", email_address=address.pk)
            case "password_reset_key":
                _tell("account.password_reset_asked", person=context["user"].pk)
            case "account_already_exists":
                known = EmailAddress.objects.filter(email__iexact=email).order_by("-verified").first()
                user = known.user if known else User.objects.get(email__iexact=email)
                _tell("account.address_known", person=user.pk)
            case "unknown_account":  # nobody's: nobody is written to, but the answer takes as long
                _tell("account.address_unknown")
            case other:
                raise LookupError(other)

    def send_notification_mail(self, template_prefix: str, user, context=None, email=None) -> None:
        change = template_prefix.rpartition("/")[2]
        match change:
            case "password_changed" | "password_set":
                sessions.follow_new_key(self.request)
                sessions.end_others(self.request)
                _tell("account.password_changed", by=user, person=user.pk)
            case "password_reset":  # as after a theft: nothing that was handed out before goes on
                sessions.end(SignIn.objects.filter(user=user))
                revoke_all_tokens(by=user)
                _tell("account.password_changed", by=user, person=user.pk)
            case "token_made":
                _tell("account.token_made", by=user, person=user.pk, access_token=(context or {})["token"].pk)
            case _ if change in TWO_STEP_CHANGES:
                if change in {"totp_activated", "webauthn_added"}:
                    sessions.end_others(self.request)  # they came in without it
                _tell("account.two_step_changed", by=user, person=user.pk, change=change)
            case other:
                raise LookupError(other)


def _tell(topic: str, *, by: User | None = None, **payload: int | str) -> None:
    with transaction.atomic():
        events.post(topic, dedupe_key=str(uuid4()), by=by, **payload)


# --- Who is told, in which words ------------------------------------------------------------------------------------


def person(event: Event) -> list[int]:
    return [event.payload["person"]]


def address_of_person(event: Event) -> list[str]:
    """As an address, so that no line about it stands in the inbox."""
    return list(User.objects.filter(pk__in=person(event)).values_list("email", flat=True))


def unconfirmed_address(event: Event) -> list[str]:
    rows = EmailAddress.objects.filter(pk=event.payload["email_address"], verified=False)
    return list(rows.values_list("email", flat=True))


def is_recent(event: Event, user: User) -> bool:
    return event.created_at > timezone.now() - TOO_LATE


def is_unconfirmed(event: Event, user: User) -> bool:
    return bool(unconfirmed_address(event))


def security_page(facts: Facts) -> str:
    return reverse("mfa_index")


def place(facts: Facts) -> str:
    return _("Your account")


def _typed_here() -> str:
    return _("You get this because this address was typed on Entente.")


def confirmation_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Confirm your e-mail address"),
        opening=_("Welcome to Entente. Confirm that this address is yours, and you can begin."),
        button=_("Confirm address"),
        path=reverse("account_confirm_email", args=[EmailConfirmationHMAC.create(facts.email_address).key]),
        note=_("If it was not you, do nothing: without the confirmation the account cannot be used."),
        reason=_typed_here(),
    )


def reset_letter(facts: Facts, reader: User) -> Letter:
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(facts.person)
    key = {"uidb36": user_pk_to_url_str(facts.person), "key": token}
    return Letter(
        subject=_("Choose a new password"),
        opening=_("Somebody, hopefully you, asked for a new password for your account on Entente."),
        button=_("Choose a new password"),
        path=reverse("account_reset_password_from_key", kwargs=key),
        note=_("If it was not you, do nothing: your password stays as it is."),
        reason=_typed_here(),
    )


def known_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("You have an account already"),
        opening=_(
            "Somebody, hopefully you, tried to create an account on Entente with this address, but there is one."
        ),
        button=_("Choose a new password"),
        path=reverse("account_reset_password"),
        note=_("If you know your password, simply sign in. If it was not you, do nothing."),
        reason=_typed_here(),
    )


def _security_letter(subject: str, opening: str, rows: tuple[Row, ...] = ()) -> Letter:
    return Letter(
        subject=subject,
        opening=opening,
        rows=rows,
        button=_("Look at your security page"),
        path=reverse("mfa_index"),
        note=_("If it was not you, choose a new password at once: everybody else is signed out then."),
        reason=_("You get this because it concerns the security of your account. Such mails cannot be turned off."),
    )


def _when(event: Event) -> Row:
    return Row(_("When"), date_format(timezone.localtime(event.created_at), "DATETIME_FORMAT"))


def new_device_letter(facts: Facts, reader: User) -> Letter:
    row: SignIn | None = facts.sign_in
    where = [Row(_("Device"), device_name(row.user_agent))] if row else []
    if row and row.ip:
        where.append(Row(_("IP address"), row.ip))
    opening = _("Somebody signed in to your account from a device that never did before.")
    return _security_letter(_("New sign-in to your account"), opening, (*where, _when(facts.event)))


def password_letter(facts: Facts, reader: User) -> Letter:
    opening = _("Your account has a new password. Wherever you were signed in with the old one, you no longer are.")
    return _security_letter(_("Your password was changed"), opening, (_when(facts.event),))


TWO_STEP_CHANGES = {
    "totp_activated": gettext_lazy("Authenticator app set up"),
    "totp_deactivated": gettext_lazy("Authenticator app removed"),
    "webauthn_added": gettext_lazy("Passkey added"),
    "webauthn_removed": gettext_lazy("Passkey removed"),
    "recovery_codes_generated": gettext_lazy("New recovery codes made"),
}


def two_step_change(facts: Facts) -> str:
    return str(TWO_STEP_CHANGES.get(facts.event.payload["change"], _("Two-step sign-in changed")))


def two_step_letter(facts: Facts, reader: User) -> Letter:
    rows = (Row(_("Change"), two_step_change(facts)), _when(facts.event))
    return _security_letter(_("Your two-step sign-in was changed"), _("How you sign in was changed."), rows)


def tokens_page(facts: Facts) -> str:
    return reverse("account_tokens")


def token_letter(facts: Facts, reader: User) -> Letter:
    token: AccessToken | None = facts.access_token
    rows = [Row(_("What it is for"), token.name)] if token else []
    return Letter(
        subject=_("New access token in your account"),
        opening=_("A new access token was made in your account. A program that has it can act in your name."),
        rows=[*rows, _when(facts.event)],
        button=_("Look at your tokens"),
        path=tokens_page(facts),
        note=_("If it was not you, revoke it, and choose a new password at once."),
        reason=_("You get this because it concerns the security of your account. Such mails cannot be turned off."),
    )


def _mail_only(topic: str, addresses, letter, *, still_in) -> Kind:
    """Told to an address alone: whoever has it may have no account yet, or cannot enter it."""
    audience = Audience(
        recipients=lambda event: (),
        addresses=addresses,
        line=lambda facts: "",
        place=place,
        url=security_page,
        still_in=still_in,
        letter=letter,
    )
    return Kind(topic=topic, icon="key", security=True, audiences={"address": audience})


def _security(topic: str, icon: str, line, letter, label, *, url=security_page) -> Kind:
    audience = Audience(recipients=person, line=line, place=place, url=url, still_in=None, letter=letter)
    return Kind(topic=topic, icon=icon, security=True, label=label, audiences={"person": audience})


KINDS = (
    _mail_only("account.address_unconfirmed", unconfirmed_address, confirmation_letter, still_in=is_unconfirmed),
    _mail_only("account.password_reset_asked", address_of_person, reset_letter, still_in=is_recent),
    _mail_only("account.address_known", address_of_person, known_letter, still_in=is_recent),
    _security(
        "account.new_device",
        "computer-desktop",
        lambda facts: (
            _("New sign-in from %(device)s") % {"device": device_name(facts.sign_in.user_agent)}
            if facts.sign_in
            else _("New sign-in from another device")
        ),
        new_device_letter,
        gettext_lazy("New sign-in from a new device"),
    ),
    _security(
        "account.password_changed",
        "key",
        lambda facts: _("Your password was changed"),
        password_letter,
        gettext_lazy("Password changed"),
    ),
    _security(
        "account.two_step_changed",
        "shield-check",
        two_step_change,
        two_step_letter,
        gettext_lazy("Two-step sign-in changed"),
    ),
    _security(
        "account.token_made",
        "command-line",
        lambda facts: _("New access token"),
        token_letter,
        gettext_lazy("New access token"),
        url=tokens_page,
    ),
)


def register() -> None:
    kinds.register_thing("person", User.objects.in_bulk)
    kinds.register_thing("sign_in", SignIn.objects.in_bulk)
    kinds.register_thing("access_token", AccessToken.objects.in_bulk)
    kinds.register_thing("email_address", EmailAddress.objects.in_bulk)
    kinds.register(*KINDS)
    kinds.register_silent("account.address_unknown")
