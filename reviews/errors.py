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


class CorrectedMeanwhile(ReviewMovedOn):
    code = "review_corrected_meanwhile"
    sentence = _("You corrected this review meanwhile, in another window. Look at it as it is now, then try again.")


class NotTheAuthor(NotAllowed):
    code = "not_the_author"
    sentence = _("Only whoever wrote a review may correct it.")


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


def review_moved_on(review) -> ReviewMovedOn:
    """Why it cannot be corrected."""
    if not review.is_live:
        sentence = gettext("This review was removed on %(when)s. It cannot be changed any more.")
        return ReviewMovedOn(sentence % when_in_words(review.removed_at))
    sentence = gettext("The time to correct this review ended on %(when)s.")
    return ReviewMovedOn(sentence % when_in_words(review.correctable_until))


class NothingAsked(Refused):
    code = "nothing_asked"
    sentence = _("This review is about a job. There is no question to answer: write the review.")


class AnswerFirst(Refused):
    code = "answer_first"
    sentence = _("Say first whether the partner worked on the store before it was handed over.")


class ServicesNeeded(Refused):
    code = "services_needed"
    field = "services"
    sentence = _("Choose what the partner did for the store.")


class TextNeeded(Refused):
    code = "text_needed"
    field = "text"
    sentence = _("Say in a few words what went wrong: a rating of 1 or 2 needs a text.")
