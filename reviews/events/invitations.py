"""A store is asked for a review."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from reviews import addresses
from reviews.events.words import about, may_write, names, said, services_rows
from reviews.models import ReviewInvitation
from stores import phrases
from stores.activity import Words
from stores.events import store_name

# --- Who is told ----------------------------------------------------------------------------------------------------


def invitation_of(event: Event) -> ReviewInvitation:
    return ReviewInvitation.objects.select_related("store").get(pk=event.payload["review_invitation"])


def who_is_asked(event: Event) -> set[int]:
    """Who approved and the store's owner, or the new owner: of them, those who may write the review."""
    invitation = invitation_of(event)
    asked = {invitation.asked_id, invitation.store.owner_id}
    return may_write(invitation.store_id, invitation.partner_id) & asked


def still_asked(event: Event, user: User) -> bool:
    """A mail that comes after the review, after its time, or after the right is gone, is not sent."""
    is_open = ReviewInvitation.objects.open().filter(pk=event.payload["review_invitation"]).exists()
    return is_open and user.pk in may_write(event.payload["store"], event.payload["partner"])


# --- Where it leads, and the facts ----------------------------------------------------------------------------------


def to_write(facts: Facts) -> str:
    return addresses.to_write(facts.review_invitation)


def _rows(facts: Facts) -> list[Row]:
    invitation: ReviewInvitation = facts.review_invitation
    job = [Row(_("Job"), invitation.subject)] if invitation.subject else []
    until = phrases.moment(invitation.expires_at, facts.store.time_zone)
    return [
        Row(_("Partner"), str(facts.partner)),
        *job,
        *services_rows(invitation.services),
        Row(_("Open until"), until),
    ]


def _note() -> str:
    return _("The review is public, under the name of your store. The partner may answer it. Low ratings stay online.")


def _reason(facts: Facts, reader: User) -> str:
    invitation: ReviewInvitation = facts.review_invitation
    if facts.store.owner_id == reader.pk:
        return _("You get this because you own %(store)s.") % names(facts)
    if invitation.asked_id == reader.pk:
        return _("You get this because you approved the work for %(store)s.") % names(facts)
    return _("You get this because you write reviews for %(store)s.") % names(facts)


def invited_letter(facts: Facts, reader: User) -> Letter:
    opening = (
        _("“%(about)s” is completed. Two ratings and a few words help other merchants to choose.")
        if facts.review_invitation.subject
        else _("Your store was built by %(partner)s. If they worked on it, other merchants would like to know how.")
    )
    return Letter(
        subject=_("How did %(partner)s do?") % names(facts),
        opening=opening % names(facts),
        rows=_rows(facts),
        button=_("Write a review"),
        path=to_write(facts),
        note=_note(),
        reason=_reason(facts, reader),
    )


def reminded_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Your review of %(partner)s is still open") % names(facts),
        opening=_("Nobody at %(store)s has written it yet. It takes two ratings and, if you like, a few words.")
        % names(facts),
        rows=_rows(facts),
        button=_("Write a review"),
        path=to_write(facts),
        note=_note(),
        reason=_reason(facts, reader),
    )


def _to_store(line, letter) -> dict[str, Audience]:
    return {
        "store": Audience(
            recipients=who_is_asked,
            line=line,
            place=store_name,
            url=to_write,
            still_in=still_asked,
            letter=letter,
        )
    }


KINDS = (
    Kind(
        "review.invited",
        "star",
        _to_store(said(lambda: _("How did %(partner)s do? You can write a review")), invited_letter),
        label=gettext_lazy("Asked for a review"),
    ),
    Kind(
        "review.reminded",
        "bell-alert",
        _to_store(said(lambda: _("Your review of %(partner)s is still open")), reminded_letter),
        label=gettext_lazy("Reminder of a review"),
    ),
)

ACTIVITY = {
    "review.invited": Words(about(lambda: _("Asked for a review of %(partner)s"))),
    "review.question_answered": Words(
        about(lambda: _("Said whether %(partner)s worked on the store before it was handed over"))
    ),
}
STAYS_INSIDE = ("review.question_answered",)
