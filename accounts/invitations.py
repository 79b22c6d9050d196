"""Invitations: links for one use, open for a week, and only to the person whose verified address was invited.

Each app that invites has a model of its own (a team, a staff) with what is offered; what makes one hold is here.
"""

import uuid
from datetime import timedelta
from hashlib import sha256
from typing import Any, ClassVar, Self

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, Refused
from accounts.models import User, Visitor

OPEN_FOR = timedelta(days=7)
A_DAY = 50  # invitations of one team or store, and of one person, in 24 hours: nobody makes a mailing list of us
UNANSWERED = Q(accepted_at=None, taken_back_at=None)  # for constraints, which cannot know the time


class InvitationClosed(Conflict):
    """The invitation cannot be accepted, by this person or any more. `sentence` says why."""

    code = "invitation_closed"


class AlreadyInvited(Refused):
    code = "already_invited"
    field = "email"
    sentence = _("This address has an open invitation already. Take it back to send another one.")


class TooLongAddress(Refused):
    code = "too_long_address"
    field = "email"
    sentence = _("This address is too long.")


class TooManyInvitations(Refused):
    code = "too_many_invitations"
    sentence = _("Many invitations were sent in the last 24 hours. Try again tomorrow.")


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def verified_addresses(user: Visitor) -> list[str]:
    """The addresses that this person has shown to be theirs, in lower case."""
    if not user.is_authenticated:
        return []
    rows = EmailAddress.objects.filter(user_id=user.pk, verified=True)
    return [address.lower() for address in rows.values_list("email", flat=True)]


class InvitationQuerySet(models.QuerySet):
    def unanswered(self) -> Self:
        return self.filter(UNANSWERED)

    def open(self) -> Self:
        """What may still be accepted."""
        return self.unanswered().filter(expires_at__gt=timezone.now())

    def lapsed(self) -> Self:
        """What nobody answered in time: it stands in the way of no new one."""
        return self.unanswered().filter(expires_at__lte=timezone.now())

    def with_token(self, token: str) -> Self:
        return self.filter(token_hash=hashed(token))


def send(among: InvitationQuerySet, *, email: str, by: User, **offered: Any) -> Any:
    """A new invitation to `email` among those of one team or store, which must be locked.

    Raises TooLongAddress, AlreadyInvited, TooManyInvitations.
    """
    email = email.lower()
    if len(email) > 254:  # some letters are two in lower case
        raise TooLongAddress
    among.lapsed().filter(email=email).update(taken_back_at=timezone.now())
    today = Q(invited_at__gt=timezone.now() - timedelta(days=1))
    by_this_person = among.model.objects.filter(today, invited_by=by)  # from whichever team or store: founding is free
    if among.filter(today).count() >= A_DAY or by_this_person.count() >= A_DAY:
        raise TooManyInvitations
    try:
        with transaction.atomic():
            return among.create(email=email, invited_by=by, **offered)
    except IntegrityError as error:
        if "invitation_one_open" in str(error):
            raise AlreadyInvited from error
        raise


class Invitation(models.Model):
    # Why it cannot be accepted.
    CLOSED: ClassVar[dict[str, Promise]] = {
        "for_another": _(
            "This invitation is for another e-mail address. Sign in with the address that it was sent to, "
            "once that address is confirmed."
        ),
        "used": _("This invitation was used already. It works once."),
        "taken_back": _("This invitation was taken back. Ask whoever invited you for a new one."),
        "lapsed": _("This invitation is too old: it was open for 7 days. Ask whoever invited you for a new one."),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(max_length=254)  # in lower case
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"invitation {self.public_id}"

    def save(self, *args, **kwargs) -> None:
        if self._state.adding:
            self.email = self.email.lower()
            self.token_hash = hashed(self.token)
            self.expires_at = self.expires_at or self.invited_at + OPEN_FOR
        super().save(*args, **kwargs)

    @property
    def token(self) -> str:
        """What the link holds. Made from the id and the secret key, so that the worker that writes the mail can make
        it too, while the database keeps only its hash."""
        return salted_hmac(self._meta.label_lower, str(self.public_id), algorithm="sha256").hexdigest()

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.taken_back_at is None and timezone.now() < self.expires_at

    @property
    def has_lapsed(self) -> bool:
        return self.accepted_at is None and self.taken_back_at is None and timezone.now() >= self.expires_at

    def is_for(self, user: Visitor) -> bool:
        return self.email in verified_addresses(user)

    def require_open_to(self, user: Visitor) -> None:
        """Raise InvitationClosed unless `user` may accept now. Decide with the row locked."""
        if not self.is_for(user):  # before anything else: to others it says nothing about how it stands
            raise InvitationClosed(self.CLOSED["for_another"])
        if self.accepted_at:
            raise InvitationClosed(self.CLOSED["used"])
        if self.taken_back_at:
            raise InvitationClosed(self.CLOSED["taken_back"])
        if self.has_lapsed:
            raise InvitationClosed(self.CLOSED["lapsed"])

    def accept(self, user: User, **fields: Any) -> None:
        """`fields` are what an app keeps of what it led to."""
        self.accepted_at, self.accepted_by = timezone.now(), user
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=["accepted_at", "accepted_by", *fields])

    def take_back(self) -> None:
        self.taken_back_at = timezone.now()
        self.save(update_fields=["taken_back_at"])
