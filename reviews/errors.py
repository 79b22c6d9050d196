"""What reviews and replies refuse, each with a code and a sentence."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, NotAllowed, Refused


class OwnPartnersReview(NotAllowed):
    """Nobody reviews themselves, the store's owner neither."""

    code = "own_partners_review"

    def __init__(self, partner):
        super().__init__(
            format_lazy(_("You belong to {partner}, so you cannot review its work."), partner=partner.name)
        )


class InvitationMovedOn(Conflict):
    """The invitation to review is not open any more."""

    code = "review_invitation_moved_on"


class ReviewMovedOn(Conflict):
    """The review was removed, or is too old to be corrected."""

    code = "review_moved_on"


class ReplyMovedOn(Conflict):
    code = "reply_moved_on"


def invitation_moved_on(invitation) -> InvitationMovedOn:
    """Why it cannot be used, for the one who comes second, or too late."""
    status = invitation.Status(invitation.status)
    sentences = {
        status.OPEN: gettext("The time to write this review ended on %(when)s."),
        status.WRITTEN: gettext("%(who)s wrote this review on %(when)s. Each job and each hand-over has one."),
        status.CLOSED: gettext("%(who)s said on %(when)s that there was no work to review."),
        status.LAPSED: gettext("The time to write this review ended on %(when)s."),
    }
    when = invitation.settled_at or invitation.expires_at
    return InvitationMovedOn(sentences[status] % {"who": str(invitation.settled_by or ""), **when_in_words(when)})


def when_in_words(instant) -> dict[str, str]:
    return {"when": date_format(timezone.localtime(instant), "DATETIME_FORMAT") if instant else ""}


class TextNeeded(Refused):
    code = "text_needed"
    field = "text"
    sentence = _("Say in a few words what went wrong: a rating of 1 or 2 needs a text.")
