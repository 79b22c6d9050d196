"""Turning off one kind of mail from the mail itself, without signing in (RFC 8058).

The link is signed and names the person and the kind. It does not expire, since a mail may be read years later, and can
do one thing only: turn that kind off for that person.
"""

from dataclasses import dataclass

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from notifications import choices, digests, kinds

SALT = "notifications.unsubscribing"


@dataclass(frozen=True)
class Subscription:
    """What a link turns off, for whom."""

    user: User
    topic: str

    @property
    def label(self) -> str:
        kind = kinds.get(self.topic)
        return str(kind.label) if kind else _("Daily digest")

    @property
    def is_digest(self) -> bool:
        return self.topic == digests.TOPIC

    def turn_off(self) -> None:
        """Safe to repeat."""
        if self.is_digest:
            choices.turn_off_digest(self.user)
        else:
            choices.choose(self.user, {self.topic: choices.How.OFF})


def is_possible(topic: str) -> bool:
    return topic == digests.TOPIC or choices.is_a_choice(topic)


def token(user: User, topic: str) -> str:
    return signing.Signer(salt=SALT).sign_object([user.pk, topic])


def ways(user: User, topic: str) -> dict[str, str]:
    """Paths that a mail of this kind to this person leads to: one turns it off, on the other they choose."""
    return {
        "unsubscribe": reverse("mail-unsubscription", args=[token(user, topic)]),
        "choose": reverse("mail-choices"),
    }


def read(signed: str) -> Subscription | None:
    """What stands in a link; None if it is not ours, or there is nothing to turn off any more."""
    try:
        user_id, topic = signing.Signer(salt=SALT).unsign_object(signed)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=user_id).first()
    return Subscription(user, topic) if user and is_possible(topic) else None
